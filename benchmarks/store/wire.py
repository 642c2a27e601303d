"""People at the other end of websockets, in this process, on another core than the server's.

They are driven by a loop that never sleeps: one that waited for its timers would measure those too.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from .dialogue import PEOPLE

Says = Callable[[int, int], str]
"""What a person says, or must hear, in a turn of theirs."""
Address = Callable[[aiohttp.ClientSession, int], Awaitable[str]]
"""The URL of a person's websocket."""


class Wire:
    """A websocket for each person."""

    def __init__(self, sockets: list[aiohttp.ClientWebSocketResponse], says: Says, hears: Says) -> None:
        self._sockets = sockets
        self._says = says
        self._hears = hears
        self._said = [0] * PEOPLE
        self._heard = [0] * PEOPLE
        self._due: list[deque[float]] = [deque() for _ in range(PEOPLE)]
        self._delays: list[float] = []
        self._open = 0

    async def listen(self, person: int) -> None:
        """Take replies until the server closes. Raises `AssertionError` at a wrong one."""
        async for frame in self._sockets[person]:
            now = time.perf_counter()
            wanted = self._hears(person, self._heard[person])
            assert frame.data == wanted, f"{frame.data!r} in place of {wanted!r}"
            self._heard[person] += 1
            self._delays.append(now - self._due[person].popleft())
            self._open -= 1

    async def say(self, person: int, due: float) -> None:
        self._open += 1
        self._due[person].append(due)
        turn, self._said[person] = self._said[person], self._said[person] + 1
        await self._sockets[person].send_str(self._says(person, turn))

    async def rate(self, in_flight: int, turns: int) -> float:
        """Turns a second when so many people at a time wait for their replies."""
        begun = time.perf_counter()
        for number in range(turns):
            while self._open >= in_flight:  # noqa: ASYNC110
                await asyncio.sleep(0)
            await self.say(number % PEOPLE, time.perf_counter())
        await self._all_answered()
        return turns / (time.perf_counter() - begun)

    async def delays(self, rate: float, seconds: float) -> tuple[float, float]:
        """Median and 99th percentile, in ms, from when a message is due, at moments of a Poisson process."""
        draw = random.Random(1)
        self._delays.clear()
        due = time.perf_counter() + 0.1
        for number in range(int(rate * seconds)):
            due += draw.expovariate(rate)
            while time.perf_counter() < due:  # noqa: ASYNC110
                await asyncio.sleep(0)
            await self.say(number % PEOPLE, due)
        await self._all_answered()
        return statistics.median(self._delays) * 1e3, statistics.quantiles(self._delays, n=100)[98] * 1e3

    async def _all_answered(self) -> None:
        patience = time.perf_counter() + 30
        while self._open:
            await asyncio.sleep(0)
            assert time.perf_counter() < patience, f"{self._open} replies never came"


@asynccontextmanager
async def connected(address: Address, says: Says, hears: Says) -> AsyncIterator[Wire]:
    """All people on their lines, on the first of this process's cores."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        # Nobody says good-bye: opsdroid would not answer.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            sockets = [await client.ws_connect(await address(client, person)) for person in range(PEOPLE)]
            wire = Wire(sockets, says, hears)
            listeners = [asyncio.create_task(wire.listen(person)) for person in range(PEOPLE)]
            yield wire
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)
    finally:
        os.sched_setaffinity(0, cores)
