"""What is over and old goes, now and then, a little at a time.

When it was begun last is a note of the store's (`ports.keeping.NOTE`), so a bot that is started anew every
hour does it as often as one that runs for months. A process that dies in between loses nothing: what was to
go goes the next time.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta

from botkit.model.plural import counted
from botkit.ports import metrics
from botkit.ports.blobs import BlobFailed, Blobs
from botkit.ports.clock import Clock
from botkit.ports.keeping import NOTE, START, Horizon, Keep, OldRecordings, Pruned
from botkit.ports.store import StoreError

from .ledger import Ledger

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
"""Between two times; what is kept for less than that is looked at more often."""
OFTENEST = timedelta(hours=1)
JITTER = timedelta(hours=1)
"""Of bots that were started together each chooses a moment of this hour."""
JUMP = timedelta(days=1)
"""More than that passed on the clock than did: it was set, or the machine slept."""
BREATH = 0.05
"""Seconds between two transactions of some milliseconds, so that whatever else is written goes first."""


class Keeping:
    """Prunes the store and the recordings of one bot."""

    def __init__(
        self,
        *,
        keep: Keep,
        ledger: Ledger,
        blobs: Blobs | None,
        clock: Clock,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._keep = keep
        self._ledger = ledger
        self._blobs = blobs
        self._clock = clock
        self._chance = chance

    async def run(self) -> None:
        """Until cancelled; at once over if all stays for ever."""
        shortest = self._keep.shortest
        if shortest is None:
            return
        every = max(OFTENEST, min(EVERY, shortest))
        failed = jumped = False
        while True:
            try:
                last = None if failed else await self._last()
                now = self._clock.now()
                # A clock that was ahead must not hold it up for as long.
                due = now if last is None else min(max(now, last + every), now + every)
                if jumped:
                    due = now + every
                ahead = await self._rest(due - now + self._chance() * min(JITTER, every))
                # Once: a machine that sleeps more than it wakes would never come to it.
                jumped = ahead >= JUMP and not jumped
                if jumped:
                    log.warning(
                        "the clock went on by %s at once: what is old by it is pruned in %s, if it stays so",
                        counted(ahead.days, "day"),
                        every,
                    )
                    continue
                await self._prune_and_tell()
                failed = False
            except (StoreError, BlobFailed) as error:
                log.error("what is old could not be pruned: %s", error)
                failed = True
                jumped = await self._rest(OFTENEST) >= JUMP

    async def _rest(self, span: timedelta) -> timedelta:
        """For so long, whatever the clock shows meanwhile: one that is set back would hold it up. By how much
        it was set ahead: what is young may seem old, and who did that has some time to see to it."""
        awaited = self._clock.now() + span
        await self._clock.sleep(span.total_seconds())
        return self._clock.now() - awaited

    async def prune(self) -> Pruned:
        """Let go what is old by now. Raises `StoreError`, `BlobFailed`; what went by then is gone."""
        horizon = self._keep.horizon(self._clock.now())
        store, done = self._ledger.store, Pruned(rest=START)
        while done.rest is not None:
            done += await store.prune(horizon, done.rest)
            await self._clock.sleep(BREATH)
        return done + Pruned(recordings=await self._remove_recordings(horizon))

    async def _prune_and_tell(self) -> None:
        done = await self.prune()
        for what in ("sessions", "lines", "seen", "recordings"):
            self._ledger.telemetry.count(metrics.PRUNED, what, by=getattr(done, what))
        if done.anything:
            log.info("pruned, as `store: keep` says: %s", done)

    async def _last(self) -> datetime | None:
        noted = Horizon.load(await self._ledger.store.note(NOTE))
        return None if noted is None else noted.at

    async def _remove_recordings(self, horizon: Horizon) -> int:
        """Those that nothing names which is open or waits."""
        if horizon.recordings is None or self._blobs is None:
            return 0
        old = OldRecordings(await self._blobs.older(horizon.recordings))
        while old.rest is not None:
            old.met(await self._ledger.store.unfinished(old.rest))
            await self._clock.sleep(BREATH)
        for ref in old.left:
            await self._blobs.remove(ref)
        return len(old.left)
