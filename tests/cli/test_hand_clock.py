"""The clock of `botkit chat`: real time that can be put forward."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from botkit.cli.hand_clock import HandClock
from botkit.testing import VirtualClock


async def test_it_runs_as_the_clock_below_does(clock: VirtualClock) -> None:
    hand = HandClock(clock)
    sleeper = asyncio.create_task(hand.sleep(10))
    await clock.advance(9.9)
    assert not sleeper.done()
    await clock.advance(0.1)
    assert sleeper.done()
    assert (hand.now(), hand.monotonic()) == (clock.now(), clock.monotonic())


async def test_who_sleeps_past_the_new_moment_sleeps_on(clock: VirtualClock) -> None:
    hand = HandClock(clock)
    short = asyncio.create_task(hand.sleep_until(hand.now() + timedelta(hours=1)))
    long = asyncio.create_task(hand.sleep(7200))
    await clock.settle()
    hand.forward(3600)
    await clock.settle()
    assert (short.done(), long.done()) == (True, False)
    await clock.advance(3600)
    assert long.done()
    assert hand.now() == clock.now() + timedelta(hours=1)


async def test_a_sleeper_that_is_cancelled_leaves_nothing(clock: VirtualClock) -> None:
    sleeper = asyncio.create_task(HandClock(clock).sleep(10))
    await clock.settle()
    sleeper.cancel()
    await asyncio.gather(sleeper, return_exceptions=True)
    assert len(asyncio.all_tasks()) == 1
