"""Other media in mid-call: one side offers anew, the other agrees or does not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .calls import (
    Call,
    Description,
    MediaAnswered,
    MediaOffered,
    MediaRefused,
    SideChanged,
    find_call,
)
from .machine import Delivery, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

change_limit = 8
"""Changes of one call that wait for an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferMedia:
    """Ask the other side for other media."""

    device_id: str
    conversation_id: str
    description: Description
    transaction_id: str

    def apply(self, state: State) -> Outcome[None]:
        call = find_call(state, self.conversation_id, self.device_id)
        side = call.held_by(self.device_id)
        if side is None or not call.answered_at:
            raise Refused(Refusal.INVALID, "this device is not in the call")
        if len(call.changes) >= change_limit:
            raise Refused(Refusal.TOO_MUCH, f"at most {change_limit} media changes wait for an answer")
        changed = replace(side, media=self.description.media)
        changes = {**call.changes, self.transaction_id: self.device_id}
        now = replace(call.with_side(side, changed), changes=changes)
        state.calls[call.conversation_id] = now
        other = now.other(changed).device_id
        told = (other,) if other else ()
        return Outcome(
            None,
            (
                Delivery(MediaOffered(now, self.description, self.transaction_id), told),
                Delivery(SideChanged(now, changed), told),
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMedia:
    """Agree (with one's own description) or refuse (without)."""

    device_id: str
    conversation_id: str
    transaction_id: str
    description: Description | None

    def apply(self, state: State) -> Outcome[None]:
        call = find_call(state, self.conversation_id, self.device_id)
        asking = call.changes.get(self.transaction_id)
        if asking is None or asking == self.device_id or call.held_by(self.device_id) is None:
            raise Refused(Refusal.INVALID, "nobody asked this device for other media")
        changes = {key: value for key, value in call.changes.items() if key != self.transaction_id}
        now: Call = replace(call, changes=changes)
        state.calls[call.conversation_id] = now
        event = MediaAnswered(now, self.description) if self.description else MediaRefused(now)
        return Outcome(None, (Delivery(event, (asking,)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Say that one's own microphone is off or on; everybody's devices show it."""

    device_id: str
    conversation_id: str
    muted: bool

    def apply(self, state: State) -> Outcome[None]:
        call = find_call(state, self.conversation_id, self.device_id)
        side = call.held_by(self.device_id)
        if side is None:
            raise Refused(Refusal.INVALID, "this device is not in the call")
        changed = replace(side, muted=self.muted)
        now = state.calls[call.conversation_id] = call.with_side(side, changed)
        told = state.devices_of(*(one.user_id for one in now.joined))
        return Outcome(None, (Delivery(SideChanged(now, changed), told),))
