"""How a bot is: what those ask who watch over it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping

from botkit.model.events import ConnectionState
from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import Commit, StoreError

from .ledger import Ledger

log = logging.getLogger(__name__)

STORE_WITHIN = 5.0
"""Seconds that the store may take to write next to nothing."""
STORE_EVERY = 5.0
"""Seconds for which the answer holds, however often somebody asks."""
PROBE = "health"
"""Name of the note that is written to find out. Nobody reads it."""
PROBE_SIZE = 1 << 16
"""Bytes of it, on SQLite more than a turn writes: on a full disk there may be room for a few bytes more in
what was written before, and then a smaller one would say that all is well while every turn is refused."""


class Condition:
    """Kept by the corridor, true at every moment."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._started = False
        self._draining = False
        self._connection = ConnectionState.CONNECTING
        self._dead: list[str] = []
        self._store_fault = ""
        self._store_asked: float | None = None

    @property
    def draining(self) -> bool:
        """It takes no more calls, and is about to end."""
        return self._draining

    @property
    def dead(self) -> Collection[str]:
        """Loops of the corridor that ended by a fault. Part of the bot's work is not done any more then, and
        only a restart helps."""
        return tuple(self._dead)

    async def hindrances(self) -> Mapping[str, str]:
        """Why the bot is not ready, by part; none = it is. Never raises."""
        found = {}
        if not self._started:
            found["bot"] = "it starts"
        elif self._draining:
            found["bot"] = "draining: it takes no more calls, and is about to end"
        elif self._dead:
            found["bot"] = f"{', '.join(self._dead)} died; restart the bot"
        if self._connection is not ConnectionState.READY:
            found["platform"] = str(self._connection)
        if fault := await self._store():
            found["store"] = fault
        return found

    async def sample(self, calls: int) -> None:
        """Tell how much there is at the moment. Raises `StoreError`."""
        counts = await self._ledger.store.counts()
        oldest = counts.oldest_inbox
        waited = (self._clock.now() - oldest).total_seconds() if oldest is not None else 0.0
        tell = self._ledger.telemetry.set
        tell(metrics.INBOX, counts.inbox)
        tell(metrics.INBOX_AGE, max(0.0, waited))
        tell(metrics.OUTBOX, counts.outbox)
        tell(metrics.DEAD_LETTERS, counts.dead)
        tell(metrics.SESSIONS_OPEN, counts.open_sessions)
        tell(metrics.CALLS_ACTIVE, calls)
        tell(metrics.COMMITS_WAITING, self._ledger.waiting)

    def started(self) -> None:
        """All is at work."""
        self._started = True

    def connected(self, state: ConnectionState) -> None:
        """The link to the platform changed."""
        before, self._connection = self._connection, state
        telemetry = self._ledger.telemetry
        telemetry.count(metrics.CONNECTION_CHANGES, state)
        telemetry.set(metrics.CONNECTION, 0, before)
        telemetry.set(metrics.CONNECTION, 1, state)

    def drains(self) -> None:
        """It ends as soon as its calls are over."""
        self._draining = True
        self._ledger.telemetry.set(metrics.DRAINING, 1)

    def died(self, loop: str) -> None:
        """A loop ended by a fault."""
        self._dead.append(loop)

    async def _store(self) -> str:
        """Why it cannot be written; empty = it can."""
        now = self._clock.monotonic()
        if self._store_asked is None or now - self._store_asked >= STORE_EVERY:
            self._store_asked = now
            try:
                async with asyncio.timeout(STORE_WITHIN):
                    await self._ledger.store.commit(Commit(notes={PROBE: bytes(PROBE_SIZE)}))
            except TimeoutError:
                self._store_fails(f"it took more than {STORE_WITHIN:g} s to write")
            except StoreError as error:
                # Where it is, and as whom the bot goes there, is nothing for whoever asks.
                self._store_fails("it cannot be written; the log tells why", error)
            else:
                self._store_fails("")
        return self._store_fault

    def _store_fails(self, fault: str, error: StoreError | None = None) -> None:
        if fault and fault != self._store_fault:
            log.error("the store is not ready: %s", error or fault)
        self._store_fault = fault
