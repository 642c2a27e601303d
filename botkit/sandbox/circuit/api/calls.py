"""Direct calls: a client's own leg (RTC_CALL) and the session both share (RTC_SESSION)."""

from __future__ import annotations

from botkit.circuit import actions
from botkit.circuit.actions import Action
from botkit.circuit.wire import Category, Json
from botkit.sandbox.circuit.caller import Caller, Handlers
from botkit.sandbox.circuit.fields import Fields, Malformed
from botkit.sandbox.circuit.shapes import conversation_of
from botkit.sandbox.hub.calling import (
    AnswerCall,
    AttendCalls,
    EndCall,
    RefuseCall,
    RefuseCause,
    ReportRinging,
    SendCandidates,
    StartCall,
)
from botkit.sandbox.hub.calls import Candidates, Description, find_call
from botkit.sandbox.hub.machine import Refusal, Refused
from botkit.sandbox.hub.media_change import AnswerMedia, Mute, OfferMedia

# The client fails a call without a server object; one without addresses means "none needed".
_servers = ({"turnServer": [], "ttl": 86_400},)
_causes = {cause.name: cause for cause in RefuseCause}


def _prepare(caller: Caller, ask: Fields) -> Json:
    session = ask.id("rtcSessionId")
    caller.state.conversation(conversation_of(session), caller.user_id)
    return {"servers": list(_servers), "newRtcSessionId": session}


def _renew_turn(caller: Caller, ask: Fields) -> Json:
    return {"servers": list(_servers)}


def _join(caller: Caller, ask: Fields) -> None:
    if ask.flag("handover", default=False):
        raise Refused(Refusal.UNSUPPORTED, "this sandbox does not move a call between devices yet")
    if not ask.flag("callOut", default=False):
        raise Refused(Refusal.UNSUPPORTED, "this sandbox has no conferences yet")
    command = StartCall(
        device_id=caller.device_id, conversation_id=_conversation(ask), offer=_description(ask, "offer")
    )
    caller.do(command)


def _answer(caller: Caller, ask: Fields) -> None:
    command = AnswerCall(
        device_id=caller.device_id, conversation_id=_conversation(ask), answer=_description(ask, "answer")
    )
    caller.do(command)


def _candidates(caller: Caller, ask: Fields) -> None:
    candidates = Candidates(
        device_id=caller.device_id, origin=ask.text("origin", ""), lines=ask.texts("candidates")
    )
    caller.do(SendCandidates(conversation_id=_conversation(ask), candidates=candidates))


def _progress(caller: Caller, ask: Fields) -> None:
    caller.do(ReportRinging(device_id=caller.device_id, conversation_id=_conversation(ask)))


def _reject(caller: Caller, ask: Fields) -> None:
    cause = ask.one_of("cause", _causes, default="DECLINE")
    command = RefuseCall(device_id=caller.device_id, conversation_id=_conversation(ask), cause=cause)
    caller.do(command)


def _end(caller: Caller, ask: Fields) -> None:
    caller.do(EndCall(device_id=caller.device_id, conversation_id=_conversation(ask)))


def _change_media(caller: Caller, ask: Fields) -> None:
    command = OfferMedia(
        device_id=caller.device_id,
        conversation_id=_conversation(ask),
        description=_description(ask, "offer", media="mediaTypes"),
        transaction_id=ask.id("transactionId"),
    )
    caller.do(command)


def _accept_media(caller: Caller, ask: Fields) -> None:
    _settle_media(caller, ask, _description(ask, "answer"))


def _reject_media(caller: Caller, ask: Fields) -> None:
    _settle_media(caller, ask, None)


def _settle_media(caller: Caller, ask: Fields, description: Description | None) -> None:
    command = AnswerMedia(
        device_id=caller.device_id,
        conversation_id=_conversation(ask),
        transaction_id=ask.id("transactionId"),
        description=description,
    )
    caller.do(command)


def _drop(caller: Caller, ask: Fields) -> None:
    """Diagnostics and ratings: taken, and of no use here."""


def _active(caller: Caller, ask: Fields) -> Json:
    calls = caller.do(AttendCalls(device_id=caller.device_id))
    return {"session": [caller.call_shapes.session(call) for call in calls]}


def _session(caller: Caller, ask: Fields) -> Json:
    call = find_call(caller.state, _conversation(ask), caller.device_id)
    return {"session": caller.call_shapes.session(call)}


def _mute(caller: Caller, ask: Fields) -> None:
    if set(ask.texts("userIds", ())) - {caller.user_id}:
        raise Refused(Refusal.FORBIDDEN, "in a direct call everybody mutes themselves")
    command = Mute(device_id=caller.device_id, conversation_id=_conversation(ask), muted=ask.flag("muted"))
    caller.do(command)


def _conversation(ask: Fields) -> str:
    return conversation_of(ask.id("rtcSessionId"))


def _description(ask: Fields, kind: str, media: str = "mediaType") -> Description:
    sdp = ask.opaque("sdp")
    if sdp.get("type") != kind or not isinstance(sdp.get("sdp"), str) or not sdp["sdp"]:
        raise Malformed(f"`{ask.name}.sdp` must be an {kind} with its text")
    return Description(body=sdp, media=ask.texts(media, ()))


handlers: Handlers = {
    actions.PREPARE: _prepare,
    actions.RENEW_TURN_CREDENTIALS: _renew_turn,
    actions.JOIN: _join,
    actions.ANSWER: _answer,
    actions.ICE_CANDIDATES: _candidates,
    actions.SEND_PROGRESS: _progress,
    actions.INVITE_REJECT: _reject,
    actions.LEAVE: _end,
    actions.TERMINATE: _end,
    actions.CHANGE_MEDIA_TYPE: _change_media,
    actions.CHANGE_MEDIA_ACCEPT: _accept_media,
    actions.CHANGE_MEDIA_REJECT: _reject_media,
    Action(Category.RTC_CALL, "SUBMIT_RTC_QUALITY_RATING", "submitRtcQualityRating"): _drop,
    actions.GET_ACTIVE_SESSIONS: _active,
    actions.GET_SESSION: _session,
    actions.SEND_CLIENT_INFO: _drop,
    Action(Category.RTC_SESSION, "MUTE", "mute"): _mute,
}
