"""Schedulers that race on one database: each kind of it lets a moment in once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from botkit.flow.library import FlowLibrary
from botkit.flow.loader import load_flows
from botkit.ports.store import Commit, Store
from botkit.runtime.ledger import Ledger
from botkit.runtime.schedules import Schedules
from botkit.testing import VirtualClock

FLOW = """\
flow: report
start:
  - schedule: {every: 1h, misses: run_all}
steps:
  - post: Hello.
    to: team@example.com
"""
BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


async def test_a_moment_comes_once_however_many_look_at_it(store: Store) -> None:
    clock, flows = VirtualClock(BEGIN), load_flows([], texts={"report.yaml": FLOW})
    racing = [Schedules(Ledger(store), FlowLibrary(flows), clock) for _ in range(4)]
    came: list[str] = []
    for hours in (0, 1, 2, 5, 6, 4, 6, 7):  # it stands still, jumps, and is set back
        clock.set(BEGIN + timedelta(hours=hours))
        nexts = await asyncio.gather(*(each.look() for each in racing))
        assert len(set(nexts)) == 1
        while (row := await store.take()) is not None:
            came.append(row.id)
            await store.commit(Commit(done=row.id))
    assert came == [f"schedule:report:2026-03-02T{hour}:00:00+00:00" for hour in range(10, 17)]
