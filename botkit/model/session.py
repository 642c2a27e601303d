"""The state of one dialogue: everything needed to go on after a restart, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from .effects import Effect
from .reasons import Reason


class Channel(StrEnum):
    """How a session talks."""

    CHAT = "chat"
    CALL = "call"
    DETACHED = "detached"
    """Nobody to talk to (a schedule, a webhook)."""


class Status(StrEnum):
    """Where a session stands."""

    OPEN = "open"
    """It waits for an input."""
    ENDED = "ended"


class EndedBy(StrEnum):
    """How a session came to its end."""

    FLOW = "flow"
    """Its steps came to their end."""
    UNANSWERED = "unanswered"
    """The event `no_input` or `no_match`, which nothing handled."""
    CANCELLED = "cancelled"
    HANGUP = "hangup"
    LOST = "lost"
    """The call ended by nobody's will: `FAILED`, `MEDIA_LOST`, `CALL_LOST`."""
    WITHDRAWN = "withdrawn"
    ERROR = "error"
    """The event `error.*`, which nothing handled."""


class Person(Struct, frozen=True, kw_only=True, gc=False):
    """Whom the session talks with; what a flow reads as `user`."""

    id: str
    name: str = ""
    email: str = ""
    locale: str = ""
    """BCP 47, of their account; empty = not known."""


class Session(Struct, frozen=True, kw_only=True, gc=False):
    """One dialogue. The header is the runtime's to read; `state` is the flow engine's alone."""

    id: str
    channel: Channel
    flow: str
    """Name of the flow it runs."""
    flow_hash: str = ""
    """Content hash of that flow when the session began."""
    conversation_id: str = ""
    thread_id: str = ""
    """Chat in a group: the thread it lives in."""
    call_id: str = ""
    parent: str = ""
    """Id of the effect of another session (`session:revision:n`) that began this one."""
    number: int = 0
    """Which of those that this effect began, from 0."""
    person: Person = Person(id="")
    revision: int = 0
    """Turns taken."""
    status: Status = Status.OPEN
    ended_by: EndedBy | None = None
    """None while it is open."""
    awaits_text: bool = False
    """A chat message of the person would be taken now."""
    busy: bool = False
    """A step handler or a server works for it; a chat message of the person waits for the result."""
    awaits_files: bool = False
    """Files that come with that message are wanted."""
    from_anyone: bool = False
    """In a group, also other people may answer the question now open."""
    form_id: str = ""
    """The form now open, if any."""
    deadline: datetime | None = None
    """When `DeadlineReached` is due; every wait of a chat has one."""
    state: Mapping[str, object] = {}
    """Position stack, slots, counters: versioned JSON, 16 KB at most."""


class Turn(Struct, frozen=True, kw_only=True, gc=False):
    """What one input made of a session."""

    session: Session
    effects: tuple[Effect, ...] = ()
    why: tuple[Reason, ...] = ()
    secret: bool = False
    """The input answered a secret question: it is written down without its content."""
    hidden: frozenset[str] = frozenset()
    """What is in secret slots: nothing that the turn brings or does is written down with it."""


class SessionStart(Struct, frozen=True, kw_only=True, gc=False):
    """A session that shall begin in a turn of its own: what a handler asked for, or a start that failed."""

    session: Session
    """As it is before its first turn."""
    text: str = ""
    """What its `Begin` carries."""
    item_id: str = ""
    """So this."""
    inputs: Mapping[str, object] = {}
    """So these. JSON."""
    start: int | None = None
    """So this."""
    event: Mapping[str, object] = {}
    """So this. JSON."""
