"""What devices do about direct calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from botkit.model.calls import CallCause
from botkit.model.conversations import ConversationKind

from .calls import (
    Call,
    CallAlerting,
    CallAnswered,
    CallOffered,
    CallStarted,
    CallUpdated,
    Candidates,
    CandidatesFound,
    Description,
    RingingStopped,
    Side,
    SideJoined,
    StopCause,
    end_call,
    find_call,
)
from .machine import Delivery, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

candidate_limit = 500
"""Candidate lines held back for one call."""


class RefuseCause(StrEnum):
    """Why a ringing device says no."""

    DECLINE = "decline"
    """The person does not want to: over on all their devices."""
    BUSY = "busy"
    """This device is in a call; another may still take this one."""
    TIMEOUT = "timeout"
    """Nobody came to this device; another may still ring."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCall:
    """Call the other person of a direct conversation; all their devices ring."""

    device_id: str
    conversation_id: str
    offer: Description

    def apply(self, state: State) -> Outcome[Call]:
        device = state.device(self.device_id)
        conversation = state.conversation(self.conversation_id, device.user_id)
        if conversation.kind is not ConversationKind.DIRECT:
            raise Refused(Refusal.UNSUPPORTED, "this sandbox has no conferences yet")
        if conversation.id in state.calls:
            raise Refused(Refusal.BUSY, "a call is going on in this conversation")
        callee = next(user_id for user_id in conversation.members if user_id != device.user_id)
        ringing = state.devices_of(callee)
        call = Call(
            id=state.new_id(),
            conversation_id=conversation.id,
            caller=Side(user_id=device.user_id, device_id=device.id, media=self.offer.media),
            callee=Side(user_id=callee),
            offer=self.offer,
            started_at=state.now,
            deadline=state.now + state.ring_timeout,
            ringing=frozenset(ringing),
        )
        state.calls[conversation.id] = call
        started = Delivery(CallStarted(call), state.devices_of(device.user_id))
        if not ringing:
            return Outcome(call, (started, *end_call(state, call, CallCause.FAILED)))
        return Outcome(call, (started, Delivery(CallOffered(call, state.ring_timeout), ringing)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRinging:
    """A device shows the call; the caller hears that it rings."""

    device_id: str
    conversation_id: str

    def apply(self, state: State) -> Outcome[None]:
        call = find_call(state, self.conversation_id, self.device_id)
        if self.device_id not in call.ringing:
            raise Refused(Refusal.INVALID, "no call rings on this device")
        return Outcome(None, (Delivery(CallAlerting(call), (call.caller.device_id,)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCall:
    """Pick up on a device. Candidates that were held back follow the answer, never before it."""

    device_id: str
    conversation_id: str
    answer: Description

    def apply(self, state: State) -> Outcome[Call]:
        call = find_call(state, self.conversation_id, self.device_id)
        if call.answered_at or self.device_id not in call.ringing:
            raise Refused(Refusal.INVALID, "no call rings on this device")
        side = replace(call.callee, device_id=self.device_id, media=self.answer.media)
        talking = replace(
            call, callee=side, answered_at=state.now, ringing=frozenset(), refused=frozenset(), held=()
        )
        state.calls[call.conversation_id] = talking
        calling = (call.caller.device_id,)
        others = tuple(device for device in call.ringing if device != self.device_id)
        told = [
            Delivery(RingingStopped(talking, StopCause.ACCEPTED, self.device_id), others),
            Delivery(CallAnswered(talking, self.answer), calling),
            Delivery(SideJoined(talking, side), calling),
            Delivery(CallUpdated(talking), state.devices_of(call.caller.user_id, side.user_id)),
        ]
        told.extend(_relay(talking, held) for held in call.held if talking.held_by(held.device_id))
        return Outcome(talking, tuple(told))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseCall:
    """Say no on a ringing device. A call that is over already is no error."""

    device_id: str
    conversation_id: str
    cause: RefuseCause

    def apply(self, state: State) -> Outcome[None]:
        state.conversation(self.conversation_id, state.device(self.device_id).user_id)
        call = state.calls.get(self.conversation_id)
        if call is None or self.device_id not in call.ringing:
            return Outcome(None)
        if self.cause is RefuseCause.DECLINE:
            return Outcome(None, end_call(state, call, CallCause.DECLINED, by_device=self.device_id))
        left = replace(
            call,
            ringing=call.ringing - {self.device_id},
            refused=call.refused | {self.device_id},
            busy=call.busy or self.cause is RefuseCause.BUSY,
        )
        state.calls[call.conversation_id] = left
        if left.ringing:
            return Outcome(None)
        cause = CallCause.BUSY if left.busy else CallCause.NO_ANSWER
        return Outcome(None, end_call(state, left, cause, by_device=self.device_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Hang up, give up or refuse, from any device of either person. No call is no error."""

    device_id: str
    conversation_id: str

    def apply(self, state: State) -> Outcome[None]:
        device = state.device(self.device_id)
        state.conversation(self.conversation_id, device.user_id)
        call = state.calls.get(self.conversation_id)
        if call is None:
            return Outcome(None)
        if call.answered_at:
            cause = CallCause.HANGUP
        elif device.user_id == call.caller.user_id:
            cause = CallCause.CANCELLED
        else:
            cause = CallCause.DECLINED
        return Outcome(None, end_call(state, call, cause, by_device=device.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class SendCandidates:
    """Pass on network addresses: to the other side when it talks, later when it still rings.

    Those of a call that is over, or of a device that is not in it, are dropped: they would hit the
    next call.
    """

    conversation_id: str
    candidates: Candidates

    def apply(self, state: State) -> Outcome[None]:
        device = state.device(self.candidates.device_id)
        state.conversation(self.conversation_id, device.user_id)
        call = state.calls.get(self.conversation_id)
        if call is None:
            return Outcome(None)
        if call.answered_at:
            return Outcome(None, (_relay(call, self.candidates),) if call.held_by(device.id) else ())
        if device.id != call.caller.device_id and device.id not in call.ringing:
            return Outcome(None)
        held = (*call.held, self.candidates)
        if sum(len(candidates.lines) for candidates in held) > candidate_limit:
            raise Refused(Refusal.TOO_MUCH, f"a ringing call holds back {candidate_limit} candidates")
        state.calls[call.conversation_id] = replace(call, held=held)
        return Outcome(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendCalls:
    """A device says it is ready for calls, and learns of those its person is in.

    What rings is offered to it, since an offer that came before may have been too early. A talking
    side whose device was lost goes on at this one.
    """

    device_id: str

    def apply(self, state: State) -> Outcome[tuple[Call, ...]]:
        device = state.device(self.device_id)
        told: list[Delivery] = []
        if not device.attends_calls:
            device.attends_calls = True
            for call in list(state.calls.values()):
                told.extend(_offer_again(state, call, device.id, device.user_id))
                told.extend(_take_over(state, call, device.id, device.user_id))
        own = (c for c in state.calls.values() if any(s.user_id == device.user_id for s in c.joined))
        return Outcome(tuple(own), tuple(told))


def lose_device(state: State, device_id: str) -> tuple[Delivery, ...]:
    """A device went off line: it rings no longer, its ringing call is given up, its talk may go on."""
    told: list[Delivery] = []
    for call in list(state.calls.values()):
        if device_id in call.ringing:
            state.calls[call.conversation_id] = replace(call, ringing=call.ringing - {device_id})
        side = call.held_by(device_id)
        if side is None:
            continue
        if call.answered_at:
            _set_side(state, call, side, replace(side, device_id="", lost_at=state.now))
        else:
            told.extend(end_call(state, call, CallCause.CANCELLED, by_device=device_id))
    return tuple(told)


def expire_calls(state: State) -> tuple[Delivery, ...]:
    """End what rang too long, or has been without a device too long."""
    told: list[Delivery] = []
    for call in list(state.calls.values()):
        if call.expires_at and call.expires_at <= state.now:
            cause = CallCause.CALL_LOST if call.answered_at else CallCause.NO_ANSWER
            told.extend(end_call(state, call, cause))
    return tuple(told)


def _relay(call: Call, candidates: Candidates) -> Delivery:
    side = call.held_by(candidates.device_id)
    other = call.other(side).device_id if side else ""
    return Delivery(CandidatesFound(call, candidates), (other,) if other else ())


def _offer_again(state: State, call: Call, device_id: str, user_id: str) -> tuple[Delivery, ...]:
    if call.answered_at or call.callee.user_id != user_id or device_id in call.refused:
        return ()
    ringing = replace(call, ringing=call.ringing | {device_id})
    state.calls[call.conversation_id] = ringing
    return (Delivery(CallOffered(ringing, call.deadline - state.now), (device_id,)),)


def _take_over(state: State, call: Call, device_id: str, user_id: str) -> tuple[Delivery, ...]:
    side = next((s for s in call.joined if s.user_id == user_id and s.lost_at), None)
    if side is None:
        return ()
    now = _set_side(state, call, side, replace(side, device_id=device_id, lost_at=None))
    told = state.devices_of(call.caller.user_id, call.callee.user_id, but=(device_id,))
    return (Delivery(CallUpdated(now), told),)


def _set_side(state: State, call: Call, old: Side, new: Side) -> Call:
    changed = state.calls[call.conversation_id] = call.with_side(old, new)
    return changed
