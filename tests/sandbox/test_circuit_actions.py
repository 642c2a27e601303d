"""Every request the dialect knows: its minimal answer, from the client's point of view.

A client that is told OK without the result's container waits for ever, so each row names what must be in
it. The keys are those of the Circuit messaging protocol, as the official SDK 1.2.8401 reads them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from botkit.sandbox.circuit.api import calls, conversations, feeds, items, logon, private, users
from tests.sandbox.wire_client import Frame, Platform, WireClient

OFFER = {"type": "offer", "sdp": "v=0\r\n"}
ANSWER = {"type": "answer", "sdp": "v=0\r\n"}


@dataclass
class Scene:
    """What the requests are about."""

    me: str
    ben: str
    room: str
    direct: str
    item: str
    """A text of mine in the room, with a form `f1`."""
    label: str
    tenant: str

    @property
    def line(self) -> str:
        return f"rtc-{self.direct}"


@dataclass
class Row:
    category: str
    container: str
    action: str
    request: Callable[[Scene], Frame] = field(default=lambda scene: {})
    result: str = ""
    """Path of what must be there: `create.conversation`."""
    code: str = "OK"


def user(action: str, request: Callable[[Scene], Frame] = lambda s: {}, result: str = "") -> Row:
    return Row("USER", "user", action, request, result)


def conversation(
    action: str, request: Callable[[Scene], Frame] = lambda s: {}, result: str = "", code: str = "OK"
) -> Row:
    return Row("CONVERSATION", "conversation", action, request, result, code)


def call(action: str, request: Callable[[Scene], Frame], result: str = "", code: str = "OK") -> Row:
    return Row("RTC_CALL", "rtcCall", action, request, result, code)


def session(
    action: str, request: Callable[[Scene], Frame] = lambda s: {}, result: str = "", code: str = "OK"
) -> Row:
    return Row("RTC_SESSION", "rtcSession", action, request, result, code)


ROWS = [
    Row("USER_DATA", "userData", "GET_USER_DATA", result="getUserData.clientSettings"),
    Row("VERSION", "version", "GET_VERSION", result="getVersion.version"),
    user("GET_STUFF", lambda s: {"getStuff": {"types": ["SUPPORT_INFO"]}}, "getStuff.supportInfo"),
    user("GET_LOGGED_ON", result="getLoggedOn.user.userId"),
    user("LOGOUT", lambda s: {"logoff": {"invalidate": True}}),
    user("RENEW_TOKEN"),
    user("OAUTH_REVOKE_ACCESS_TOKEN", lambda s: {"oAuthRevokeGrantedAccessToken": {"tokenId": "x"}}),
    user("GET_DEVICES", result="getDevices.devices.0.clientId"),
    user("GET_USER_BY_ID", lambda s: {"getById": {"userId": s.ben}}, "getById.user.displayName"),
    user(
        "GET_USERS_BY_IDS",
        lambda s: {"usersByIds": {"userIds": [s.ben, "nobody"], "complete": False}},
        "usersByIds.user.0.displayName",
    ),
    user(
        "GET_USER_BY_MAIL",
        lambda s: {"getUserByMail": {"emailAddress": "BEN@x.test", "excludeRoles": ["SUPPORT"]}},
        "getUserByMail.user.phoneNumbers",
    ),
    user(
        "GET_USERS_BY_MAILS",
        lambda s: {"getUsersByMails": {"emailAddresses": ["ben@x.test", "nobody@x.test"]}},
        "getUsersByMails.users.0.userId",
    ),
    user(
        "UPDATE",
        lambda s: {"update": {"userId": s.me, "firstName": "Anna", "phoneNumbers": [{"type": "WORK"}]}},
        "updateResult.user.displayName",
    ),
    user("GET_USER_SETTINGS", lambda s: {"getUserSettings": {"areas": ["ALL"]}}, "getUserSettings.settings"),
    user(
        "SET_USER_SETTINGS",
        lambda s: {"setUserSettings": {"settings": [{"key": "K", "booleanValue": True}]}},
    ),
    user("GET_PRESENCE", lambda s: {"getPresence": {"userIds": [s.ben]}}, "getPresence.states.0.state"),
    user(
        "SET_PRESENCE",
        lambda s: {"presence": {"state": "BUSY", "statusMessage": ""}},
        "setPresence.state.state",
    ),
    user("SUBSCRIBE_PRESENCE", lambda s: {"subscribePresence": {"userIds": [s.ben]}}),
    user("UNSUBSCRIBE_PRESENCE", lambda s: {"unsubscribePresence": {"userIds": [s.ben]}}),
    user("SUBSCRIBE_TENANT_PRESENCE", lambda s: {"subscribeTenantPresence": {"tenantId": s.tenant}}),
    user("UNSUBSCRIBE_TENANT_PRESENCE", lambda s: {"unsubscribeTenantPresence": {"tenantId": s.tenant}}),
    conversation(
        "CREATE",
        lambda s: {"create": {"type": "GROUP", "topic": "T", "participants": [{"userId": s.ben}]}},
        "create.conversation.participants.0.userId",
    ),
    conversation(
        "CREATE",
        lambda s: {"create": {"type": "DIRECT", "participants": [{"userId": s.ben}, {"userId": s.me}]}},
        "create.conversation.rtcSessionId",
        code="ENTITY_ALREADY_EXISTS",
    ),
    conversation(
        "JOIN_OPEN_CONVERSATION",
        lambda s: {"joinOpenConversation": {"convId": s.room}},
        "joinOpenConversation.conv.convId",
    ),
    conversation(
        "UPDATE",
        lambda s: {"update": {"convId": s.room, "topic": "New"}},
        "update.conversation.participants",
    ),
    conversation(
        "ADD_PARTICIPANT",
        lambda s: {"addParticipant": {"convId": s.room, "userId": [s.ben]}},
        "addParticipant.conversation.participants",
    ),
    conversation(
        "REMOVE_PARTICIPANT",
        lambda s: {"removeParticipant": {"convId": s.room}},
        "removeParticipant.conversation.participants",
    ),
    conversation(
        "GET_CONVERSATION_PARTICIPANTS",
        lambda s: {"getConversationParticipants": {"convId": s.room, "includePresence": True}},
        "getConversationParticipantsResult.participants.0.userPresenceState.state",
    ),
    conversation(
        "GET_CONVERSATION_BY_ID",
        lambda s: {"getConversationById": {"convId": s.room}},
        "getConversationById.conversation.userData.labelIds",
    ),
    conversation(
        "GET_CONVERSATIONS_BY_IDS",
        lambda s: {"getConversationsByIds": {"conversationId": [s.room, "none"]}},
        "getConversationsByIdsResult.conversations.0.topLevelItem.type",
    ),
    conversation(
        "GET_CONVERSATION_BY_USER",
        lambda s: {"getConversationByUser": {"userId": s.ben}},
        "getConversationByUser.conversation.rtcSessionId",
    ),
    conversation(
        "GET_CONVERSATIONS",
        lambda s: {"getConversations": {"userId": s.me, "direction": "BEFORE", "number": 25}},
        "getConversations.conversations.1.participants",
    ),
    conversation(
        "GET_CONVERSATIONS_BY_FILTER",
        lambda s: {
            "getConversationsByFilter": {
                "conversationsFilter": {
                    "conditions": [{"filterTarget": "CONVERSATION_TYPE", "expectedValue": ["GROUP"]}]
                }
            }
        },
        "getConversationsByFilterResult.conversations.0.convId",
    ),
    conversation(
        "GET_CONVERSATIONS_BY_FILTER",
        lambda s: {
            "getConversationsByFilter": {
                "retrieveAction": "CONVERSATION_IDS",
                "conversationsFilter": {
                    "conditions": [{"filterTarget": "LABEL_ID", "expectedValue": ["ARCHIVED"]}]
                },
            }
        },
        "getConversationsByFilterResult.conversationIds",
    ),
    conversation("SUBSCRIBE", lambda s: {"subscribe": {"conversationId": s.room}}),
    conversation("UNSUBSCRIBE", lambda s: {"unsubscribe": {"conversationId": s.room}}),
    conversation("TYPING", lambda s: {"typing": {"conversationId": s.room, "isTyping": True}}),
    conversation(
        "ADD_TEXT_ITEM",
        lambda s: {"addTextItem": {"convId": s.room, "contentType": "RICH", "content": "x"}},
        "addTextItem.item.text.content",
    ),
    conversation(
        "UPDATE_TEXT_ITEM",
        # The SDK says "none" of each sort of attachment in its own way.
        lambda s: {
            "updateTextItem": {
                "itemId": s.item,
                "content": "y",
                "attachmentMetaData": [{}],
                "externalAttachmentMetaData": [{"type": "BOX", "attachment": {}}],
                "preview": {},
                "mentionedUsers": [None],
            }
        },
        "updateTextItem.item.text.state",
    ),
    conversation(
        "DELETE_TEXT_ITEM",
        lambda s: {"deleteTextItem": {"itemId": s.item}},
        "deleteTextItem.item.text.state",
    ),
    conversation("GET_ITEM_BY_ID", lambda s: {"getItemById": {"itemId": s.item}}, "getItemById.item.text"),
    conversation(
        "GET_ITEMS_BY_IDS",
        lambda s: {"getItemsByIds": {"itemIds": [s.item, "none"]}},
        "getItemsByIds.items.0.text",
    ),
    conversation(
        "GET_ITEMS_BY_CONVERSATION",
        lambda s: {"getItemsByConversation": {"convId": s.room, "number": 25}},
        "getItemsByConversation.items.0.system",
    ),
    conversation(
        "GET_CONVERSATION_FEED",
        lambda s: {"getConversationFeed": {"convId": s.room}},
        "getConversationFeedResult.conversationThreads.0.parentItem.itemId",
    ),
    conversation(
        "GET_THREAD_COMMENTS",
        lambda s: {"getThreadComments": {"convId": s.room, "threadId": s.item}},
        "getThreadCommentsResult.hasMoreComments",
    ),
    conversation(
        "GET_CONVERSATION_TOPICS",
        lambda s: {"getConversationTopics": {"convId": s.room}},
        "getConversationTopicsResult.conversationTopics.0.parentItem.text.subject",
    ),
    conversation(
        "LIKE_TEXT_ITEM", lambda s: {"likeTextItem": {"conversationItemId": s.item, "userId": s.me}}
    ),
    conversation(
        "UNLIKE_TEXT_ITEM", lambda s: {"unlikeTextItem": {"conversationItemId": s.item, "userId": s.me}}
    ),
    conversation(
        "SET_FLAG_ITEM",
        lambda s: {"setFlagItem": {"conversationId": s.room, "conversationItemId": s.item}},
    ),
    conversation(
        "CLEAR_FLAG_ITEM",
        lambda s: {"clearFlagItem": {"conversationId": s.room, "conversationItemId": s.item}},
    ),
    conversation("GET_FLAGGED_ITEMS", result="getFlaggedItem.flaggedItems"),
    conversation(
        "SET_READ_POINTER",
        lambda s: {"setReadPointer": {"convId": s.room, "lastReadTimestamp": 1_700_000_000_000}},
    ),
    conversation(
        "MARK_CONVERSATION", lambda s: {"markConversation": {"convId": s.room, "filter": "FAVORITE"}}
    ),
    conversation(
        "UNMARK_CONVERSATION", lambda s: {"unmarkConversation": {"convId": s.room, "filter": "MUTE"}}
    ),
    conversation("GET_MARKED_CONVERSATIONS_LIST", result="getMarkedConversationsList.favoriteConvIds"),
    conversation(
        "GET_FAVORITE_CONVERSATION_IDS", result="getFavoriteConversationIdResult.favoriteConversationIds"
    ),
    conversation("GET_LABELS", result="getLabelsResult.labels.0.value"),
    conversation(
        "ADD_LABELS",
        lambda s: {"addLabels": {"labels": [{"value": "new"}]}},
        "addLabelsResult.labels.0.labelId",
    ),
    conversation(
        "EDIT_LABEL",
        lambda s: {"editLabel": {"label": {"labelId": s.label, "value": "x"}}},
        "editLabelResult.label.value",
    ),
    conversation(
        "REMOVE_LABELS",
        lambda s: {"removeLabels": {"labelIds": [s.label]}},
        "removeLabelsResult.labelIds.0",
    ),
    conversation(
        "ASSIGN_LABELS",
        lambda s: {"assignLabels": {"convId": s.room, "labelIds": [s.label]}},
        "assignLabelsResult.labelIds.0",
    ),
    conversation(
        "UNASSIGN_LABELS",
        lambda s: {"unassignLabels": {"convId": s.room, "labelIds": [s.label]}},
        "unassignLabelsResult.labelIds",
    ),
    Row(
        "CPAAS",
        "cpaas",
        "SUBMIT_FORM_DATA",
        lambda s: {
            "submitFormData": {
                "itemId": s.item,
                "form": {"id": "f1", "data": [{"name": "a", "value": "1"}]},
            }
        },
    ),
    session("GET_ACTIVE_SESSIONS", result="activeSessions.session"),
    session("GET_SESSION", lambda s: {"getSession": {"rtcSessionId": s.line}}, code="NO_RESULT"),
    session("SEND_CLIENT_INFO", lambda s: {"sendClientInfo": {"clientInfo": []}}),
    session(
        "MUTE",
        lambda s: {"mute": {"rtcSessionId": s.line, "muted": True, "userIds": [s.me]}},
        code="NO_RESULT",
    ),
    call(
        "PREPARE",
        lambda s: {"prepare": {"convId": s.direct, "rtcSessionId": s.line, "ownerId": s.me}},
        # The client fails the call without a server object, even one that names no server.
        "prepare.servers.0.ttl",
    ),
    call(
        "RENEW_TURN_CREDENTIALS",
        lambda s: {"renewTurnCredentials": {"rtcSessionId": s.line}},
        "renewTurnCredentials.servers.0.turnServer",
    ),
    call(
        "JOIN",
        lambda s: {
            "join": {
                "convId": s.direct,
                "rtcSessionId": s.line,
                "callOut": True,
                "sdp": OFFER,
                "mediaType": ["AUDIO"],
                "transactionId": "t",
            }
        },
    ),
    call("ANSWER", lambda s: {"answer": {"rtcSessionId": s.line, "sdp": ANSWER}}, code="NO_RESULT"),
    call(
        "ICE_CANDIDATES",
        lambda s: {"iceCandidates": {"rtcSessionId": s.line, "origin": "", "candidates": ["{}"]}},
    ),
    call(
        "SEND_PROGRESS",
        lambda s: {"sendProgress": {"rtcSessionId": s.line, "type": "ALERTING"}},
        code="NO_RESULT",
    ),
    call(
        "INVITE_REJECT",
        lambda s: {"inviteReject": {"convId": s.direct, "rtcSessionId": s.line, "cause": "DECLINE"}},
    ),
    call("LEAVE", lambda s: {"leave": {"rtcSessionId": s.line}}),
    call("TERMINATE", lambda s: {"terminate": {"rtcSessionId": s.line}}),
    call(
        "CHANGE_MEDIA_TYPE",
        lambda s: {"changeMediaType": {"rtcSessionId": s.line, "sdp": OFFER, "transactionId": "t"}},
        code="NO_RESULT",
    ),
    call(
        "CHANGE_MEDIA_ACCEPT",
        lambda s: {"changeMediaAccept": {"rtcSessionId": s.line, "sdp": ANSWER, "transactionId": "t"}},
        code="NO_RESULT",
    ),
    call(
        "CHANGE_MEDIA_REJECT",
        lambda s: {"changeMediaReject": {"rtcSessionId": s.line, "transactionId": "t"}},
        code="NO_RESULT",
    ),
    call("SUBMIT_RTC_QUALITY_RATING", lambda s: {"submitRtcQualityRating": {"rating": 5}}),
]


async def set_scene(client: WireClient, platform: Platform) -> Scene:
    text = {"convId": platform.room, "content": "x", "subject": "S", "formMetaData": {"id": "f1"}}
    item = await client.conversation("ADD_TEXT_ITEM", addTextItem=text)
    pair = [{"userId": platform.user("ben")}]
    direct = await client.conversation("CREATE", create={"type": "DIRECT", "participants": pair})
    labels = await client.conversation("ADD_LABELS", addLabels={"labels": [{"value": "one"}]})
    return Scene(
        me=platform.user("ann"),
        ben=platform.user("ben"),
        room=platform.room,
        direct=direct["create"]["conversation"]["convId"],
        item=item["addTextItem"]["item"]["itemId"],
        label=labels["addLabelsResult"]["labels"][0]["labelId"],
        tenant=platform.sandbox.tenant.id,
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.category}-{row.action}")
async def test_the_answer_holds_what_the_client_waits_for(platform: Platform, row: Row) -> None:
    client = await platform.logon("ann")
    scene = await set_scene(client, platform)
    response = await client.ask(row.category, row.container, row.action, **row.request(scene))
    assert response["code"] == row.code, response
    content = response[row.container]
    assert content["type"] == row.action
    value: Any = content
    for key in row.result.split(".") if row.result else ():
        value = value[int(key) if key.isdigit() else key]


def test_every_request_of_the_dialect_has_a_row() -> None:
    areas = (logon, users, conversations, items, feeds, private, calls)
    known = {(action.category, action.name) for area in areas for action in area.handlers}
    assert known == {(row.category, row.action) for row in ROWS}
