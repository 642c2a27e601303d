"""The real clock: the one place that reads the time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

LONGEST_NAP = 60.0
"""Seconds. The machine's wall clock may be set while somebody sleeps towards a moment."""


class SystemClock:
    """`ports.clock.Clock` of the running machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep_until(self, moment: datetime) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0:
            await self.sleep(min(left, LONGEST_NAP))

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
