"""A direct call as it stands, and what its people are told of it.

    ringing --answer--> talking --end, off line too long--> over
    ringing --end, refused by all, time out, caller off line--> over

A conversation holds one call at a time. Media descriptions and candidates pass through untouched: the
hub knows who may hear them and when, not what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from botkit.model.calls import CallCause

from .items import CallRecord, ItemAdded, add_item
from .machine import Delivery, Event, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

lost_grace = timedelta(seconds=30)
"""How long a talking device may be off line before its call ends: clients reconnect within 7 to 15 s."""


class StopCause(StrEnum):
    """Why a device need not ring any longer."""

    ACCEPTED = "accepted"
    """Another device of the same person picked up."""
    DECLINED = "declined"
    """The person refused, on some device."""
    REVOKED = "revoked"
    """The caller gave up, or the time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One side's media, as its client wrote it."""

    body: Mapping[str, object]
    """Relayed untouched."""
    media: tuple[str, ...] = ()
    """Kinds of media, in the clients' words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Network addresses one device found, after its description went out."""

    device_id: str
    origin: str
    """Tells which description they belong to."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a call."""

    user_id: str
    device_id: str = ""
    """Empty: nobody has picked up, or the device is off line."""
    media: tuple[str, ...] = ()
    muted: bool = False
    lost_at: datetime | None = None
    """When its device went off line in mid-call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call from its first ring to its end."""

    id: str
    """Of this call alone."""
    conversation_id: str
    caller: Side
    callee: Side
    offer: Description
    started_at: datetime
    deadline: datetime
    """When ringing ends."""
    ringing: frozenset[str] = frozenset()
    """Device ids of the callee that may pick up."""
    refused: frozenset[str] = frozenset()
    """Device ids that said no."""
    busy: bool = False
    """One of them because it is in a call."""
    answered_at: datetime | None = None
    held: tuple[Candidates, ...] = ()
    """Of both sides: a ringing client forgets candidates, so they wait for the answer."""
    changes: Mapping[str, str] = field(default_factory=dict)
    """Media changes on offer: transaction id -> the device that asks."""

    @property
    def joined(self) -> tuple[Side, ...]:
        """The sides that are in: the caller, and the callee once answered."""
        return (self.caller, self.callee) if self.answered_at else (self.caller,)

    def other(self, side: Side) -> Side:
        """The opposite end."""
        return self.callee if side == self.caller else self.caller

    def with_side(self, old: Side, new: Side) -> Call:
        """The call with one end changed."""
        return replace(self, caller=new) if old == self.caller else replace(self, callee=new)

    def held_by(self, device_id: str) -> Side | None:
        """The end this device is at."""
        return next((side for side in self.joined if side.device_id == device_id), None)

    @property
    def expires_at(self) -> datetime | None:
        """When something happens by itself."""
        if not self.answered_at:
            return self.deadline
        lost = [side.lost_at for side in self.joined if side.lost_at]
        return min(lost) + lost_grace if lost else None


@dataclass(frozen=True, slots=True)
class CallStarted(Event):
    """Told to all devices of the caller."""

    call: Call


@dataclass(frozen=True, slots=True)
class CallOffered(Event):
    """It rings. Told to the callee's devices."""

    call: Call
    ring_for: timedelta


@dataclass(frozen=True, slots=True)
class CallAlerting(Event):
    """It rings over there. Told to the calling device."""

    call: Call


@dataclass(frozen=True, slots=True)
class CallAnswered(Event):
    """Somebody picked up. Told to the calling device."""

    call: Call
    answer: Description


@dataclass(frozen=True, slots=True)
class SideJoined(Event):
    """The callee is in. Told to the calling device."""

    call: Call
    side: Side


@dataclass(frozen=True, slots=True)
class SideChanged(Event):
    """A side changed its media or was muted."""

    call: Call
    side: Side


@dataclass(frozen=True, slots=True)
class CallUpdated(Event):
    """Who is in it now. Told to all devices of both."""

    call: Call


@dataclass(frozen=True, slots=True)
class RingingStopped(Event):
    """Nothing to pick up any more. Told to devices that rang."""

    call: Call
    cause: StopCause
    by_device: str = ""
    """The one that acted; empty = none of theirs."""


@dataclass(frozen=True, slots=True)
class CallFailed(Event):
    """It came to nothing. Told to the calling device."""

    call: Call
    cause: CallCause


@dataclass(frozen=True, slots=True)
class CallOver(Event):
    """It has ended."""

    call: Call
    cause: CallCause


@dataclass(frozen=True, slots=True)
class CandidatesFound(Event):
    """Addresses of the other side."""

    call: Call
    candidates: Candidates


@dataclass(frozen=True, slots=True)
class MediaOffered(Event):
    """The other side wants other media."""

    call: Call
    description: Description
    transaction_id: str


@dataclass(frozen=True, slots=True)
class MediaAnswered(Event):
    """The other side agrees."""

    call: Call
    description: Description


@dataclass(frozen=True, slots=True)
class MediaRefused(Event):
    """The other side does not."""

    call: Call


def find_call(state: State, conversation_id: str, device_id: str) -> Call:
    """The call going on in a conversation, as a device of a member. Raises `Refused`."""
    state.conversation(conversation_id, state.device(device_id).user_id)
    call = state.calls.get(conversation_id)
    if call is None:
        raise Refused(Refusal.NOT_FOUND, "there is no call in this conversation")
    return call


def end_call(state: State, call: Call, cause: CallCause, *, by_device: str = "") -> tuple[Delivery, ...]:
    """End a call for good: tell each device in its own way, and write it into the conversation.

    The device that acted is told nothing: its client has forgotten the call already, and would take a
    late word for one about the next call.
    """
    del state.calls[call.conversation_id]
    told: list[Delivery] = []
    callers = state.devices_of(call.caller.user_id, but=(by_device,))
    callees = state.devices_of(call.callee.user_id, but=(by_device,))
    if call.answered_at:
        told.append(Delivery(CallOver(call, cause), callers + callees))
    else:
        stop = StopCause.DECLINED if cause is CallCause.DECLINED else StopCause.REVOKED
        rang = tuple(device for device in callees if device in call.ringing)
        told.append(Delivery(RingingStopped(call, stop, by_device), rang))
        if cause is CallCause.CANCELLED:
            told.append(Delivery(CallOver(call, cause), callers))
        else:
            calling = (call.caller.device_id,)
            told.append(Delivery(CallFailed(call, cause), calling))
            others = tuple(device for device in callers if device not in calling)
            told.append(Delivery(CallOver(call, cause), others))
    talked = state.now - call.answered_at if call.answered_at else None
    people = (call.caller.user_id, call.callee.user_id)
    record = CallRecord(cause=cause, people=people, talked=talked)
    item = add_item(state, call.conversation_id, call.caller.user_id, record)
    told.append(Delivery(ItemAdded(item), state.devices_of(*people)))
    return tuple(told)
