"""Flows, checked and linked: what the engine runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .document import Location
from .tags import nearest

if TYPE_CHECKING:
    from .allowing import Allowed
    from .asking import Asking
    from .calendars import Calendar
    from .flowfile import Limits
    from .messages import Message
    from .schedules import Schedule
    from .slots import Slot
    from .starts import StartOptions
    from .steps.base import Step
    from .versions import FlowVersion
    from .wording import Wording

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
    SCHEDULE = "schedule"
    """A moment has come."""
    WEBHOOK = "webhook"
    """One of the bot's own webhooks is called."""


class OnChange(StrEnum):
    """What becomes of those who are in a flow when another version of it takes its place."""

    PIN = "pin"
    """They go on with the version they began with."""
    MIGRATE = "migrate"
    """They go on with the new one, at the same step."""
    RESTART = "restart"
    """They begin anew when they answer next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One way a flow starts."""

    kind: StartKind
    flow: str
    options: StartOptions
    """What narrows it."""
    allowed: Allowed | None = None
    """Who may; None = everybody."""

    def admits(self, email: str | None) -> bool:
        """Whether the person with this address may start it; None = it is not known who it is yet."""
        return self.allowed is None or email is None or self.allowed.admits(email)


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

    @property
    def title(self) -> str:
        """What people know it by: the author's id, else the verb."""
        return self.step.id or self.step.verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A global: words and a key that are valid in every question."""

    name: str
    at: Location
    key: str
    spoken: Mapping[str, frozenset[str]]
    """Language of its file (BCP 47) -> what people say for it, normalised; the one to fall back to first."""
    position: int | None
    """Where it goes; None: what its name says (`repeat`, `cancel`)."""

    def phrases(self, language: str) -> frozenset[str]:
        """What people say for it in a language; normalised."""
        found = self.spoken.get(language) or self.spoken.get(nearest(language, self.spoken) or "")
        return found or next(iter(self.spoken.values()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tongue:
    """One of the languages that a flow speaks."""

    language: str
    """BCP 47; empty = the bot's."""
    hears: bool = True
    """Speech is understood in it."""
    wording: Wording
    """What botkit says there of its own accord."""
    at: Location
    """Where it is named, or the flow that names none."""


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
    """Of all that its file depends on, see `versions`."""
    on_change: OnChange = OnChange.PIN
    """What becomes of those who are in an older version."""
    migrations: Mapping[str, str] = field(default_factory=dict)
    """Id of a step of an older version -> id of the one that is now in its place."""
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
    tongues: Sequence[Tongue]
    """What it speaks, at least one: the one to fall back to first."""
    languages: tuple[str, ...] = ()
    """Those between which a session can change (BCP 47); empty = there is nothing to change."""
    initial: str = ""
    """The one of `languages` that it begins with; empty = the one of the person's account, if it is one."""
    messages: Mapping[str, Message] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """What it speaks when nothing says otherwise (BCP 47); empty = the bot's."""
        return self.initial or self.tongues[0].language

    def tongue(self, language: str) -> Tongue:
        """The one for a language, or the one to fall back to."""
        known = {tongue.language: tongue for tongue in self.tongues}
        return known[nearest(language, known) or self.tongues[0].language]

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
    schedules: tuple[Schedule, ...] = ()
    """When flows start by themselves."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Those of bot.yaml, for schedules and for `calendars.NAME.open`."""
    warnings: tuple[Finding, ...] = ()
    """What is doubtful, and runs all the same."""
    versions: Mapping[str, FlowVersion] = field(default_factory=dict)
    """What the flows of each file are made of, by the name of its own flow."""

    def start_for(
        self, kind: str, text: str = "", email: str | None = None, *, of_bot: bool = False
    ) -> str | None:
        """The flow that an event starts, or None. A start with words that fit goes before one without;
        otherwise the order in which the flows were read counts. With `email` only those count that this
        person may start; `of_bot`: they are a bot."""
        fitting = [start for start in self._fitting(kind, text, of_bot) if start.admits(email)]
        chosen = next((start for start in fitting if start.options.narrowed), None)
        chosen = chosen or next(iter(fitting), None)
        return chosen.flow if chosen else None

    def barred(self, kind: str, text: str, email: str, *, of_bot: bool = False) -> str | None:
        """The first flow that an event would start if `allow` let this person."""
        starts = self._fitting(kind, text, of_bot)
        return next((start.flow for start in starts if not start.admits(email)), None)

    def _fitting(self, kind: str, text: str, of_bot: bool) -> list[Start]:
        return [
            start for start in self.starts if start.kind == kind and start.options.fits(text, of_bot=of_bot)
        ]
