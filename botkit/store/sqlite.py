"""The store on SQLite."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from botkit.ports.clock import Clock
from botkit.ports.keeping import START, Horizon, Position, Pruned, Unfinished
from botkit.ports.store import (
    Commit,
    Counts,
    DeadLetter,
    Durability,
    InboxRow,
    JournalRow,
    OutboxRow,
    SessionRow,
    StoreError,
)
from botkit.ports.system_clock import SystemClock

from . import dead_table, inbox_table, outbox_table, pruning, schema, tables
from .checkpoint import Checkpointer
from .heads import Head, Heads
from .lanes import Lanes
from .lock import OwnerLock
from .memory import MemoryWriter
from .standby import taken
from .writer import Writer

T = TypeVar("T")

LOOK_OUTSIDE = 1.0
"""Seconds between two looks whether another program has written to the file."""


_SYNCHRONOUS = {Durability.PROCESS: "normal", Durability.POWER: "full"}
"""In WAL mode: `full` waits for the disk once a batch, `normal` only when the log is moved."""


class SqliteStore:
    """`ports.store.Store` in one SQLite file, or in memory (`":memory:"`, gone when closed).

    One process owns a file; a second one is refused at `open`. Other programs may read it meanwhile, and
    write what `reading.Desk` can.
    """

    def __init__(
        self,
        path: Path | Literal[":memory:"],
        *,
        durability: Durability = Durability.PROCESS,
        clock: Clock | None = None,
    ) -> None:
        """`clock` is for the looks at what other programs write, who live in real time: without it the
        machine's, whatever the bot goes by."""
        self._path = None if path == ":memory:" else Path(path)
        self._where = str(path)
        self._durability = durability
        self._lock: OwnerLock | None = None
        self._writer: Writer | None = None
        self._inbox = Lanes()
        self._outbox = Heads()
        self._clock = clock or SystemClock()
        self._outside = 0
        """`tables.outside` when inbox and outbox were last read."""

    @property
    def path(self) -> Path | None:
        """The file; None in memory."""
        return self._path

    @property
    def busy(self) -> bool:
        """A call is under way, in a thread the event loop cannot see; for `VirtualClock.watch`."""
        return self._writer is not None and self._writer.waiting > 0

    async def open(self, *, standby: bool = False) -> None:
        if self._writer is not None:
            raise StoreError("the store is open already.", where=self._where)
        writer: Writer = MemoryWriter(self._connect, self._where)
        if self._path is not None:
            await taken(self._own, self._clock, standby=standby)
            writer = Writer(self._connect, Checkpointer(self._path, self._connection), self._where)
        try:
            await writer.start()
            self._inbox = Lanes()
            await writer.run(_read_lines, self._meet)
        except BaseException:
            await writer.stop()
            self._release()
            raise
        self._writer = writer

    async def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.stop()
            self._release()

    async def receive(self, row: InboxRow) -> bool:
        written = await self._require().write(Commit(inbox=(row,)), None, self._received)
        return bool(written.inbox)

    async def take(self) -> InboxRow | None:
        self._require()
        return self._inbox.take()

    def accept(self, row: InboxRow) -> bool:
        self._require()
        return self._inbox.accept(row)

    def release(self, inbox_id: str) -> bool:
        return self._inbox.release(inbox_id)

    @property
    def any_wait(self) -> bool:
        return self._inbox.any_wait

    async def give_back(self, inbox_id: str) -> None:
        self._inbox.give_back(inbox_id)

    async def begin(self, inbox_id: str) -> None:
        await self._run(lambda db: inbox_table.begin(db, inbox_id))

    async def commit(self, turn: Commit) -> None:
        def settled(written: tables.Written) -> None:
            if turn.done:
                self._inbox.remove(turn.done)
            self._received(written)
            for effect_id in turn.confirmed:
                self._outbox.remove(effect_id)
            for effect_id, moment in turn.postponed.items():
                self._outbox.postponed(effect_id, moment)
            for head in written.heads:
                if head.row.id not in turn.confirmed:  # several of one key: it moved up, and went too
                    self._outbox.put(head)

        accepted = self._inbox.accepted(turn.done) if turn.done else None
        await self._require().write(turn, accepted, settled)

    async def session(self, session_id: str) -> SessionRow | None:
        return await self._run(lambda db: tables.session(db, session_id))

    async def find(self, place: str) -> SessionRow | None:
        return await self._run(lambda db: tables.find(db, place))

    async def open_sessions(self, prefix: str) -> Sequence[SessionRow]:
        return await self._run(lambda db: tables.open_sessions(db, prefix))

    async def due(self, moment: datetime, limit: int = 100) -> Sequence[SessionRow]:
        return await self._run(lambda db: tables.due(db, moment, limit))

    async def next_deadline(self) -> datetime | None:
        return await self._run(tables.next_deadline)

    async def effects(
        self, limit: int = 100, *, moment: datetime | None = None, busy: Collection[str] = ()
    ) -> Sequence[OutboxRow]:
        self._require()
        return self._outbox.ready(limit, moment, busy)

    async def next_effect(self, moment: datetime) -> datetime | None:
        self._require()
        return self._outbox.next(moment)

    async def attempt(self, effect_id: str, at: datetime) -> None:
        def settled(_: None) -> None:
            self._outbox.attempted(effect_id, at)

        if self._outbox.is_noted(effect_id):
            settled(None)
        else:
            await self._run(lambda db: outbox_table.attempt(db, effect_id, at), settled)

    async def last_written(self) -> datetime | None:
        return await self._run(tables.last_written)

    async def journal(self, session_id: str) -> Sequence[JournalRow]:
        return await self._run(lambda db: tables.journal(db, session_id))

    async def lines_since(self, kind: str, moment: datetime) -> Sequence[bytes]:
        return await self._run(lambda db: tables.lines_since(db, kind, moment))

    async def note(self, name: str) -> bytes | None:
        return await self._run(lambda db: tables.note(db, name))

    async def notes(self, prefix: str) -> Mapping[str, bytes]:
        return await self._run(lambda db: tables.notes(db, prefix))

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        return await self._run(lambda db: dead_table.dead_letters(db, limit))

    async def revive(self, dead_id: str) -> bool:
        def settled(found: InboxRow | OutboxRow | Head | None) -> None:
            if isinstance(found, InboxRow):
                self._inbox.add(found)
            elif isinstance(found, Head):
                self._outbox.put(found)

        return await self._run(lambda db: dead_table.revive(db, dead_id), settled, anew=True) is not None

    async def drop(self, dead_id: str) -> bool:
        return await self._run(lambda db: dead_table.drop(db, dead_id))

    async def counts(self) -> Counts:
        return await self._run(tables.counts)

    async def changed_outside(self) -> None:
        if self._path is None:
            await asyncio.Event().wait()
        seen = self._outside
        while self._outside == seen:
            await self._clock.sleep(LOOK_OUTSIDE)
            if await self._run(tables.outside) != seen:
                await self._run(_read_lines, self._meet, anew=True)

    async def keep_versions(self, versions: Mapping[str, bytes]) -> None:
        await self._run(lambda db: tables.keep_versions(db, versions))

    async def version(self, version_id: str) -> bytes | None:
        return await self._run(lambda db: tables.version(db, version_id))

    async def versions_in_use(self) -> Mapping[str, int]:
        return await self._run(tables.versions_in_use)

    async def forget_versions(self, but: Collection[str] = ()) -> None:
        await self._run(lambda db: tables.forget_versions(db, but))

    async def prune(self, horizon: Horizon, after: Position = START, *, dry: bool = False) -> Pruned:
        return await self._run(lambda db: pruning.prune(db, horizon, after, dry=dry), anew=not dry)

    async def unfinished(self, after: Position = START) -> Unfinished:
        return await self._run(lambda db: pruning.unfinished(db, after))

    async def _run(
        self,
        work: Callable[[sqlite3.Connection], T],
        settled: Callable[[T], None] | None = None,
        *,
        anew: bool = False,
    ) -> T:
        return await self._require().run(work, settled, anew=anew)

    def _received(self, written: tables.Written) -> None:
        for row in written.inbox:
            self._inbox.add(row)

    def _meet(self, found: tuple[int, Sequence[InboxRow], Sequence[Head]]) -> None:
        self._outside, rows, heads = found
        self._inbox.meet(rows)
        self._outbox.meet(heads)

    def _require(self) -> Writer:
        if self._writer is None:
            raise StoreError("the store is not open.", where=self._where)
        return self._writer

    async def _own(self) -> None:
        path = self._path
        assert path is not None
        lock = OwnerLock(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # What people wrote to a bot is nobody else's business on this machine.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            lock.acquire()
        except OSError as error:
            raise StoreError(
                f"the database cannot be opened: {error.strerror}.",
                where=self._where,
                remedy="Let `store:` name a file in a directory that the bot may write to.",
            ) from error
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    def _connect(self) -> sqlite3.Connection:
        """The writer's connection. The check comes first: a database of others is left as it is."""
        db = self._connection()
        try:
            found = schema.version_of(db, self._where)
            db.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[self._durability]}")
            db.execute("PRAGMA journal_mode = wal")
            db.execute("PRAGMA wal_autocheckpoint = 0")
            schema.migrate(db, found)
        except BaseException:
            db.close()
            raise
        return db

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path or ":memory:", isolation_level=None)


def _read_lines(db: sqlite3.Connection) -> tuple[int, Sequence[InboxRow], Sequence[Head]]:
    return tables.outside(db), inbox_table.inbox(db), outbox_table.heads(db)
