"""One moment that is waited for."""

from __future__ import annotations

import pytest

from botkit.runtime.alarm import Alarm
from botkit.testing import VirtualClock


@pytest.fixture
def rung() -> list[float]:
    return []


@pytest.fixture
def alarm(clock: VirtualClock, rung: list[float]) -> Alarm:
    return Alarm(clock, lambda: rung.append(clock.monotonic()))


async def test_it_rings_once_at_the_moment_that_was_set_last(
    alarm: Alarm, clock: VirtualClock, rung: list[float]
) -> None:
    begun = clock.monotonic()
    alarm.set(begun + 2)
    await clock.advance(1)
    alarm.set(begun + 5)
    alarm.set(begun + 5)
    await clock.advance(10)
    assert rung == [begun + 5]
    alarm.set(begun + 5)
    await clock.advance(1)
    assert rung == [begun + 5, begun + 11], "a moment that has passed is now"


async def test_one_that_is_cancelled_or_set_to_none_does_not_ring(
    alarm: Alarm, clock: VirtualClock, rung: list[float]
) -> None:
    alarm.set(clock.monotonic() + 2)
    alarm.set(None)
    alarm.set(clock.monotonic() + 3)
    alarm.cancel()
    await clock.advance(10)
    assert rung == []


async def test_whoever_it_rings_for_may_set_the_next_one(clock: VirtualClock) -> None:
    rung: list[float] = []

    def ring() -> None:
        rung.append(clock.monotonic())
        if len(rung) < 3:
            alarm.set(clock.monotonic() + 1)

    alarm = Alarm(clock, ring)
    begun = clock.monotonic()
    alarm.set(begun + 1)
    await clock.advance(10)
    assert rung == [begun + 1, begun + 2, begun + 3]
