"""One thread that owns the connection, and group commit.

Requests that wait while a transaction is under way share the next one: with 20 in flight a commit
costs each of them a twentieth. The event loop is woken once a batch, and the thread once for all that one
round of the loop asks for: a thread that wakes up while the loop is at work only takes turns with it.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from botkit.ports.store import Commit, InboxRow, StoreError

from . import tables
from .checkpoint import Checkpointer
from .tables import Written
from .together import Together

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_ROUNDS = 8
"""Rounds of the loop for which requests wait for others, as long as each brings some."""
LONGEST_BATCH = 256
"""Requests a transaction. Bounds how long the first of them waits."""


class _Request:
    """Work for the thread, and whom to tell on the event loop."""

    __slots__ = ("accepted", "anew", "done", "error", "result", "settled", "work")

    def __init__(
        self,
        work: Callable[[sqlite3.Connection], Any] | Commit,
        settled: Callable[[Any], None] | None,
        done: asyncio.Future[Any],
        *,
        accepted: InboxRow | None = None,
        anew: bool = False,
    ) -> None:
        self.work = work
        self.settled = settled
        self.accepted = accepted
        self.anew = anew
        self.done = done
        self.result: Any = None
        self.error: Exception | None = None

    def settle(self) -> None:
        if self.error is None and self.settled is not None:
            self.settled(self.result)
        if self.done.done():
            return
        if self.error is None:
            self.done.set_result(self.result)
        else:
            self.done.set_exception(self.error)


class Writer:
    """Runs requests in order, many to a transaction, each all or nothing."""

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], checkpointer: Checkpointer | None, where: str
    ) -> None:
        self._connect = connect
        self._checkpointer = checkpointer
        self._where = where
        self._asked: list[_Request] = []
        """What this round of the loop has asked for so far."""
        self._queue: SimpleQueue[list[_Request] | None] = SimpleQueue()
        """What each round asked for; None = no more comes."""
        self._turns = Together()
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._closed: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(target=self._run, name="botkit-store", daemon=True)
        self._accepts = True
        self.waiting = 0
        """Requests whose answer has not reached the event loop yet."""

    async def start(self) -> None:
        """Connect. Raises what `connect` raises; then there is no thread left."""
        self._thread.start()
        await asyncio.shield(self._opened)

    def write(
        self, turn: Commit, accepted: InboxRow | None, settled: Callable[[Written], None]
    ) -> Awaitable[Written]:
        """Write a turn, together with those that wait; as `run`. `accepted` is what the turn is done with, if
        that is in no table."""
        return self._ask(_Request(turn, settled, self._loop.create_future(), accepted=accepted))

    async def run(
        self,
        work: Callable[[sqlite3.Connection], T],
        settled: Callable[[T], None] | None = None,
        *,
        anew: bool = False,
    ) -> T:
        """Do `work` in a transaction; return when that is committed. It may be called twice, should the first
        time be rolled back.

        `settled` gets the result first, on the event loop, also when the task that asked was cancelled
        meanwhile: the work is done all the same. With `anew` all that is known of sessions and effects is
        read anew afterwards: of work that changes them by itself.
        """
        result: T = await self._ask(_Request(work, settled, self._loop.create_future(), anew=anew))
        return result

    async def stop(self) -> None:
        """Finish what was asked for, close the connection, end the thread."""
        if self._accepts:
            self._accepts = False
            self._hand_over()
            self._queue.put(None)
        await asyncio.shield(self._closed)

    def _ask(self, request: _Request) -> asyncio.Future[Any]:
        if not self._accepts:
            raise StoreError("the store is closed.", where=self._where)
        self.waiting += 1
        if not self._asked:
            self._loop.call_soon(self._hand_over, 0)
        self._asked.append(request)
        return request.done

    def _hand_over(self, before: int = 0, rounds: int = 0) -> None:
        """Once a round of the loop asks for nothing more than was asked for `before`; who asks
        alone waits for nobody."""
        count = len(self._asked)
        if before < count > 1 and rounds < MOST_ROUNDS and self._accepts:
            self._loop.call_soon(self._hand_over, count, rounds + 1)
        elif count:
            asked, self._asked = self._asked, []
            self._queue.put(asked)

    def _run(self) -> None:
        try:
            db = self._connect()
            if self._checkpointer is not None:
                self._checkpointer.start(db)
        except Exception as error:
            self._tell(self._end_opening, explained(error, self._where))
            return
        self._tell(self._end_opening, None)
        last = False
        while not last:
            batch, last = self._next_batch()
            if batch:
                self._carry_out(db, batch)
                self._tell(self._settle, batch)
            if self._checkpointer is not None:
                self._checkpointer.after_batch(db)
        if self._checkpointer is None:
            db.close()
        else:
            self._checkpointer.stop(db)
        self._tell(self._closed.set_result, None)

    def _next_batch(self) -> tuple[list[_Request], bool]:
        """What waits now, at least one; and whether it was the last."""
        batch: list[_Request] = []
        try:
            asked = self._queue.get()
            while asked is not None:
                batch += asked
                if len(batch) >= LONGEST_BATCH:
                    return batch, False
                asked = self._queue.get_nowait()
        except Empty:
            return batch, False
        return batch, True

    def _carry_out(self, db: sqlite3.Connection, batch: Sequence[_Request]) -> None:
        try:
            if not self._together(db, batch):
                self._apart(db, batch)
        except sqlite3.Error as error:
            # A full or failing disk may have ended the transaction already.
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._turns.forget()
            for request in batch:
                request.error = request.error or explained(error, self._where)

    def _together(self, db: sqlite3.Connection, batch: Sequence[_Request]) -> bool:
        """All of them; False when one fails: then nothing is written."""
        db.execute("BEGIN IMMEDIATE")
        try:
            for turns, requests in groupby(batch, key=_is_turn):
                if turns:
                    self._write(db, list(requests))
                else:
                    for request in requests:
                        self._work(db, request)
        except Exception:
            if db.in_transaction:
                db.execute("ROLLBACK")
            self._turns.forget()
            return False
        db.execute("COMMIT")
        return True

    def _apart(self, db: sqlite3.Connection, batch: Sequence[_Request]) -> None:
        """All but those that fail, by a savepoint each: a good part of what a small one costs."""
        db.execute("BEGIN IMMEDIATE")
        for request in batch:
            db.execute("SAVEPOINT request")
            try:
                self._work(db, request)
            except Exception as error:
                request.error = explained(error, self._where)
                db.execute("ROLLBACK TO request")
            db.execute("RELEASE request")
        db.execute("COMMIT")

    def _write(self, db: sqlite3.Connection, requests: Sequence[_Request]) -> None:
        turns = [(request.work, request.accepted) for request in requests if isinstance(request.work, Commit)]
        for request, written in zip(requests, self._turns.write(db, turns), strict=True):
            request.result = written

    def _work(self, db: sqlite3.Connection, request: _Request) -> None:
        work = request.work
        if isinstance(work, Commit):
            request.result = tables.write(db, work, request.accepted)
        else:
            request.result = work(db)
        if request.anew:
            self._turns.forget()

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            log.warning("%s: the event loop ended before the store was closed", self._where)

    def _settle(self, batch: Sequence[_Request]) -> None:
        self.waiting -= len(batch)
        for request in batch:
            request.settle()

    def _end_opening(self, error: Exception | None) -> None:
        if error is None:
            self._opened.set_result(None)
        else:
            self._accepts = False
            self._closed.set_result(None)
            self._opened.set_exception(error)


def _is_turn(request: _Request) -> bool:
    return isinstance(request.work, Commit)


def explained(error: Exception, where: str) -> Exception:
    """What whoever asked is told."""
    if not isinstance(error, sqlite3.Error):
        return error
    told = StoreError(
        f"the database refused: {error}.",
        where=where,
        remedy="Check the disk's free space, the file's rights and that no other program holds it.",
    )
    told.__cause__ = error
    return told
