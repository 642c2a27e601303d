"""What another program writes to the database of a bot at work."""

from __future__ import annotations

import asyncio

from botkit.runtime.ledger import Ledger
from botkit.runtime.outside import watch_outside
from botkit.store import SqliteStore
from botkit.testing.clock import VirtualClock


class Shared(SqliteStore):
    """One that tells of a change when the test says so."""

    def __init__(self) -> None:
        super().__init__(":memory:")
        self.changed = asyncio.Event()

    async def changed_outside(self) -> None:
        await self.changed.wait()
        self.changed.clear()


async def test_all_who_wait_for_rows_look_again() -> None:
    store, clock = Shared(), VirtualClock()
    ledger = Ledger(store)
    watching = asyncio.create_task(watch_outside(ledger, clock))
    await clock.settle()
    bells = (ledger.inbox, ledger.outbox, ledger.deadlines)
    assert not any(bell.is_set() for bell in bells)
    for _ in range(2):
        store.changed.set()
        await clock.settle()
        assert all(bell.is_set() for bell in bells)
        for bell in bells:
            bell.clear()
    watching.cancel()
