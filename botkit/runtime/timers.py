"""Deadlines: one waiter for the next one of all sessions."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from datetime import datetime, timedelta

from botkit.model import codec
from botkit.model.inputs import DeadlineReached
from botkit.ports.clock import Clock
from botkit.ports.store import InboxRow, StoreError

from .ledger import Ledger
from .places import session_key

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=1)
"""How soon to look again while sessions whose deadline has come have not taken their turn yet."""


class Timers:
    """Puts `DeadlineReached` into the inbox for each session whose deadline has come, once a revision."""

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._ledger.awaited = None
            try:
                moment = await self._look()
            except StoreError as error:
                log.error("deadlines cannot be read: %s", error)
                moment = self._clock.now() + LOOK_AGAIN
            # What was committed during the look may be missing in it.
            meanwhile = self._ledger.awaited
            moment = min((each for each in (moment, meanwhile) if each is not None), default=None)
            self._ledger.awaited = moment
            self._ledger.deadlines.clear()
            await self._wait(moment)

    async def _look(self) -> datetime | None:
        """Hand over what is due; when to look again."""
        now = self._clock.now()
        due = await self._ledger.store.due(now)
        for row in due:
            await self._ledger.receive(
                InboxRow(
                    id=f"{row.id}:{row.revision}:deadline",
                    key=session_key(row.id),
                    payload=codec.dump(DeadlineReached()),
                    at=row.deadline or now,
                )
            )
        return now + LOOK_AGAIN if due else await self._ledger.store.next_deadline()

    async def _wait(self, moment: datetime | None) -> None:
        rung = self._ledger.deadlines.wait()
        if moment is None:
            await rung
        else:
            await first_of(rung, self._clock.sleep_until(moment))


async def first_of(*waits: Coroutine[object, object, object]) -> None:
    """Wait for one of them, and end the others."""
    tasks = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
