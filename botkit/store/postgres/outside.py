"""A bot's PostgreSQL database as another program sees it: beside a running bot, without its lock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from botkit.ports.keeping import Horizon, Position, Pruned, Unfinished
from botkit.ports.store import Counts, DeadLetter, InboxRow, JournalRow, SessionRow
from botkit.store import schema

from . import following, pruning, queries
from .connection import Connection, connect, explained, where_of
from .owner import refuse_older, version_of

T = TypeVar("T")


class PostgresOutside:
    """`reading.Outside` on a schema, with an event loop of its own. It connects with the first call."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.Runner()
        self._db: Connection | None = None
        self._empty = False

    def latest(self, limit: int, *, only_open: bool) -> Sequence[SessionRow]:
        return self._ask(lambda db: queries.latest(db, limit, only_open)) or ()

    def session(self, session_id: str) -> SessionRow | None:
        return (self._ask(lambda db: queries.sessions(db, [session_id])) or {}).get(session_id)

    def journal(self, session_id: str) -> Sequence[JournalRow]:
        return self._ask(lambda db: queries.journal(db, session_id)) or ()

    def newest_line(self) -> int | None:
        return self._ask(following.newest)

    def written_after(self, number: int) -> Sequence[str]:
        return self._ask(lambda db: following.written_after(db, number)) or ()

    def lines_after(self, session_id: str, number: int) -> Sequence[tuple[int, JournalRow]]:
        return self._ask(lambda db: following.lines_after(db, session_id, number)) or ()

    def dead_letters(self, limit: int) -> Sequence[DeadLetter]:
        return self._ask(lambda db: queries.dead_letters(db, limit)) or ()

    def dead_letter(self, dead_id: str) -> DeadLetter | None:
        return self._ask(lambda db: queries.dead_letter(db, dead_id))

    def notes(self, prefix: str) -> Mapping[str, bytes]:
        return self._ask(lambda db: queries.notes(db, prefix)) or {}

    def counts(self) -> Counts | None:
        return self._ask(queries.counts)

    def receive(self, row: InboxRow) -> bool:
        async def receive(db: Connection) -> bool:
            async with db.transaction():  # whoever dies in it has written nothing that nobody is told of
                new = await queries.receive(db, row)
                await queries.tell_owner(db)
            return new

        return bool(self._ask(receive))

    def revive(self, dead_id: str) -> bool:
        async def revive(db: Connection) -> bool:
            async with db.transaction():
                revived = await queries.revive(db, dead_id)
                await queries.tell_owner(db)
            return revived is not None

        return bool(self._ask(revive))

    def drop(self, dead_id: str) -> bool:
        return bool(self._ask(lambda db: queries.drop(db, dead_id)))

    def unfinished(self, after: Position) -> Unfinished:
        found = self._ask(lambda db: pruning.unfinished(db, after))
        return Unfinished(payloads=(), rest=None) if found is None else found

    def prune(self, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
        found = self._ask(lambda db: pruning.prune(db, horizon, after, dry=dry))
        return Pruned() if found is None else found

    def close(self) -> None:
        if self._db is not None:
            self._loop.run(self._db.close(timeout=5))
            self._db = None
        self._loop.close()

    def _ask(self, work: Callable[[Connection], Awaitable[T]]) -> T | None:
        """None when the schema has no tables yet."""
        return self._loop.run(self._asked(work))

    async def _asked(self, work: Callable[[Connection], Awaitable[T]]) -> T | None:
        where = where_of(self._url)
        try:
            if self._db is None:
                self._db = await connect(self._url, "botkit command", {})
                found = await version_of(self._db, where)
                refuse_older(found or schema.VERSION, where)
                self._empty = found == 0
            return None if self._empty else await work(self._db)
        except Exception as error:
            told = explained(error, where)
            raise told from told.__cause__
