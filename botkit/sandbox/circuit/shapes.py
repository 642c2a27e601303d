"""The hub's records in the wire's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from botkit.circuit.wire import Json
from botkit.model.calls import CallCause
from botkit.model.conversations import ConversationKind
from botkit.sandbox.hub.conversations import Conversation
from botkit.sandbox.hub.items import CallRecord, Item, Notice, NoticeKind, Text, TextState
from botkit.sandbox.hub.people import Person
from botkit.sandbox.hub.presence import Presence, presence_of
from botkit.sandbox.hub.private import Mark
from botkit.sandbox.hub.state import State
from botkit.sandbox.hub.webhooks import Webhook

from .fields import epoch

kinds = {
    "DIRECT": ConversationKind.DIRECT,
    "GROUP": ConversationKind.GROUP,
    "OPEN": ConversationKind.OPEN,
    "COMMUNITY": ConversationKind.OPEN,
    "LARGE": ConversationKind.GROUP,
}
marks = {"FAVORITE": Mark.FAVORITE, "MUTE": Mark.ARCHIVED}
mark_words = {mark: word for word, mark in marks.items()}

_notices = {
    NoticeKind.CREATED: "CONVERSATION_CREATED",
    NoticeKind.ADDED: "PARTICIPANT_ADDED",
    NoticeKind.REMOVED: "PARTICIPANT_REMOVED",
    NoticeKind.RENAMED: "CONVERSATION_RENAMED",
}
_missed = {
    CallCause.CANCELLED: "CANCELED",
    CallCause.DECLINED: "DECLINED",
    CallCause.BUSY: "USER_BUSY",
    CallCause.NO_ANSWER: "TIMEOUT",
}
webhook_path = "/rest/v2/webhooks/incoming/"
"""Before a webhook's id, in its address."""
_unread_cap = 500
"""More unread items than this are not counted."""


def millis(moment: datetime) -> int:
    """A time as the wire has it."""
    return (moment - epoch) // timedelta(milliseconds=1)


def rtc_session_id(conversation_id: str) -> str:
    """The wire's id for whatever call goes on in a conversation; it never changes."""
    return f"rtc-{conversation_id}"


def conversation_of(rtc_session: str) -> str:
    """The conversation an rtcSessionId belongs to; one we did not make gives an id that none has."""
    return rtc_session.removeprefix("rtc-") if rtc_session.startswith("rtc-") else ""


class Shapes:
    """Turns the hub's records into the wire's objects; each call makes fresh ones."""

    def __init__(self, state: State, tenant_id: str, domain: Callable[[], str]) -> None:
        """`domain` tells `HOST:PORT`, once it is known."""
        self._state = state
        self._tenant_id = tenant_id
        self._domain = domain

    def user(self, person: Person) -> Json:
        """A full user. What the tenant file says of a person's attributes wins."""
        attributes = dict(person.attributes)
        return {
            "userId": person.id,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "displayName": person.name,
            "emailAddress": person.email,
            "emailAddresses": [{"type": "WORK", "address": person.email}],
            "phoneNumbers": [],
            "userType": "BOT" if person.is_bot else "REGULAR",
            "userState": "ACTIVE",
            "locale": "EN_US",
            "jobTitle": "",
            "company": "",
            "department": "",
            "tenantId": self._tenant_id,
            "roles": ["USER"],
        } | attributes

    def account(self, person: Person) -> Json:
        """What a person may do."""
        granted = ["CLIENT_LOGON"]
        if person.is_bot:
            granted += ["CREATE_COMMUNITY", "TENANT_PRESENCE_SUBSCRIPTION"]
        return {
            "accountId": f"account-{person.id}",
            "tenantId": self._tenant_id,
            "userId": person.id,
            "accountStatus": "ACTIVE",
            "permissions": [{"systemPermission": permission} for permission in granted],
        }

    def presence(self, presence: Presence) -> Json:
        """How one is to be seen."""
        shape: dict[str, object] = {
            "userId": presence.user_id,
            "state": presence.state.name,
            "statusMessage": presence.message,
        }
        if presence.until:
            shape["dndUntil"] = millis(presence.until)
        return shape

    def conversation(self, conversation: Conversation, viewer_id: str) -> Json:
        """A conversation, with `viewer_id`'s own notes on it."""
        shape: dict[str, object] = {
            "convId": conversation.id,
            "type": conversation.kind.name,
            "topic": conversation.topic,
            "topicPlaceholder": "",
            "description": conversation.description,
            "creatorId": conversation.creator_id,
            "creatorTenantId": self._tenant_id,
            "creationTime": millis(conversation.created_at),
            "modificationTime": millis(conversation.modified_at),
            "lastItemModificationTime": millis(conversation.last_item_at),
            "participants": [{"userId": user_id} for user_id in conversation.members],
            "formerParticipants": [{"userId": user_id} for user_id in conversation.former],
            "isModerated": False,
            "isGuestAccessDisabled": True,
            "isDeleted": False,
            "rtcSessionId": rtc_session_id(conversation.id),
            "userData": self._user_data(conversation, viewer_id),
        }
        if feed := self._state.feeds[conversation.id]:
            shape["topLevelItem"] = self.item(self._state.items[feed[-1]])
        return shape

    def participant(self, user_id: str, *, with_presence: bool) -> Json:
        """A member as the participants' list has it."""
        person = self._state.person(user_id)
        shape: dict[str, object] = {
            "userId": person.id,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "displayName": person.name,
            "participantType": "REGULAR",
            "type": "BOT" if person.is_bot else "REGULAR",
            "isDeleted": False,
        }
        if with_presence:
            shape["userPresenceState"] = self.presence(presence_of(self._state, user_id))
        return shape

    def item(self, item: Item) -> Json:
        """An item of any kind."""
        shape: dict[str, object] = {
            "itemId": item.id,
            "convId": item.conversation_id,
            "creatorId": item.author_id,
            "creationTime": millis(item.created_at),
            "modificationTime": millis(item.modified_at),
            "includeInUnreadCount": isinstance(item.body, Text),
            "dataRetentionState": "UNTOUCHED",
            "attachments": [self._attachment(file_id, item) for file_id in item.files],
            "externalAttachments": [],
        }
        if item.parent_id:
            shape["parentItemId"] = item.parent_id
        match item.body:
            case Text():
                return shape | {"type": "TEXT", "text": _text(item.body)}
            case Notice():
                return shape | {"type": "SYSTEM", "system": _notice(item.body)}
            case CallRecord():
                return shape | {"type": "RTC", "rtc": _record(item.body)}

    def _attachment(self, file_id: str, item: Item) -> Json:
        file = self._state.files[file_id]
        return {
            "fileId": file.id,
            "fileName": file.name,
            "mimeType": file.media_type,
            "size": file.size,
            "itemId": item.id,
            "creatorId": file.owner_id,
            "creationTime": millis(file.added_at),
            "modificationTime": millis(file.added_at),
        }

    def webhook(self, webhook: Webhook) -> Json:
        """An incoming webhook."""
        return {
            "webhookId": webhook.id,
            "conversationId": webhook.conversation_id,
            "userId": webhook.user_id,
            "creatorId": webhook.user_id,
            "tenantId": self._tenant_id,
            "name": webhook.name,
            "description": webhook.description,
            "status": "ENABLED" if webhook.enabled else "DISABLED",
            "url": f"https://{self._domain()}{webhook_path}{webhook.id}",
            "creationTime": millis(webhook.created_at),
            "modificationTime": millis(webhook.modified_at),
        }

    def label(self, label_id: str, text: str) -> Json:
        """One of a person's labels."""
        return {"labelId": label_id, "value": text}

    def _user_data(self, conversation: Conversation, viewer_id: str) -> Json:
        notes = self._state.notes[viewer_id]
        read = notes.read_until.get(conversation.id, epoch)
        archived = conversation.id in notes.marked[Mark.ARCHIVED]
        system = [
            name
            for name, mark in (("ARCHIVED", Mark.ARCHIVED), ("FAVORITE", Mark.FAVORITE))
            if conversation.id in notes.marked[mark]
        ]
        return {
            "lastReadTimestamp": millis(read),
            "unreadItems": self._unread(conversation, viewer_id, read),
            "muted": archived,
            "labelIds": [label for label in notes.labels if label in notes.labelled[conversation.id]],
            "systemLabelIds": system,
        }

    def _unread(self, conversation: Conversation, viewer_id: str, read: datetime) -> int:
        unread = 0
        for item_id in reversed(self._state.feeds[conversation.id][-_unread_cap:]):
            item = self._state.items[item_id]
            if item.created_at <= read:
                break
            unread += isinstance(item.body, Text) and item.author_id != viewer_id
        return unread


def _text(text: Text) -> Json:
    shape: dict[str, object] = {
        "state": text.state.name,
        "contentType": "RICH" if text.rich else "PLAIN",
        "likedByUsers": list(text.likes),
        "mentionedUsers": list(text.mentions),
    }
    if text.state is not TextState.DELETED:
        shape["content"] = text.content
    if text.subject:
        shape["subject"] = text.subject
    if text.form is not None:
        shape["formMetaData"] = text.form
    if text.by_webhook:
        shape["isWebhookMessage"] = True
    return shape


def _notice(notice: Notice) -> Json:
    shape: dict[str, object] = {"type": _notices[notice.kind]}
    if notice.people:
        shape["affectedParticipants"] = [{"userId": user_id} for user_id in notice.people]
    if notice.kind is NoticeKind.RENAMED:
        shape |= {"oldTopic": notice.old_topic, "newTopic": notice.new_topic}
    return shape


def _record(record: CallRecord) -> Json:
    people = [{"userId": user_id} for user_id in record.people]
    if record.talked is None:
        missed = _missed.get(record.cause, "UNREACHABLE")
        return {"type": "MISSED", "missed": missed, "rtcParticipants": people}
    duration = record.talked // timedelta(milliseconds=1)
    return {"type": "ENDED", "ended": {"duration": duration}, "rtcParticipants": people}
