"""A clock that stands still until the test moves it."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

QUIET_ROUNDS = 3
"""Rounds of the event loop with nothing to do, one after the other, that count as rest."""


@dataclass(order=True, slots=True)
class _Sleeper:
    due: datetime
    number: int
    woken: asyncio.Future[None] = field(compare=False)
    so_long: bool = field(compare=False)
    """It waits for time to pass, not for what the clock on the wall shows."""


class VirtualClock:
    """`ports.clock.Clock` whose time passes only in `advance`. Days pass in milliseconds.

    It moves what waits on this clock; `asyncio.sleep` and `asyncio.timeout` still take real time.
    """

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self._start = start
        self._now = start
        self._sleepers: list[_Sleeper] = []
        self._sleeps = 0
        self._busy: list[Callable[[], bool]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - self._start).total_seconds()

    async def sleep_until(self, moment: datetime) -> None:
        await self._sleep(moment, so_long=False)

    async def sleep(self, seconds: float) -> None:
        # However little is left, time passes: who waits for the rest of a rounded moment must come there.
        least = timedelta.resolution if seconds > 0 else timedelta(0)
        await self._sleep(self._now + max(timedelta(seconds=seconds), least), so_long=True)

    async def _sleep(self, moment: datetime, *, so_long: bool) -> None:
        if moment <= self._now:
            await asyncio.sleep(0)
            return
        self._sleeps += 1
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, _Sleeper(moment, self._sleeps, woken, so_long))
        await woken

    def set(self, moment: datetime) -> None:
        """Set the clock on the wall, as somebody may. No time passes: `monotonic()` stays, and who sleeps so
        and so long sleeps on as long as before."""
        jump = moment - self._now
        self._now, self._start = moment, self._start + jump
        for sleeper in self._sleepers:
            if sleeper.so_long:
                sleeper.due += jump
        heapq.heapify(self._sleepers)

    def watch(self, busy: Callable[[], bool]) -> None:
        """Count work that the event loop cannot see as unrest: `clock.watch(lambda: store.busy)`."""
        self._busy.append(busy)

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass: wake the sleepers in the order of their moments, and before the next one
        let every task run until all wait. What they begin meanwhile to wait for is woken too, if due."""
        end = self._now + timedelta(seconds=seconds)
        await self.settle()
        while await self.step(until=end):
            pass
        self._now = end

    async def step(self, *, until: datetime) -> bool:
        """Go on to the next moment somebody waits for, and let every task run there; False when there is none
        up to `until`. For whoever has to look after each change: everything is at rest before."""
        due = self._next()
        if due is None or due > until:
            return False
        self._now = max(self._now, due)
        while self._next() == due:
            heapq.heappop(self._sleepers).woken.set_result(None)
        await self.settle()
        return True

    async def settle(self, *, within: float = 10.0) -> None:
        """Return when every task waits for the clock, the network or another task.

        Raises `TimeoutError` when they are not at rest after `within` real seconds: one of them spins.
        """
        # Private, but the only exact answer; other loops just get the rounds.
        ready = getattr(asyncio.get_running_loop(), "_ready", ())
        give_up = time.monotonic() + within
        quiet = 0
        while quiet < QUIET_ROUNDS:
            await asyncio.sleep(0)
            quiet = 0 if ready or any(busy() for busy in self._busy) else quiet + 1
            if time.monotonic() > give_up:
                raise TimeoutError(
                    f"the tasks did not come to rest within {within:g} s; does one of them spin?"
                )

    def _next(self) -> datetime | None:
        """When the first sleeper that still waits is due."""
        while self._sleepers and self._sleepers[0].woken.done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0].due if self._sleepers else None
