"""What the flow engine is told: one frozen dataclass per fact. The only way into a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .calls import CallCause


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """The part all inputs share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin(Input):
    """The session's first input: its flow starts."""

    text: str = ""
    """What the person wrote to start it, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived(Input):
    """The person wrote something."""

    text: str
    author_id: str = ""
    item_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormReceived(Input):
    """The person submitted a form of this session."""

    form_id: str
    values: Mapping[str, str] = field(default_factory=dict)
    author_id: str = ""


class KeysEnded(StrEnum):
    """How the key collector ended."""

    DIGITS = "digits"
    """Enough keys: complete."""
    PARTIAL = "partial"
    """Time ran out with fewer than the minimum."""
    NONE = "none"
    """No key came at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysCollected(Input):
    """The key collector of a call finished a question."""

    effect_id: str
    """The `Ask` it answers."""
    digits: str
    ended: KeysEnded


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Input):
    """A handler that the flow ran has returned."""

    effect_id: str
    value: object = None
    """JSON."""
    error: str = ""
    """What it raised, if it did."""
    timed_out: bool = False
    """It had not returned within `Run.timeout`; `error` says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFailed(Input):
    """An effect could not be carried out for good."""

    effect_id: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineReached(Input):
    """`Session.deadline` has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(Input):
    """The call is over, whoever ended it."""

    cause: CallCause
