"""Who is there, who is typing, and which devices want to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from .machine import Delivery, Event, Outcome, Refusal, Refused
from .state import Device

if TYPE_CHECKING:
    from .state import State

device_limit = 50
"""Open devices of one person."""
watch_limit = 1000
"""People or conversations one device watches."""
status_limit = 500
"""Characters of a status message."""


class PresenceState(StrEnum):
    """Whether one may disturb somebody."""

    AVAILABLE = "available"
    OFFLINE = "offline"
    AWAY = "away"
    BUSY = "busy"
    DND = "dnd"
    """Do not disturb."""


@dataclass(frozen=True, slots=True)
class ChosenPresence:
    """What somebody said of themselves."""

    state: PresenceState = PresenceState.AVAILABLE
    message: str = ""
    until: datetime | None = None
    """When a DND falls back to available."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What others see."""

    user_id: str
    state: PresenceState
    message: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PresenceChanged(Event):
    """Somebody came, went, or said something of themselves."""

    presence: Presence
    to_everybody: bool
    """Told to those who watch the whole tenant, not to those who watch this person."""


@dataclass(frozen=True, slots=True)
class Typed(Event):
    """Somebody began or stopped typing."""

    conversation_id: str
    user_id: str
    typing: bool
    parent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connect:
    """A device of a person comes on line."""

    device_id: str
    user_id: str
    software: str = ""

    def apply(self, state: State) -> Outcome[Device]:
        state.person(self.user_id)
        if self.device_id in state.devices:
            raise Refused(Refusal.INVALID, "this device is connected already")
        if len(state.devices_of(self.user_id)) >= device_limit:
            raise Refused(Refusal.TOO_MUCH, f"a person has at most {device_limit} devices open")
        before = presence_of(state, self.user_id)
        device = Device(id=self.device_id, user_id=self.user_id, software=self.software)
        state.devices[device.id] = device
        return Outcome(device, _changed(state, self.user_id, before))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePresence:
    """Say how one is to be seen."""

    by: str
    chosen: ChosenPresence

    def apply(self, state: State) -> Outcome[Presence]:
        if len(self.chosen.message) > status_limit:
            raise Refused(Refusal.TOO_MUCH, f"a status message has at most {status_limit} characters")
        before = presence_of(state, self.by)
        state.presence[self.by] = self.chosen
        return Outcome(presence_of(state, self.by), _changed(state, self.by, before))


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPresence:
    """Be told, on this device, of people's presence, or no longer. No people named = the whole tenant."""

    device_id: str
    user_ids: tuple[str, ...] = ()
    watch: bool = True

    def apply(self, state: State) -> Outcome[tuple[Presence, ...]]:
        device = state.device(self.device_id)
        if not self.user_ids:
            device.watches_everybody = self.watch
            return Outcome(())
        if self.watch:
            presences = tuple(presence_of(state, u) for u in dict.fromkeys(self.user_ids))
            _watch(device.watches_presence, self.user_ids)
            return Outcome(presences)
        device.watches_presence.difference_update(self.user_ids)
        return Outcome(())


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTyping:
    """Be told, on this device, who types in a conversation, or no longer."""

    device_id: str
    conversation_id: str
    watch: bool = True

    def apply(self, state: State) -> Outcome[None]:
        device = state.device(self.device_id)
        state.conversation(self.conversation_id, device.user_id)
        if self.watch:
            _watch(device.watches_typing, (self.conversation_id,))
        else:
            device.watches_typing.discard(self.conversation_id)
        return Outcome(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """Begin or stop typing."""

    by: str
    conversation_id: str
    typing: bool
    parent_id: str = ""

    def apply(self, state: State) -> Outcome[None]:
        conversation = state.conversation(self.conversation_id, self.by)
        told = tuple(
            d.id
            for d in state.devices.values()
            if d.user_id != self.by
            and conversation.id in d.watches_typing
            and d.user_id in conversation.members
        )
        return Outcome(None, (Delivery(Typed(conversation.id, self.by, self.typing, self.parent_id), told),))


def presence_of(state: State, user_id: str) -> Presence:
    """What others see of somebody: offline without a device, else what they chose."""
    state.person(user_id)
    chosen = state.presence.get(user_id, ChosenPresence())
    here = any(d.user_id == user_id for d in state.devices.values())
    over = chosen.until is not None and chosen.until <= state.now
    shown = PresenceState.AVAILABLE if over else chosen.state
    return Presence(
        user_id=user_id,
        state=shown if here else PresenceState.OFFLINE,
        message=chosen.message,
        until=None if over else chosen.until,
    )


def remove_device(state: State, device_id: str) -> tuple[Delivery, ...]:
    """Take a device off line."""
    user_id = state.device(device_id).user_id
    before = presence_of(state, user_id)
    del state.devices[device_id]
    return _changed(state, user_id, before)


def expire_presence(state: State) -> tuple[Delivery, ...]:
    """Let every DND end whose time is over."""
    deliveries: list[Delivery] = []
    for user_id, chosen in list(state.presence.items()):
        if chosen.until is not None and chosen.until <= state.now:
            state.presence[user_id] = ChosenPresence(PresenceState.AVAILABLE, chosen.message)
            deliveries.extend(_told(state, user_id))
    return tuple(deliveries)


def _changed(state: State, user_id: str, before: Presence) -> tuple[Delivery, ...]:
    return () if presence_of(state, user_id) == before else _told(state, user_id)


def _told(state: State, user_id: str) -> tuple[Delivery, ...]:
    presence = presence_of(state, user_id)
    watching = tuple(d.id for d in state.devices.values() if user_id in d.watches_presence)
    everybody = tuple(
        d.id
        for d in state.devices.values()
        if d.watches_everybody and d.user_id != user_id and user_id not in d.watches_presence
    )
    return (
        Delivery(PresenceChanged(presence, to_everybody=False), watching),
        Delivery(PresenceChanged(presence, to_everybody=True), everybody),
    )


def _watch(watched: set[str], more: tuple[str, ...]) -> None:
    if len(watched | set(more)) > watch_limit:
        raise Refused(Refusal.TOO_MUCH, f"one device watches at most {watch_limit}")
    watched.update(more)
