"""One task that owns the connection, and group commit.

Requests that come while the server is at work share the next statement: with 20 in flight a round trip and a
commit cost each of them a twentieth. Look-ups of sessions share one too. Of a large batch only half is
answered before the next statement is on its way: so the bot works on one half while the server does on the
other, where both would wait for each other.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import asyncpg

from botkit.ports.store import EffectGone, SessionRow, StaleSession, StoreError
from botkit.store.heads import Head

from . import queries
from .batch import CALL, LONGEST, Write, arguments
from .connection import Connection, explained, is_lost
from .owner import Owner

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_ROUNDS = 8
"""Rounds of the loop for which requests wait for others."""
LARGE = 8
"""Requests of a batch that is answered in halves. To halve a smaller one saves less than a commit costs."""
RETRY = 1.0
"""Seconds between two tries to connect anew while nobody asks for anything."""


class Written(Protocol):
    """What a batch answers, on its requests' behalf."""

    received: set[str]
    """Inbox ids that were new."""
    attempted: set[str]
    """Effects that there are."""
    came: dict[str, int]
    """Of the effects that came, those before which nothing stands: id -> number."""
    moved_up: list[Head]
    """Those that nothing stands before any more."""


class _Answer:
    __slots__ = ("attempted", "came", "moved_up", "received")

    def __init__(
        self,
        received: Sequence[str] | None,
        attempted: Sequence[str] | None,
        came: Sequence[str] | None,
        numbers: Sequence[int] | None,
        *moved_up: Sequence[Any] | None,
    ) -> None:
        self.received = set(received or ())
        self.attempted = set(attempted or ())
        self.came = dict(zip(came or (), numbers or (), strict=True))
        self.moved_up = [
            queries.head_of(*row) for row in zip(*(column or () for column in moved_up), strict=True)
        ]


class _Request:
    """`settled` runs once it is done, before anything else is, also when nobody waits for it any more."""

    __slots__ = ("done", "settled")

    def __init__(self, settled: Callable[[Any], Any] | None) -> None:
        self.settled = settled
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def succeed(self, answer: Any) -> None:  # noqa: ANN401 - whatever was asked for
        try:
            result = answer if self.settled is None else self.settled(answer)
        except StoreError as error:
            self.fail(error)
            return
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Writing(_Request):
    __slots__ = ("write",)

    def __init__(self, write: Write, settled: Callable[[Written], Any]) -> None:
        super().__init__(settled)
        self.write = write


class _Lookup(_Request):
    __slots__ = ("by_place", "name")

    def __init__(self, name: str, *, by_place: bool) -> None:
        super().__init__(None)
        self.name = name
        self.by_place = by_place


class _Other(_Request):
    __slots__ = ("work",)

    def __init__(
        self, work: Callable[[Connection], Awaitable[Any]], settled: Callable[[Any], Any] | None
    ) -> None:
        super().__init__(settled)
        self.work = work


class Writer:
    """Carries out requests: many to a statement, each all or nothing. A connection that breaks is made anew;
    the requests under way fail, and whether they were written the rows tell."""

    def __init__(self, owner: Owner, connected: Callable[[Connection], Awaitable[None]]) -> None:
        """`connected` is called with each new connection before anything else is done with it."""
        self._owner = owner
        self._connected = connected
        self._writings: deque[_Writing] = deque()
        self._lookups: list[_Lookup] = []
        self._others: list[_Other] = []
        self._late: list[tuple[_Writing, Written]] = []
        """Written, and answered once the next statement is on its way."""
        self._awake = asyncio.Event()
        self._accepts = True
        self._db: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._at_work = True
        """Unless it rests; somebody may ask before it has begun."""

    @property
    def busy(self) -> bool:
        """There are requests that are not answered yet."""
        return self._at_work or bool(self._writings or self._late or self._lookups or self._others)

    async def start(self) -> None:
        """Connect. Raises `StoreError`; then nothing is left open."""
        await self._connection()
        self._task = asyncio.create_task(self._run())

    async def write(self, write: Write, settled: Callable[[Written], T]) -> T:
        """`settled` makes the result of what was written; it may raise `StoreError`."""
        self._admit()
        request = _Writing(write, settled)
        self._writings.append(request)
        result: T = await self._wait(request)
        return result

    async def look_up(self, name: str, *, by_place: bool) -> SessionRow | None:
        """A session by its id, or the youngest open one in a place."""
        self._admit()
        request = _Lookup(name, by_place=by_place)
        self._lookups.append(request)
        row: SessionRow | None = await self._wait(request)
        return row

    async def run(
        self, work: Callable[[Connection], Awaitable[T]], settled: Callable[[T], None] | None = None
    ) -> T:
        """Anything else, in its turn."""

        def settle(result: T) -> T:
            if settled is not None:
                settled(result)
            return result

        self._admit()
        request = _Other(work, settle)
        self._others.append(request)
        result: T = await self._wait(request)
        return result

    def look_again(self) -> None:
        """Connect anew if the connection is lost, although nobody asks for anything."""
        self._awake.set()

    async def stop(self) -> None:
        """Finish what was asked for, and let go of the database."""
        self._accepts = False
        self._awake.set()
        if self._task is not None:
            await asyncio.shield(self._task)

    def _admit(self) -> None:
        if not self._accepts:
            raise StoreError("the store is closed.", where=self._owner.where)

    def _wait(self, request: _Request) -> asyncio.Future[Any]:
        self._awake.set()
        return request.done

    async def _run(self) -> None:
        waited = False  # while the server was at work, and so for all that they might share a batch with
        while True:
            if self._late:
                await self._gather(patient=True)
                if not self._writings:
                    self._settle_late()
            if not (self._writings or self._lookups or self._others):
                if not self._accepts:
                    break
                await self._rest()
            try:
                db = await self._connection()
            except StoreError as error:
                self._fail_all(error)
                continue
            if self._writings:
                if not waited:
                    await self._gather()
                await self._write(db, self._next_batch())
            waited = bool(self._writings)
            if self._lookups or self._others:
                self._settle_late()  # who looks at the tables finds what was written there
            if self._lookups:
                await self._look_up(db)
            others, self._others = self._others, []
            for other in others:
                await self._carry_out(db, other)
        if self._db is not None:
            with suppress(Exception):
                await self._db.close(timeout=5)

    async def _gather(self, *, patient: bool = False) -> None:
        """Let requests wait for others, as long as each round of the loop brings some: what one answer
        sets going becomes one batch again, and not two. `patient` = also for the first of them."""
        before = 0
        for _ in range(MOST_ROUNDS):
            if len(self._writings) == before and not (patient and before == 0):
                break
            before = len(self._writings)
            await asyncio.sleep(0)

    async def _rest(self) -> None:
        """Until there is something to do. A lost connection is tried again meanwhile: only over one is heard
        what others write."""
        self._awake.clear()
        self._at_work = False
        lost = self._db is None or self._db.is_closed()
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY if lost else None):
                await self._awake.wait()
        self._at_work = True

    async def _connection(self) -> Connection:
        if self._db is None or self._db.is_closed():
            self._db = None
            self._settle_late()  # before anybody looks at the tables
            self._db = await self._owner.connect(self._connected)
        return self._db

    def _next_batch(self) -> list[_Writing]:
        """Requests that touch nothing in common; none overtakes one that it shares something with."""
        batch: list[_Writing] = []
        touched: set[str] = set()
        later: deque[_Writing] = deque()
        while self._writings and len(batch) < LONGEST:
            request = self._writings.popleft()
            (batch if touched.isdisjoint(request.write.touches) else later).append(request)
            touched.update(request.write.touches)
        later.extend(self._writings)
        self._writings = later
        return batch

    async def _write(self, db: Connection, batch: Sequence[_Writing]) -> None:
        asyncio.get_running_loop().call_soon(self._settle_late)
        try:
            row = await db.fetchrow(CALL, *arguments([request.write for request in batch]))
        except Exception as error:
            if is_lost(error, db):
                self._lost(db, batch, error)
            elif len(batch) == 1:
                batch[0].fail(_refusal(error, self._owner.where))
            else:
                # One of them cannot be done, and undid all: each for itself.
                for request in batch:
                    await self._write(db, (request,))
            return
        assert row is not None
        answer = _Answer(*row)
        first = len(batch) if self._writings or len(batch) < LARGE else len(batch) // 2
        self._late += [(request, answer) for request in batch[first:]]
        for request in batch[:first]:
            request.succeed(answer)

    def _settle_late(self) -> None:
        late, self._late = self._late, []
        for request, answer in late:
            request.succeed(answer)

    async def _look_up(self, db: Connection) -> None:
        lookups, self._lookups = self._lookups, []
        for by_place, query in ((False, queries.sessions), (True, queries.found)):
            wanted = [request for request in lookups if request.by_place is by_place]
            if not wanted:
                continue
            try:
                rows = await query(db, list({request.name for request in wanted}))
            except Exception as error:
                if is_lost(error, db):
                    self._lost(db, wanted, error)
                else:
                    for request in wanted:
                        request.fail(explained(error, self._owner.where))
                continue
            for request in wanted:
                request.succeed(rows.get(request.name))

    async def _carry_out(self, db: Connection, request: _Other) -> None:
        try:
            result = await request.work(db)
        except Exception as error:
            if is_lost(error, db):
                self._lost(db, (request,), error)
            else:
                request.fail(explained(error, self._owner.where))
            return
        request.succeed(result)

    def _lost(self, db: Connection, requests: Sequence[_Request], error: Exception) -> None:
        db.terminate()
        log.warning("%s: the connection to the database is lost: %r", self._owner.where, error)
        for request in requests:
            told = StoreError(
                "the connection to the database was lost; whether this was written will be seen.",
                where=self._owner.where,
                remedy="It is made anew by itself, once the server can be reached.",
            )
            told.__cause__ = error
            request.fail(told)

    def _fail_all(self, error: StoreError) -> None:
        requests: list[_Request] = [*self._writings, *self._lookups, *self._others]
        self._writings.clear()
        self._lookups.clear()
        self._others.clear()
        for request in requests:
            request.fail(error)


def _refusal(error: Exception, where: str) -> Exception:
    """What `botkit_write` refused, in the store's words."""
    if isinstance(error, asyncpg.PostgresError):
        name = str(error)
        match error.sqlstate:
            case "BK001":
                return StaleSession(f"the inbox row {name} is done already.", remedy="Take the next one.")
            case "BK002":
                return StaleSession(
                    f"session {name} stands at revision {error.detail}, the turn was made for another.",
                    remedy="Take its input again.",
                )
        if isinstance(error, asyncpg.UniqueViolationError) and error.table_name == "outbox":
            return StoreError(f"the effect is in the outbox already: {error.detail}", where=where)
        if isinstance(error, asyncpg.DataError):
            # Not the store's trouble, which is tried again until it is over: no time mends a value.
            return ValueError(f"{where}: a value cannot be kept: {type(error).__name__}")
    return explained(error, where)


def gone(effect_id: str) -> EffectGone:
    """The error of an effect that is not in the outbox."""
    return EffectGone(f"the effect {effect_id} is confirmed already.", remedy="Do not carry it out.")
