"""The store, and who has to look at it again once something was written.

The wake-ups are hints: a lost or doubled one costs time, never a message, because every reader goes
back to the rows. They stand where a bus between processes would.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import Commit, InboxRow, JournalRow, OutboxRow, StaleSession, Store
from botkit.ports.system_clock import SystemClock
from botkit.ports.telemetry import NoTelemetry, Telemetry

from .recent import Recent

log = logging.getLogger(__name__)


class Cause(Struct, frozen=True, kw_only=True, gc=False):
    """What a turn commits besides the session."""

    done: str = ""
    """The inbox row it is done with."""
    outbox: Sequence[OutboxRow] = ()
    """What handlers want done."""
    inbox: Sequence[InboxRow] = ()
    """What handlers want begun."""
    confirmed: Sequence[str] = ()
    """The effects that led to the turn."""


class Ledger:
    """Writes to the store and rings those who wait for such rows."""

    def __init__(self, store: Store, telemetry: Telemetry | None = None, clock: Clock | None = None) -> None:
        """`clock` says how long the store takes."""
        self.store = store
        self.sessions = Recent(store)
        self.telemetry = telemetry or NoTelemetry()
        self.waiting = 0
        """Commits that the store has not answered; counted where somebody listens."""
        self._clock = clock or SystemClock()
        self.inbox = asyncio.Event()
        """There may be a row to take."""
        self.outbox = asyncio.Event()
        """There may be an effect to carry out."""
        self.deadlines = asyncio.Event()
        """A deadline came up that is earlier than what was awaited."""
        self.awaited: datetime | None = None
        """The earliest deadline known, which the timers sleep towards; None = none is known."""

    async def receive(self, row: InboxRow) -> bool:
        """Keep an event or input; False when its id was seen before."""
        new = await self.store.receive(row)
        if new:
            self.inbox.set()
        return new

    async def commit(self, turn: Commit) -> None:
        """Write a turn. Raises `StaleSession`."""
        try:
            await (self._timed(turn) if self.telemetry.on else self.store.commit(turn))
        except BaseException:  # a task that is cancelled does not know whether it was written
            if turn.session is not None:
                self.sessions.refused(turn.session)
            raise
        if turn.session is not None:
            self.sessions.committed(turn.session)
        if turn.inbox:
            self.inbox.set()
        if turn.outbox:
            self.outbox.set()
        if turn.session is not None and turn.session.deadline is not None:
            self._await(turn.session.deadline)

    async def settle(self, cause: Cause, *journal: JournalRow) -> None:
        """Be done with an inbox row, no session touched."""
        try:
            await self.commit(
                Commit(done=cause.done, journal=journal, outbox=cause.outbox, inbox=cause.inbox)
            )
        except StaleSession:
            log.debug("the row %s is done already", cause.done)

    async def _timed(self, turn: Commit) -> None:
        began, outcome = self._clock.monotonic(), "failed"
        self.waiting += 1
        try:
            await self.store.commit(turn)
            outcome = "done"
        except StaleSession:
            outcome = "stale"
            raise
        finally:
            self.waiting -= 1
            self.telemetry.observe(metrics.COMMITS, self._clock.monotonic() - began, outcome)

    def _await(self, deadline: datetime) -> None:
        if self.awaited is None or deadline < self.awaited:
            self.awaited = deadline
            self.deadlines.set()
