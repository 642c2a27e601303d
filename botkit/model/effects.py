"""What a turn wants done in the world: one frozen dataclass each, carried out in order, each once.

`id` is deterministic: `session:revision:n` (`event:n` for a handler's effect outside any session).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .calls import DeclineCause
from .events import MessageReceived
from .items import OutgoingMessage
from .questions import BargeIn, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The part all effects share."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Effect):
    """Tell the person: posted on chat, spoken on a call."""

    text: str
    barge_in: BargeIn = BargeIn.KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Effect):
    """Put a question. On chat it is posted (with its form); on a call asked, and keys are collected."""

    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Effect):
    """Post a message somewhere else, or here when `to` is empty."""

    text: str
    to: str = ""
    """E-mail address, user id or conversation id."""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(Effect):
    """Run a step handler; `RunFinished` comes back."""

    handler: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    """JSON."""
    timeout: float = 10.0
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Effect):
    """Pick up. Emitted before the first audible effect of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline(Effect):
    """Refuse the ringing call."""

    cause: DeclineCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangup(Effect):
    """End the call, after everything before it has been heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage(Effect):
    """A message with its address: what `Say`, `Ask` and `Post` become on chat, and the outbox holds."""

    message: OutgoingMessage
    origin: str
    """Id of the turn's effect that this carries out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredMessage(Effect):
    """A message that handlers have had, to be offered to sessions and flows once the session it came upon
    is done with its step handler."""

    message: MessageReceived
    session_id: str
    """Of the busy session."""
    revision: int
    """Its, when the message came. Still busy at that revision afterwards, it will not get its result."""
