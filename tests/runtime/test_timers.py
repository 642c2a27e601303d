"""Deadlines: none is missed, and turns that set later ones cost no look at the store."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from botkit.ports.store import Commit
from botkit.runtime.ledger import Ledger
from botkit.runtime.timers import Timers
from botkit.store import SqliteStore
from botkit.testing import ScriptedPerson, VirtualClock
from tests.contract.store_rows import later, session_row
from tests.runtime.house import House

ASK = """
flow: ask
start:
  - item_added
steps:
  - choose: Which?
    options: {a: {}, b: {}}
"""


async def test_later_deadlines_wake_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[datetime] = []
    due = SqliteStore.due

    async def counted(store: SqliteStore, moment: datetime, limit: int = 100) -> object:
        looks.append(moment)
        return await due(store, moment, limit)

    monkeypatch.setattr(SqliteStore, "due", counted)
    house.flow(ASK)
    await house.start()
    people = [ScriptedPerson(house.platform, f"Person {number}") for number in range(20)]
    await asyncio.gather(*(person.post("hi") for person in people))
    await house.clock.settle()
    assert all(house.said(person.direct) for person in people)
    assert len(looks) <= 2


async def test_a_deadline_that_is_set_during_a_look_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    store, clock = SqliteStore(":memory:"), VirtualClock(later(0))
    clock.watch(lambda: store.busy)
    ledger = Ledger(store)
    next_deadline = store.next_deadline

    async def outrun() -> datetime | None:
        found = await next_deadline()
        if await store.session("soon") is None:
            await ledger.commit(Commit(session=session_row("soon", deadline=later(10))))
        return found

    monkeypatch.setattr(store, "next_deadline", outrun)
    await store.open()
    await ledger.commit(Commit(session=session_row("late", deadline=later(100))))
    timers = asyncio.create_task(Timers(ledger, clock).run())
    await clock.advance(11)
    taken = await store.take()
    assert taken is not None
    assert taken.key == "session:soon"
    timers.cancel()
    await asyncio.gather(timers, return_exceptions=True)
    await store.close()
