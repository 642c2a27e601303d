"""What happened in the hub, as each device's client is told."""

from __future__ import annotations

from dataclasses import replace

from botkit.circuit.wire import Category, Event
from botkit.sandbox.hub.app_messages import AppMessage
from botkit.sandbox.hub.conversations import ConversationChanged, ConversationCreated
from botkit.sandbox.hub.items import FormSubmitted, ItemAdded, ItemChanged, Mentioned
from botkit.sandbox.hub.machine import Event as HubEvent
from botkit.sandbox.hub.people import PersonChanged
from botkit.sandbox.hub.presence import PresenceChanged, Typed
from botkit.sandbox.hub.private import (
    ConversationLabelled,
    ConversationMarked,
    ItemFlagged,
    ItemsRead,
    LabelsChanged,
    SettingsChanged,
)
from botkit.sandbox.hub.state import State

from .call_shapes import CallShapes
from .shapes import Shapes, mark_words, millis


class EventShapes:
    """Turns the hub's events into the wire's."""

    def __init__(self, state: State, shapes: Shapes, call_shapes: CallShapes) -> None:
        self._state = state
        self._shapes = shapes
        self._calls = call_shapes

    def event(self, event: HubEvent, device_id: str) -> Event:
        """The event for one device. Raises `TypeError` for one this dialect was not taught."""
        found = self._calls.event(event, device_id) or self._chat(event, device_id) or self._own(event)
        if found is None:
            raise TypeError(f"the Circuit dialect has no word for {type(event).__name__}")
        return replace(found, client_id=device_id)

    def _chat(self, event: HubEvent, device_id: str) -> Event | None:
        match event:
            case ItemAdded(item):
                added = {"item": self._shapes.item(item)}
                return _conversation(item.conversation_id, "ADD_ITEM", addItem=added)
            case ItemChanged(item):
                changed = {"item": self._shapes.item(item)}
                return _conversation(item.conversation_id, "UPDATE_ITEM", updateItem=changed)
            case ConversationCreated(conversation):
                viewer = self._state.device(device_id).user_id
                created = {"conversation": self._shapes.conversation(conversation, viewer)}
                return _conversation(conversation.id, "CREATE", create=created)
            case ConversationChanged(conversation):
                viewer = self._state.device(device_id).user_id
                updated = {"conversation": self._shapes.conversation(conversation, viewer)}
                return _conversation(conversation.id, "UPDATE", update=updated)
            case AppMessage():
                return _app_message(event)
            case Mentioned():
                return _mention(event)
            case FormSubmitted():
                return _submission(event)
            case Typed(conversation_id, user_id, typing, parent_id):
                typed: dict[str, object] = {"isTyping": typing, "participantId": user_id}
                if parent_id:
                    typed["parentItemId"] = parent_id
                return _conversation(conversation_id, "TYPING", typing=typed)
            case PresenceChanged(presence, to_everybody):
                state = self._shapes.presence(presence)
                if to_everybody:
                    changes = {"newState": [state]}
                    return _user(presence.user_id, "TENANT_PRESENCE_CHANGE", tenantPresenceChanged=changes)
                change = {"newState": state}
                return _user(presence.user_id, "USER_PRESENCE_CHANGE", presenceChanged=change)
            case PersonChanged(person):
                user = {"user": self._shapes.user(person)}
                return _user(person.id, "USER_UPDATED", userUpdated=user)
        return None

    def _own(self, event: HubEvent) -> Event | None:
        match event:
            case ItemsRead(conversation_id, until):
                read = {"lastReadTimestamp": millis(until)}
                return _conversation(conversation_id, "READ_ITEMS", readItems=read)
            case ItemFlagged(conversation_id, item_id, flagged):
                item = {"conversationId": conversation_id, "conversationItemId": item_id}
                if flagged:
                    return _conversation(conversation_id, "FLAG_ITEM", setFlagItem=item)
                return _conversation(conversation_id, "CLEAR_FLAGGED_ITEM", clearFlaggedItem=item)
            case ConversationMarked(conversation_id, mark, marked):
                word = {"filter": mark_words[mark]}
                if marked:
                    return _conversation(conversation_id, "CONVERSATION_MARKED", conversationMarked=word)
                return _conversation(conversation_id, "CONVERSATION_UNMARKED", conversationUnmarked=word)
            case ConversationLabelled(conversation_id, labels):
                changed = {"labels": list(labels)}
                return _conversation(conversation_id, "USER_DATA_CHANGED", userDataChangedEvent=changed)
            case LabelsChanged():
                return self._labels(event)
            case SettingsChanged(settings):
                return _user("", "USER_SETTING_UPDATED", userSettingUpdated={"settings": list(settings)})
        return None

    def _labels(self, event: LabelsChanged) -> Event:
        shapes = [self._shapes.label(*label) for label in (event.added or event.edited).items()]
        payload: dict[str, object]
        if event.added:
            action, payload = "LABELS_ADDED", {"labelsAdded": {"labelsAdded": shapes}}
        elif event.edited:
            action, payload = "LABEL_EDITED", {"labelEdited": {"labelEdited": shapes[0]}}
        else:
            action, payload = "LABELS_REMOVED", {"labelsRemoved": {"labelsRemoved": list(event.removed)}}
        return Event(category=Category.CONVERSATION_USER_DATA, action=action, payload=payload)


def _mention(event: Mentioned) -> Event:
    item = event.item
    mention = {
        "itemReference": {"convId": item.conversation_id, "itemId": item.id},
        "userReference": {"userId": item.author_id},
    }
    activity = {
        "itemId": event.id,
        "type": "NAVIGABLE",
        "creationTime": millis(item.created_at),
        "navigableItem": {"type": "MENTION", "mention": mention},
    }
    return Event(
        category=Category.ACTIVITYSTREAM, action="ACTIVITY_CREATED", payload={"create": {"item": activity}}
    )


def _submission(event: FormSubmitted) -> Event:
    data = [{"name": name, "value": value} for name, value in event.values]
    submission = {
        "itemId": event.item_id,
        "form": {"id": event.form_id, "data": data},
        "submitterId": event.submitter_id,
    }
    return Event(category=Category.CPAAS, action="SUBMIT_FORM_DATA", payload={"submitFormData": submission})


def _app_message(event: AppMessage) -> Event:
    routing = {
        "destUserId": event.receiver_id,
        "srcUserId": event.sender_id,
        "srcClientId": event.sender_device,
    }
    if event.receiver_device:
        routing["destClientId"] = event.receiver_device
    payload = {"userToUser": {"type": event.kind, "data": event.data}, "routing": routing}
    return Event(category=Category.USER_TO_USER, action="", payload=payload)


def _conversation(conversation_id: str, action: str, **payload: object) -> Event:
    ids = {"convId": conversation_id}
    return Event(category=Category.CONVERSATION, action=action, ids=ids, payload=payload)


def _user(user_id: str, action: str, **payload: object) -> Event:
    ids = {"userId": user_id} if user_id else {}
    return Event(category=Category.USER, action=action, ids=ids, payload=payload)
