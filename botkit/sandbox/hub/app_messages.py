"""Words between programs that people run: carried untouched, kept nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .machine import Delivery, Event, Outcome, Refusal, Refused

if TYPE_CHECKING:
    from .state import State

data_limit = 65_536
"""Characters of one message."""
kind_limit = 100
"""Characters of the word that says what it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppMessage(Event):
    """Somebody's program says something to another one."""

    kind: str
    """What it is, in the programs' words."""
    data: str
    sender_id: str
    """User id."""
    sender_device: str
    receiver_id: str
    """User id."""
    receiver_device: str = ""
    """The one device it is for; empty = all of that person's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAppMessage:
    """Say something to all devices of a person that are there now, or to one of them."""

    device_id: str
    to: str
    """User id."""
    to_device: str = ""
    kind: str
    data: str

    def apply(self, state: State) -> Outcome[None]:
        sender = state.device(self.device_id)
        state.person(self.to)
        if len(self.data) > data_limit or len(self.kind) > kind_limit:
            raise Refused(Refusal.TOO_MUCH, f"a message has at most {data_limit} characters")
        devices = state.devices_of(self.to)
        if self.to_device:
            if self.to_device not in devices:
                raise Refused(Refusal.NOT_FOUND, "this person has no such device")
            devices = (self.to_device,)
        message = AppMessage(
            kind=self.kind,
            data=self.data,
            sender_id=sender.user_id,
            sender_device=sender.id,
            receiver_id=self.to,
            receiver_device=self.to_device,
        )
        return Outcome(None, (Delivery(message, devices),))
