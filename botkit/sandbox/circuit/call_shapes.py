"""Calls in the wire's words: sessions, participants, and the events about them."""

from __future__ import annotations

from datetime import timedelta

from botkit.circuit.wire import Category, Event, Json
from botkit.model.calls import CallCause
from botkit.sandbox.hub.calls import (
    Call,
    CallAlerting,
    CallAnswered,
    CallFailed,
    CallOffered,
    CallOver,
    CallStarted,
    CallUpdated,
    CandidatesFound,
    MediaAnswered,
    MediaOffered,
    MediaRefused,
    RingingStopped,
    Side,
    SideChanged,
    SideJoined,
    StopCause,
)
from botkit.sandbox.hub.machine import Event as HubEvent
from botkit.sandbox.hub.state import State

from .shapes import rtc_session_id

_stopped = {StopCause.ACCEPTED: "ACCEPT", StopCause.DECLINED: "DECLINE", StopCause.REVOKED: "REVOKED"}
_failed = {CallCause.DECLINED: "DECLINE", CallCause.BUSY: "BUSY", CallCause.NO_ANSWER: "TIMEOUT"}


class CallShapes:
    """Turns the hub's calls into the wire's objects and events."""

    def __init__(self, state: State) -> None:
        self._state = state

    def session(self, call: Call) -> Json:
        """The session as everybody sees it."""
        return {
            "rtcSessionId": rtc_session_id(call.conversation_id),
            "convId": call.conversation_id,
            "instanceId": call.id,
            "participants": [self.participant(side) for side in call.joined],
            "mediaTypes": sorted({media for side in call.joined for media in side.media}),
            "muted": False,
            "locked": False,
            "callOut": True,
            "hosted": False,
        }

    def participant(self, side: Side) -> Json:
        """One end of a call."""
        return {
            "userId": side.user_id,
            "clientId": side.device_id,
            "userDisplayName": self._state.person(side.user_id).name,
            "participantType": "USER",
            "mediaTypes": list(side.media),
            "muted": side.muted,
            "videoStreamId": "",
            "screenStreamId": "",
            "rtcSupportedFeatures": [],
            "flags": [],
        }

    def event(self, event: HubEvent, device_id: str) -> Event | None:
        """What a device is told; None when the event is not about a call.

        The keys are the wire's own: `clientID` in some, `clientId` in others, and a client drops an
        event silently that has the wrong one.
        """
        match event:
            case CallStarted(call):
                started = {"convId": call.conversation_id, "callOut": True, "session": self.session(call)}
                return _session_event(call, "SESSION_STARTED", sessionStarted=started)
            case CallOffered(call, ring_for):
                return _call_event(call, "INVITE", invite=_invite(call, ring_for))
            case CallAlerting(call):
                return _call_event(call, "PROGRESS", participantProgress={"progressType": "ALERTING"})
            case CallAnswered(call, description) | MediaAnswered(call, description):
                answer = {"clientID": device_id, "sdp": description.body}
                return _call_event(call, "SDP_ANSWER", sdpAnswer=answer)
            case SideJoined(call, side):
                joined = {"participant": self.participant(side)}
                return _session_event(call, "PARTICIPANT_JOINED", participantJoined=joined)
            case SideChanged(call, side):
                changed = {"participant": self.participant(side)}
                return _session_event(call, "PARTICIPANT_UPDATED", participantUpdated=changed)
            case CallUpdated(call):
                updated = {"session": self.session(call)}
                return _session_event(call, "SESSION_UPDATED", sessionUpdated=updated)
            case RingingStopped(call, cause, by_device):
                cancel = {"clientID": by_device or call.caller.device_id, "cause": _stopped[cause]}
                return _call_event(call, "INVITE_CANCEL", inviteCancel=cancel)
            case CallFailed(call, cause):
                failed = {"userId": call.callee.user_id, "cause": _failed.get(cause, "NOT_REACHABLE")}
                return _call_event(call, "INVITE_FAILED", inviteFailed=failed)
            case CallOver(call, cause):
                lost = cause is CallCause.CALL_LOST
                over = {"cause": "FORCED" if lost else "NO_USERS_LEFT"}
                return _session_event(call, "SESSION_TERMINATED", sessionTerminated=over)
            case CandidatesFound(call, candidates):
                found = {
                    "clientId": device_id,
                    "origin": candidates.origin,
                    "candidates": list(candidates.lines),
                }
                return _call_event(call, "ICE_CANDIDATES", iceCandidates=found)
            case MediaOffered(call, description, transaction_id):
                asked = {
                    "clientID": device_id,
                    "sdp": description.body,
                    "transactionId": transaction_id,
                }
                return _call_event(call, "CHANGE_MEDIA_TYPE_REQUESTED", changeMediaRequested=asked)
            case MediaRefused(call):
                refused = {"clientID": device_id, "cause": "CHANGE_MEDIA_REJECT"}
                return _call_event(call, "SDP_FAILED", sdpFailed=refused)
        return None


def _invite(call: Call, ring_for: timedelta) -> Json:
    return {
        "convId": call.conversation_id,
        "userId": call.caller.user_id,
        "sdp": call.offer.body,
        "mediaType": list(call.offer.media),
        "transactionId": call.id,
        "ringingTimeout": ring_for // timedelta(milliseconds=1),
    }


def _call_event(call: Call, action: str, **payload: object) -> Event:
    return _event(Category.RTC_CALL, call, action, payload)


def _session_event(call: Call, action: str, **payload: object) -> Event:
    return _event(Category.RTC_SESSION, call, action, payload)


def _event(category: Category, call: Call, action: str, payload: Json) -> Event:
    ids = {"sessionId": rtc_session_id(call.conversation_id), "instanceId": call.id}
    return Event(category=category, action=action, ids=ids, payload=payload)
