"""A bot that is killed at given places, and started again each time."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Coroutine

from tests.runtime.house import House
from tests.runtime.killing import Killer


class Survivor:
    """The bot of a house. What it does is counted in calls of its store and its platform."""

    def __init__(self, house: House, *deaths: tuple[int, bool]) -> None:
        """It dies at each of `deaths` in turn: (number of the call since the last start, after it)."""
        self.died = 0
        self._house = house
        self._deaths = deque(deaths)
        self._killer = Killer()

    async def start(self) -> None:
        """Start it, as often as it dies of that."""
        await self._boot()
        await self.revive()

    async def act(self, act: Coroutine[object, object, object]) -> None:
        """Somebody does something, which comes to its end whatever becomes of the bot."""
        task = asyncio.create_task(act)
        await self._house.clock.settle()
        await self.revive()
        assert task.done()

    async def advance(self, seconds: float) -> None:
        """Time passes, for the bot and for who talks with it."""
        await self._house.clock.advance(seconds)
        await self.revive()

    async def revive(self) -> None:
        """As often as it was killed, start it again."""
        while self._killer.dead.is_set():
            self._deaths.popleft()
            self.died += 1
            await self._house.kill()
            await self._boot()

    def spare(self) -> None:
        """It lives on."""
        self._killer.spare()

    async def _boot(self) -> None:
        number, after = self._deaths[0] if self._deaths else (sys.maxsize, False)
        self._killer = killer = Killer(number, after=after)
        starting = asyncio.create_task(self._house.boot(killer))
        dying = asyncio.create_task(killer.dead.wait())
        await asyncio.wait((starting, dying), return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        await self._house.clock.settle()
