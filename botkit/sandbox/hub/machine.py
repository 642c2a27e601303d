"""The machine's own words: a command goes in, deliveries come out, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from .state import State

Result = TypeVar("Result", covariant=True)


class Refusal(StrEnum):
    """Why a command is not carried out."""

    NOT_FOUND = "not_found"
    """No such user, conversation, item, call."""
    FORBIDDEN = "forbidden"
    """It exists, and is none of this person's business."""
    INVALID = "invalid"
    """The command contradicts itself or its object."""
    TOO_MUCH = "too_much"
    """A size or count is over its limit."""
    BUSY = "busy"
    """A call is going on there already."""
    UNSUPPORTED = "unsupported"
    """Nobody has taught the hub to do this."""


class Refused(Exception):
    """A command that changed nothing, and why."""

    def __init__(self, refusal: Refusal, why: str) -> None:
        super().__init__(why)
        self.refusal = refusal
        self.why = why


class Event:
    """A fact that some devices are to learn; each file of the hub defines its own."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way."""

    event: Event
    devices: tuple[str, ...]
    """Ids of the devices that get it, without repeats; may be empty."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What a command did."""

    result: Result
    deliveries: tuple[Delivery, ...] = ()
    """In the order in which each device must see them."""


class Command(Protocol[Result]):
    """Something a person or a device wants. A frozen dataclass that knows its own rule."""

    def apply(self, state: State) -> Outcome[Result]:
        """Check, then change `state`. Raises `Refused` before the first change, never after it."""
        ...
