"""The clock that a test moves."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from botkit.ports.store import InboxRow
from botkit.store import SqliteStore
from botkit.testing import VirtualClock


async def test_time_stands_still_until_it_is_moved(clock: VirtualClock) -> None:
    start = clock.now()
    assert start.tzinfo is UTC
    await clock.settle()
    assert (clock.now(), clock.monotonic()) == (start, 0.0)
    await clock.advance(1.5)
    assert (clock.now() - start, clock.monotonic()) == (timedelta(seconds=1.5), 1.5)


async def test_sleepers_wake_in_order_at_their_own_moment(clock: VirtualClock) -> None:
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        for name, seconds in (("c", 3), ("a", 1), ("b", 2), ("a2", 1)):
            group.create_task(sleeper(name, seconds))
        await clock.advance(2)
        assert woken == [("a", 1.0), ("a2", 1.0), ("b", 2.0)]
        await clock.advance(1)
    assert woken[-1] == ("c", 3.0)


async def test_what_a_sleeper_begins_next_falls_due_in_the_same_advance(clock: VirtualClock) -> None:
    ticks: list[float] = []

    async def ticker() -> None:
        for _ in range(5):
            await clock.sleep(10)
            ticks.append(clock.monotonic())

    ticking = asyncio.create_task(ticker())
    await clock.advance(35)
    assert ticks == [10, 20, 30]
    await clock.advance(100)
    assert ticks == [10, 20, 30, 40, 50]
    assert clock.monotonic() == 135
    await ticking


async def test_chains_of_tasks_run_to_their_end_before_the_next_moment(clock: VirtualClock) -> None:
    seen: list[float] = []

    async def hop(left: int) -> None:
        if left:
            await asyncio.create_task(hop(left - 1))
        else:
            seen.append(clock.monotonic())

    async def starter() -> None:
        await clock.sleep(1)
        await hop(50)

    starting = asyncio.create_task(starter())
    waiting = asyncio.create_task(clock.sleep(2))
    await clock.advance(2)
    assert seen == [1.0]
    assert starting.done()
    assert waiting.done()


async def test_a_moment_that_has_come_is_no_wait(clock: VirtualClock) -> None:
    await clock.sleep_until(clock.now())
    await clock.sleep_until(clock.now() - timedelta(days=1))
    await clock.sleep(-1)


async def test_a_cancelled_sleeper_is_forgotten(clock: VirtualClock) -> None:
    sleeping = asyncio.create_task(clock.sleep(5))
    await clock.settle()
    sleeping.cancel()
    await clock.advance(10)
    assert sleeping.cancelled()


async def test_a_watched_thread_is_waited_for_between_two_moments(clock: VirtualClock) -> None:
    store = SqliteStore(":memory:")
    await store.open()
    clock.watch(lambda: store.busy)
    times: list[float] = []

    async def keeper() -> None:
        for n in range(3):
            await clock.sleep(10)
            await store.receive(InboxRow(id=str(n), key="k", payload=b"", at=clock.now()))
            times.append(clock.monotonic())

    keeping = asyncio.create_task(keeper())
    await clock.advance(60)
    assert times == [10, 20, 30]
    await keeping
    await store.close()


async def test_a_task_that_spins_is_an_error(clock: VirtualClock) -> None:
    async def spin() -> None:
        for _ in itertools.count():
            await asyncio.sleep(0)

    spinning = asyncio.create_task(spin())
    with pytest.raises(TimeoutError, match="spin"):
        await clock.settle(within=0.05)
    spinning.cancel()


async def test_three_days_pass_at_once() -> None:
    clock = VirtualClock(datetime(2026, 1, 1, tzinfo=UTC))
    sleeping = asyncio.create_task(clock.sleep_until(datetime(2026, 1, 4, tzinfo=UTC)))
    await clock.advance(3 * 24 * 3600)
    assert sleeping.done()
    assert clock.now() == datetime(2026, 1, 4, tzinfo=UTC)


async def test_the_least_sleep_takes_time(clock: VirtualClock) -> None:
    begun = clock.now()
    sleeping = asyncio.create_task(clock.sleep(1e-9))
    await clock.settle()
    assert not sleeping.done()
    await clock.advance(1)
    await sleeping
    assert clock.now() - begun == timedelta(seconds=1)
