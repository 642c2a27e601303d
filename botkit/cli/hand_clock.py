"""A clock that runs as the machine's does, and can be put forward."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from botkit.ports.clock import Clock


class HandClock:
    """`ports.clock.Clock`. Who sleeps on it wakes when it is put past their moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ahead = timedelta(0)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        return self._clock.monotonic() + self._ahead.total_seconds()

    async def sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:
            await self._nap(left)

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:
            await self._nap(left)

    def forward(self, seconds: float) -> None:
        """Put it on by so much."""
        self._ahead += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _nap(self, seconds: float) -> None:
        """Until so much has passed, or the clock is put on."""
        moved = asyncio.create_task(self._moved.wait())
        slept = asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait((moved, slept), return_when=asyncio.FIRST_COMPLETED)
        finally:
            moved.cancel()
            slept.cancel()
            await asyncio.gather(moved, slept, return_exceptions=True)
