"""What botkit keeps: inbox, sessions, journal, outbox, deadlines, dead letters, notes, and the versions of
flows that open sessions run on. One transaction a turn.

Life of a row: `receive` puts an event into the inbox once; `take` hands it out with its session, one
at a time per key; `commit` writes the whole turn and removes the inbox row; `effects` hands out the
outbox in order per key; `confirm` closes an effect. A process that dies between any two of these
loses nothing: what was received is taken again, what was committed is performed, and of the effects
at most the one marked `attempted` per key is unsure. What can be dealt with in no way leaves inbox or outbox
as a dead letter, until somebody lets it try again or drops it.

An event whose sender tells it again until it is safe may take a shorter way: `accept` lets it out without
keeping it, and the `commit` that is done with it makes its id known, as `receive` would have.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from botkit.model.errors import WorldError

from .keeping import START, Horizon, Position, Pruned, Unfinished


class StoreError(WorldError):
    """The database cannot be opened, or refused."""


class StoreTaken(StoreError):
    """Another bot has the database, which is one's alone at a time."""


class StaleSession(StoreError):
    """Another turn was committed meanwhile: of this session, or of this inbox row. Nothing was written."""


class EffectGone(StoreError):
    """The effect is confirmed already: do not carry it out."""


class Durability(StrEnum):
    """What survives what; `store: {durability: ...}`."""

    PROCESS = "process"
    """What a call has written survives the death of the bot's process, in whatever way it dies."""
    POWER = "power"
    """It survives a power cut too."""


LIGHT = 4096
"""Bytes of an event, a session or an effect up to which its row may have it `loaded`: many may wait, and the
bytes of a larger one are enough."""


class InboxRow(Struct, frozen=True, kw_only=True, gc=False):
    """One event or input waiting for its turn."""

    id: str
    """Unique for ever: an id that was received once is refused afterwards, also when it is done."""
    key: str
    """Rows of one key are taken in order, one at a time: `conversation:ID`, `session:ID`."""
    payload: bytes
    """`model.codec.dump`."""
    at: datetime
    begun: int | None = None
    """None for a row of this process. For one that an earlier process left behind: how often one had begun
    it, as `begin` has noted; whoever takes it notes so again first."""
    loaded: object = None
    """What `payload` holds, where it is at hand; None = it has to be loaded. Not kept."""


class SessionRow(Struct, frozen=True, kw_only=True, gc=False):
    """One session as it stands."""

    id: str
    revision: int
    open: bool
    places: tuple[str, ...]
    """Where it can be found while open: `thread:CONVERSATION:THREAD`, `direct:CONVERSATION`,
    `form:ID`, `call:ID`. Of two open sessions in one place the younger is found."""
    deadline: datetime | None
    state: bytes
    """`model.codec.dump` of the session."""
    version: str = ""
    """Of the flows that it runs on, a key of `keep_versions`."""
    loaded: object = None
    """What `state` holds, as in `InboxRow`."""


class JournalRow(Struct, frozen=True, kw_only=True, gc=False):
    """One line of what happened; append-only."""

    session_id: str
    """Empty for a handler outside any session."""
    at: datetime
    kind: str
    """`turn`, `posted`, `played`, `failed` ..."""
    data: bytes
    """JSON."""


class OutboxRow(Struct, frozen=True, kw_only=True, gc=False):
    """One effect to be carried out."""

    id: str
    """The effect's own."""
    key: str
    """Effects of one key are carried out in order, one in flight: `conversation:ID`, `session:ID`."""
    session_id: str
    payload: bytes
    """`model.codec.dump` of the effect."""
    attempted_at: datetime | None = None
    """When it was last begun; set and not confirmed = nobody knows whether it happened."""
    tries: int = 0
    """How often it was begun."""
    not_before: datetime | None = None
    """It rests until then, and what is behind it under its key with it; None = it may be begun at once."""
    ahead: datetime | None = None
    """If nothing stands before it under its key, the commit that brings it may note at once that it was
    begun at this moment, and the `attempt` that follows costs nothing. For effects of which one can find out
    whether they happened: after a crash in between it counts as unsure. Not kept."""
    loaded: object = None
    """What `payload` holds, as in `InboxRow`."""


class DeadKind(StrEnum):
    """What a dead letter was."""

    EVENT = "event"
    """A row of the inbox."""
    EFFECT = "effect"
    """A row of the outbox."""


class DeadLetter(Struct, frozen=True, kw_only=True, gc=False):
    """What could be dealt with in no way, kept as it was."""

    id: str
    """Of its row."""
    kind: DeadKind
    key: str
    session_id: str = ""
    payload: bytes
    at: datetime
    """When it was given up."""
    tries: int
    """How often it was begun."""
    cause: str
    """Why it was given up, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is at the moment."""

    inbox: int
    outbox: int
    dead: int
    open_sessions: int
    oldest_inbox: datetime | None
    """When the oldest event that waits came; None when none waits."""


class Commit(Struct, frozen=True, kw_only=True, gc=False):
    """All that one turn writes, in one transaction."""

    done: str = ""
    """Inbox row that caused it; removed (its id stays known). `StaleSession` when it waits no more:
    another commit dealt with it. Of one that was accepted the id is known from now on."""
    session: SessionRow | None = None
    """Written if the stored revision is exactly one less, else `StaleSession`. One that is not stored
    yet counts as 0, and may also be written as it is at first, with revision 0."""
    journal: Sequence[JournalRow] = ()
    outbox: Sequence[OutboxRow] = ()
    """An id that is in the outbox already refuses the commit (`StoreError`)."""
    inbox: Sequence[InboxRow] = ()
    """Received with the turn; those whose id is known already are left out."""
    confirmed: Sequence[str] = ()
    """Effects now known to have happened, or given up; they leave the outbox. Unknown ids are no error."""
    postponed: Mapping[str, datetime] = {}
    """Effects that rest until a moment: id -> `OutboxRow.not_before`. They are no longer `attempted`: it is
    known that the last attempt did not succeed. Unknown ids are no error."""
    dead: Sequence[DeadLetter] = ()
    """Kept from now on; the row itself leaves by `done` or `confirmed`."""
    notes: Mapping[str, bytes | None] = {}
    """Small values by name (`schedule:standup`), written over; None removes one."""


class Store(Protocol):
    """The contract. Every method may be called from many tasks at once, on the event loop that opened it. A
    task that is cancelled in a call does not undo it: what it asked for may still be written. A method that
    fails wrote nothing, unless the connection to a server broke: then the rows tell, and `changed_outside`
    returns once they can be read again. Every method but `open` and `close` may raise `StoreError`."""

    async def open(self, *, standby: bool = False) -> None:
        """Create or check the database, and take it. With `standby` wait until nobody else has it.

        Raises `StoreError`: a store that cannot open stops the start; `StoreTaken` without `standby`."""
        ...

    async def close(self) -> None:
        """Everything written before is on disk afterwards."""
        ...

    async def receive(self, row: InboxRow) -> bool:
        """Keep an event; False when its id was seen before. Durable on return."""
        ...

    async def take(self) -> InboxRow | None:
        """The oldest row whose key has none taken; it stays taken until committed or `give_back`."""
        ...

    def accept(self, row: InboxRow) -> bool:
        """Take `row` although nobody keeps it; False when another one of its key waits or is taken. Nothing
        is written: the commit that is `done` with it makes its id known, and is refused (`StaleSession`) when
        that was seen before. `release` comes in the end, whatever came of it."""
        ...

    def release(self, inbox_id: str) -> bool:
        """A row that was accepted is taken no more; False when no commit was done with it."""
        ...

    @property
    def any_wait(self) -> bool:
        """Rows are in the inbox that are not taken, whether or not their keys are free."""
        ...

    async def give_back(self, inbox_id: str) -> None:
        """Undo a `take` whose turn failed. The row keeps its place in line, so it may be taken again at
        once. One that is not taken is no error."""
        ...

    async def begin(self, inbox_id: str) -> None:
        """Note that a row which an earlier process left behind is about to be dealt with once more: it adds
        one to its `begun`. Durable on return. One that is done already is no error."""
        ...

    async def commit(self, turn: Commit) -> None:
        """Write a turn, all or nothing. Durable on return. Raises `StaleSession`."""
        ...

    async def session(self, session_id: str) -> SessionRow | None:
        """As it was last committed, ended or not."""
        ...

    async def find(self, place: str) -> SessionRow | None:
        """The open session in a place."""
        ...

    async def open_sessions(self, prefix: str) -> Sequence[SessionRow]:
        """All open sessions with a place that begins so, oldest first; `call:` after a crash, for example."""
        ...

    async def due(self, moment: datetime, limit: int = 100) -> Sequence[SessionRow]:
        """Open sessions whose deadline is at or before `moment`, oldest deadline first."""
        ...

    async def next_deadline(self) -> datetime | None:
        """The earliest deadline of an open session."""
        ...

    async def effects(
        self, limit: int = 100, *, moment: datetime | None = None, busy: Collection[str] = ()
    ) -> Sequence[OutboxRow]:
        """Per key the oldest effect not yet confirmed, oldest first; read after each commit and at start.
        With `moment` without those that rest beyond it.

        `busy` are keys to leave out, those whose effect is being carried out: with them `limit` can
        never hide a free key behind slow ones.
        """
        ...

    async def next_effect(self, moment: datetime) -> datetime | None:
        """When the first of the effects that rest beyond `moment` may be begun."""
        ...

    async def attempt(self, effect_id: str, at: datetime) -> None:
        """Note that an effect is about to be carried out; it adds one to its `tries`. Durable on return, or
        before, see `OutboxRow.ahead`.
        Raises `EffectGone`."""
        ...

    async def last_written(self) -> datetime | None:
        """The time of the newest journal line of all; None when there is none."""
        ...

    async def journal(self, session_id: str) -> Sequence[JournalRow]:
        """A session's lines, oldest first; `""` for those outside any session."""
        ...

    async def lines_since(self, kind: str, moment: datetime) -> Sequence[bytes]:
        """The `data` of all journal lines of a kind since then, of whatever session, the newest first."""
        ...

    async def note(self, name: str) -> bytes | None:
        """What was last written under a name in `Commit.notes`."""
        ...

    async def notes(self, prefix: str) -> Mapping[str, bytes]:
        """All notes whose names begin so."""
        ...

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Those that are kept, newest first."""
        ...

    async def revive(self, dead_id: str) -> bool:
        """Let one try again, as if it had just come: it goes to the end of the inbox or outbox, never begun.
        False when there is no such letter."""
        ...

    async def drop(self, dead_id: str) -> bool:
        """Forget a dead letter; False when there is none."""
        ...

    async def counts(self) -> Counts:
        """How much there is at the moment; for metrics."""
        ...

    async def changed_outside(self) -> None:
        """Return once somebody else may have written to the database (a command beside the running bot, say):
        what there is to take and to carry out is then up to date again. Never returns where nobody can."""
        ...

    async def keep_versions(self, versions: Mapping[str, bytes]) -> None:
        """Keep what versions of flows are made of, by their ids. One that is kept stays as it is."""
        ...

    async def version(self, version_id: str) -> bytes | None:
        """What a version is made of; None when it is not kept."""
        ...

    async def versions_in_use(self) -> Mapping[str, int]:
        """The versions that open sessions run on, kept or not, and how many run on each."""
        ...

    async def forget_versions(self, but: Collection[str] = ()) -> None:
        """Remove the versions that no open session runs on, except those in `but`."""
        ...

    async def prune(self, horizon: Horizon, after: Position = START, *, dry: bool = False) -> Pruned:
        """Remove some of what is over and older than `horizon`, in one transaction so small that no turn
        waits long; go on with `Pruned.rest`, and rest in between. What is needed stays, see `ports.keeping`.
        With `dry` nothing goes, it is only counted."""
        ...

    async def unfinished(self, after: Position = START) -> Unfinished:
        """Some of what is open or waits: states of open sessions, payloads of inbox, outbox and dead letters;
        go on with `Unfinished.rest`."""
        ...
