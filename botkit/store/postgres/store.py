"""The store on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

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
from botkit.store.heads import Head, Heads
from botkit.store.lanes import Lanes
from botkit.store.standby import taken

from . import batch, pruning, queries
from .connection import Connection
from .owner import Owner
from .writer import Writer, Written, gone

T = TypeVar("T")


class PostgresStore:
    """`ports.store.Store` in one schema of a PostgreSQL database.

    One process owns a schema; a second one is refused at `open`. A connection that is lost is made anew:
    calls fail meanwhile with `StoreError`, and `changed_outside` returns afterwards.
    """

    def __init__(
        self, url: str, *, durability: Durability = Durability.PROCESS, clock: Clock | None = None
    ) -> None:
        """`url`: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=...&search_path=SCHEMA`. `clock` is
        for the looks at whether another bot is gone: without it the machine's."""
        self.url = url
        self._owner = Owner(url, durability)
        self._writer: Writer | None = None
        self._inbox = Lanes()
        self._outbox = Heads()
        self._changed = asyncio.Event()
        self._schema = ""
        self._clock = clock or SystemClock()

    @property
    def busy(self) -> bool:
        """A call is under way, at a server the event loop cannot see; for `VirtualClock.watch`."""
        return self._writer is not None and self._writer.busy

    async def open(self, *, standby: bool = False) -> None:
        if self._writer is not None:
            raise StoreError("the store is open already.", where=self._owner.where)
        self._inbox = Lanes()
        writer = Writer(self._owner, self._connected)
        await taken(writer.start, self._clock, standby=standby)
        self._changed.clear()
        self._writer = writer

    async def close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.stop()

    async def receive(self, row: InboxRow) -> bool:
        def settled(written: Written) -> bool:
            if row.id not in written.received:
                return False
            # Of several calls with one id in a batch the first was new.
            written.received.discard(row.id)
            self._inbox.add(row)
            return True

        return await self._require().write(batch.of_event(row), settled)

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
        await self._require().write(batch.of_beginning(inbox_id), lambda _: None)

    async def commit(self, turn: Commit) -> None:
        def settled(written: Written) -> None:
            if turn.done:
                self._inbox.remove(turn.done)
            for row in turn.inbox:
                if row.id in written.received:
                    written.received.discard(row.id)
                    self._inbox.add(row)
            for effect_id in turn.confirmed:
                self._outbox.remove(effect_id)
            for effect_id, moment in turn.postponed.items():
                self._outbox.postponed(effect_id, moment)
            for effect in turn.outbox:
                if effect.id in written.came:
                    self._outbox.put(Head(written.came[effect.id], effect))
            while written.moved_up:  # the batch's: whoever comes first
                self._outbox.put(written.moved_up.pop())

        accepted = self._inbox.accepted(turn.done) if turn.done else None
        await self._require().write(batch.of_turn(turn, accepted), settled)

    async def session(self, session_id: str) -> SessionRow | None:
        return await self._require().look_up(session_id, by_place=False)

    async def find(self, place: str) -> SessionRow | None:
        return await self._require().look_up(place, by_place=True)

    async def open_sessions(self, prefix: str) -> Sequence[SessionRow]:
        return await self._run(lambda db: queries.open_sessions(db, prefix))

    async def due(self, moment: datetime, limit: int = 100) -> Sequence[SessionRow]:
        return await self._run(lambda db: queries.due(db, moment, limit))

    async def next_deadline(self) -> datetime | None:
        return await self._run(queries.next_deadline)

    async def effects(
        self, limit: int = 100, *, moment: datetime | None = None, busy: Collection[str] = ()
    ) -> Sequence[OutboxRow]:
        self._require()
        return self._outbox.ready(limit, moment, busy)

    async def next_effect(self, moment: datetime) -> datetime | None:
        self._require()
        return self._outbox.next(moment)

    async def attempt(self, effect_id: str, at: datetime) -> None:
        def settled(written: Written) -> None:
            if effect_id not in written.attempted:
                raise gone(effect_id)
            self._outbox.attempted(effect_id, at)

        if self._outbox.is_noted(effect_id):
            self._outbox.attempted(effect_id, at)
            return
        await self._require().write(batch.of_attempt(effect_id, at), settled)

    async def last_written(self) -> datetime | None:
        return await self._run(queries.last_written)

    async def journal(self, session_id: str) -> Sequence[JournalRow]:
        return await self._run(lambda db: queries.journal(db, session_id))

    async def lines_since(self, kind: str, moment: datetime) -> Sequence[bytes]:
        return await self._run(lambda db: queries.lines_since(db, kind, moment))

    async def note(self, name: str) -> bytes | None:
        return await self._run(lambda db: queries.note(db, name))

    async def notes(self, prefix: str) -> Mapping[str, bytes]:
        return await self._run(lambda db: queries.notes(db, prefix))

    async def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        return await self._run(lambda db: queries.dead_letters(db, limit))

    async def revive(self, dead_id: str) -> bool:
        async def revived(db: Connection) -> bool:
            row = await queries.revive(db, dead_id)
            if isinstance(row, InboxRow):
                self._inbox.add(row)
            elif row is not None:
                self._outbox.meet(await queries.heads(db))
            return row is not None

        return await self._run(revived)

    async def drop(self, dead_id: str) -> bool:
        return await self._run(lambda db: queries.drop(db, dead_id))

    async def counts(self) -> Counts:
        return await self._run(queries.counts)

    async def changed_outside(self) -> None:
        await self._changed.wait()
        self._changed.clear()
        try:
            await self._run(self._meet)
        except BaseException:
            self._changed.set()  # whatever it was, it has not been seen
            raise

    async def keep_versions(self, versions: Mapping[str, bytes]) -> None:
        await self._run(lambda db: queries.keep_versions(db, versions))

    async def version(self, version_id: str) -> bytes | None:
        return await self._run(lambda db: queries.version(db, version_id))

    async def versions_in_use(self) -> Mapping[str, int]:
        return await self._run(queries.versions_in_use)

    async def forget_versions(self, but: Collection[str] = ()) -> None:
        await self._run(lambda db: queries.forget_versions(db, but))

    async def prune(self, horizon: Horizon, after: Position = START, *, dry: bool = False) -> Pruned:
        return await self._run(lambda db: pruning.prune(db, horizon, after, dry=dry))

    async def unfinished(self, after: Position = START) -> Unfinished:
        return await self._run(lambda db: pruning.unfinished(db, after))

    async def _run(
        self, work: Callable[[Connection], Awaitable[T]], settled: Callable[[T], None] | None = None
    ) -> T:
        return await self._require().run(work, settled)

    def _require(self) -> Writer:
        if self._writer is None:
            raise StoreError("the store is not open.", where=self._owner.where)
        return self._writer

    async def _connected(self, db: Connection) -> None:
        """Take up what the tables hold, which may be more or less than was known when a connection broke."""
        row = await db.fetchrow("SELECT current_schema()")
        self._schema = "" if row is None else row[0]
        await db.add_listener(queries.CHANNEL, self._told)
        db.add_termination_listener(self._ended)
        await self._meet(db)
        self._changed.set()

    async def _meet(self, db: Connection) -> None:
        """Know what the tables hold."""
        self._inbox.meet(await queries.inbox(db))
        self._outbox.meet(await queries.heads(db))

    def _told(self, _connection: object, _process: int, _channel: str, schema: str) -> None:
        if schema == self._schema:
            self._changed.set()

    def _ended(self, _connection: object) -> None:
        """Nobody may ask for anything for long, and what waits outside would not be heard of."""
        if self._writer is not None:
            self._writer.look_again()
