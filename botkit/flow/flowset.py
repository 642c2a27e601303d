"""Flows, checked and linked: what the engine runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .document import Location
from .match import normalise

if TYPE_CHECKING:
    from .asking import Asking
    from .flowfile import Limits
    from .slots import Slot
    from .steps.base import Step

WAIT = -1
"""A position: the turn is over, the step at the top of the stack waits."""
RETURN = -2
"""A position: the end of a flow, back to its caller."""
END = -3
"""A position: the session is over."""
IGNORED = -4
"""A position: the input means nothing here; the session stays as it was."""


class StartKind(StrEnum):
    """What can start a flow."""

    CALL_INCOMING = "call_incoming"
    """Somebody calls."""
    MENTION = "mention"
    """Somebody mentions the bot, or writes to it in their direct conversation."""
    ITEM_ADDED = "item_added"
    """Somebody writes, anywhere the bot is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One way a flow starts."""

    kind: StartKind
    flow: str
    words: tuple[str, ...] = ()
    """Starts only when one of them stands in the text; empty = always."""

    def fits(self, kind: str, text: str) -> bool:
        """Whether this is meant."""
        if kind != self.kind:
            return False
        said = f" {normalise(text)} "
        return not self.words or any(f" {normalise(word)} " in said for word in self.words)


@dataclass(slots=True, kw_only=True)
class Op:
    """A step in its place. Positions are indices into `Flow.ops`, or one of the constants above."""

    step: Step
    id: str
    """The author's, or made of the place: `3`, `menu.give_up.1`."""
    at: Location
    index: int
    next: int = RETURN
    """Where the flow goes on after it."""
    branches: dict[str, int] = field(default_factory=dict)
    """Where its bodies begin and its jumps lead: `then`, `cases.hours`, `go.person`."""
    channels: frozenset[Channel] = frozenset(Channel)
    """Where it runs; elsewhere it is passed over."""
    within: tuple[str, ...] = ()
    """Ids of the `repeat` steps around it, the innermost last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A global: words and a key that are valid in every question."""

    name: str
    at: Location
    key: str
    phrases: frozenset[str]
    """Normalised."""
    position: int | None
    """Where it goes; None: what its name says (`repeat`, `cancel`)."""


@dataclass(slots=True, kw_only=True, eq=False)
class Flow:
    """One flow, linked. Those of one file share slots, config, limits and settings."""

    name: str
    """`reception`, or `reception/take_message` for an inner one."""
    root: str
    """The file's own flow."""
    at: Location
    title: str = ""
    hash: str = ""
    """Of the file's content."""
    ops: tuple[Op, ...] = ()
    by_id: Mapping[str, Op] = field(default_factory=dict)
    first: int = RETURN
    when: Mapping[str, int] = field(default_factory=dict)
    """Event name -> where its steps begin."""
    commands: Sequence[Command] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    limits: Limits
    asking: Asking
    forms: bool = True
    """The platform has forms."""
    language: str = ""
    """BCP 47, what it speaks and hears; empty = the bot's."""
    hears: bool = True
    """Speech is understood in that language."""

    def handler(self, event: str) -> tuple[str, int] | None:
        """The `when` entry for an event: its own name or the longest prefix (`error` for `error.http`)."""
        name = event
        while name:
            if name in self.when:
                return name, self.when[name]
            name = name.rpartition(".")[0]
        return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowSet:
    """All flows of a bot."""

    flows: Mapping[str, Flow]
    starts: tuple[Start, ...] = ()
    warnings: tuple[Finding, ...] = ()
    """What is doubtful, and runs all the same."""

    def start_for(self, kind: str, text: str = "") -> str | None:
        """The flow that an event starts, or None. A start with words that fit goes before one without;
        otherwise the order in which the flows were read counts."""
        fitting = [start for start in self.starts if start.fits(kind, text)]
        chosen = next((start for start in fitting if start.words), None) or next(iter(fitting), None)
        return chosen.flow if chosen else None
