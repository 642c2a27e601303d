"""The clock that reads the real time."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta

from botkit.ports.system_clock import SystemClock


async def test_it_tells_aware_time_that_goes_on() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


async def test_it_waits_until_the_moment_and_not_for_one_that_is_past() -> None:
    clock = SystemClock()
    async with asyncio.timeout(30):
        moment = clock.now() + timedelta(milliseconds=5)
        await clock.sleep_until(moment)
        assert clock.now() >= moment
        await clock.sleep_until(clock.now() - timedelta(days=1))
        before = clock.monotonic()
        await clock.sleep(0.005)
        assert clock.monotonic() > before
