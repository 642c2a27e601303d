"""Event frames as the typed events of `botkit.circuit.events`. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping

from . import forms, read, shapes, wire
from .events import (
    CallAlerting,
    CallAnswered,
    CallInvited,
    CallRefused,
    CallTerminated,
    CallUpdated,
    CandidatesReceived,
    CircuitEvent,
    ConversationChanged,
    ConversationDeleted,
    FormReceived,
    InviteCancelled,
    ItemAdded,
    ItemUpdated,
    MediaChangeRequested,
    Mentioned,
    NoticeAdded,
    OtherEvent,
    SessionExpires,
    UserUpdated,
)
from .wire import Category, Json, WireError


def decode(event: wire.Event) -> CircuitEvent | None:
    """The typed event; None for one that tells nothing new (what a call left).

    Raises `WireError` when it lacks what it must have.
    """
    payload, ids = event.payload, event.ids
    match event.category, event.action:
        case Category.CONVERSATION, "ADD_ITEM":
            data = read.obj(read.obj(payload, "addItem"), "item")
            if item := shapes.text_item(data):
                return ItemAdded(added=item)
            notice = shapes.notice(data)
            return NoticeAdded(notice=notice) if notice else None
        case Category.CONVERSATION, "UPDATE_ITEM":
            item = shapes.text_item(read.obj(read.obj(payload, "updateItem"), "item"))
            return ItemUpdated(updated=item) if item else None
        case Category.CONVERSATION, ("CREATE" | "UPDATE") as action:
            record = shapes.conversation(read.obj(read.obj(payload, action.lower()), "conversation"))
            return ConversationChanged(record=record, created=action == "CREATE")
        case Category.CONVERSATION, "DELETE":
            return ConversationDeleted(conversation_id=read.string(ids, "convId"))
        case Category.ACTIVITYSTREAM, "ACTIVITY_CREATED":
            return _activity(event)
        case Category.CPAAS, "SUBMIT_FORM_DATA":
            data = read.obj(payload, "submitFormData")
            form_id, values = forms.submitted(read.obj(data, "form"))
            return FormReceived(
                item_id=read.string(data, "itemId"),
                form_id=form_id,
                submitter_id=read.string(data, "submitterId"),
                values=values,
            )
        case Category.USER, "USER_UPDATED":
            return UserUpdated(user=shapes.user(read.obj(read.obj(payload, "userUpdated"), "user")))
        case Category.USER, "SESSION_EXPIRES":
            return SessionExpires()
        case ((Category.RTC_CALL | Category.RTC_SESSION), _):
            return _call(event)
        case _:
            return _other(event)


def _activity(event: wire.Event) -> CircuitEvent:
    item = read.obj(read.obj(event.payload, "create"), "item")
    navigable = item.get("navigableItem")
    if not isinstance(navigable, Mapping) or navigable.get("type") != "MENTION":
        return _other(event)
    reference = read.obj(read.obj(navigable, "mention"), "itemReference")
    return Mentioned(
        conversation_id=read.string(reference, "convId"), item_id=read.string(reference, "itemId")
    )


def _call(event: wire.Event) -> CircuitEvent:
    payload = event.payload
    session, instance = read.string(event.ids, "sessionId"), read.optional(event.ids, "instanceId")
    match event.action:
        case "INVITE":
            invite = read.obj(payload, "invite")
            return CallInvited(
                rtc_session_id=session,
                instance_id=instance,
                conversation_id=read.string(invite, "convId"),
                caller_id=read.string(invite, "userId"),
                transaction_id=read.optional(invite, "transactionId"),
                offer=_sdp(invite),
            )
        case "PROGRESS":
            return CallAlerting(rtc_session_id=session, instance_id=instance)
        case "SDP_ANSWER":
            answer = read.obj(payload, "sdpAnswer")
            # The key is spelt `clientID` here, and `clientId` with candidates.
            return CallAnswered(
                rtc_session_id=session,
                instance_id=instance,
                client_id=read.optional(answer, "clientID"),
                answer=_sdp(answer),
            )
        case "INVITE_FAILED" | "SDP_FAILED":
            failed = read.obj(payload, "inviteFailed" if event.action == "INVITE_FAILED" else "sdpFailed")
            return CallRefused(
                rtc_session_id=session, instance_id=instance, cause=read.optional(failed, "cause")
            )
        case "INVITE_CANCEL":
            cancel = read.obj(payload, "inviteCancel")
            return InviteCancelled(
                rtc_session_id=session,
                instance_id=instance,
                client_id=read.optional(cancel, "clientID"),
                cause=read.optional(cancel, "cause"),
            )
        case "ICE_CANDIDATES":
            ice = read.obj(payload, "iceCandidates")
            return CandidatesReceived(
                rtc_session_id=session,
                instance_id=instance,
                client_id=read.optional(ice, "clientId"),
                origin=read.optional(ice, "origin"),
                candidates=tuple(_candidate(each) for each in read.strings(ice, "candidates")),
            )
        case "CHANGE_MEDIA_TYPE_REQUESTED":
            change = read.obj(payload, "changeMediaRequested")
            return MediaChangeRequested(
                rtc_session_id=session,
                instance_id=instance,
                client_id=read.optional(change, "clientID"),
                transaction_id=read.optional(change, "transactionId"),
                offer=_sdp(change),
            )
        case "SESSION_TERMINATED":
            terminated = payload.get("sessionTerminated")
            cause = read.optional(terminated, "cause") if isinstance(terminated, Mapping) else ""
            return CallTerminated(rtc_session_id=session, instance_id=instance, cause=cause)
        case action:
            return CallUpdated(rtc_session_id=session, instance_id=instance, action=action)


def _sdp(parent: Json) -> str:
    sdp = parent.get("sdp")
    return read.optional(sdp, "sdp") if isinstance(sdp, Mapping) else ""


def _candidate(text: str) -> tuple[str, str, int]:
    """A candidate is JSON within JSON; the last one of a gathering has no mid."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise WireError("a candidate that is no JSON") from None
    if not isinstance(data, Mapping):
        raise WireError("a candidate that is no JSON object")
    line, index = read.optional(data, "candidate").strip(), data.get("sdpMLineIndex")
    if "end-of-candidates" in line:
        line = ""
    return line, read.optional(data, "sdpMid"), index if type(index) is int else 0


def candidate_text(line: str, mid: str, index: int) -> str:
    """The other way round."""
    if not line:
        return json.dumps({"candidate": "a=end-of-candidates\r\n"})
    return json.dumps({"candidate": line, "sdpMid": mid, "sdpMLineIndex": index})


def _other(event: wire.Event) -> OtherEvent:
    name = f"{event.category}.{event.action}" if event.action else event.category
    return OtherEvent(name=name, data={**event.ids, **event.payload})
