"""The bot that is measured: the whole corridor on a real store, in a process of its own on one core.

python -m benchmarks.store.bot JOB STORE-URL DURABILITY [--in-flight N] [--turns N] [--rounds N]
    [--control FLUSHES]

JOB is `turns` (people in this process), `idle` (sessions that wait) or `wire` (people come over websockets;
it prints the port, and ends with its standard input). Each prints its result as one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import WSMsgType, web

from botkit.allocating import keep_compact
from botkit.cli.collecting import once_ready
from botkit.flow.flowset import FlowSet
from botkit.flow.loader import load_flows
from botkit.flow.versions import FlowVersion
from botkit.hooks import Hooks
from botkit.ports.store import Durability, Store
from botkit.ports.system_clock import SystemClock
from botkit.runtime import Runtime
from botkit.store import open_store
from botkit.testing import FakeHttp

from .dialogue import PEOPLE, reply, says, write
from .faults import unbatched
from .line import Line, Posted

IDLE = 10_000
"""Sessions that wait for a name."""


def main() -> None:
    """Do one job."""
    keep_compact()  # as `botkit run`
    parser = argparse.ArgumentParser()
    parser.add_argument("job", choices=["turns", "idle", "wire"])
    parser.add_argument("url")
    parser.add_argument("durability", type=Durability)
    parser.add_argument("--in-flight", type=int, default=20)
    parser.add_argument("--turns", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--control", type=int, metavar="FLUSHES", help="see `faults`")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    jobs = {"turns": _turns, "idle": _idle, "wire": _wire}
    print(json.dumps(asyncio.run(jobs[options.job](options))), flush=True)


@asynccontextmanager
async def _bot(options: argparse.Namespace, posted: Posted) -> AsyncIterator[tuple[Line, Store]]:
    with tempfile.TemporaryDirectory(prefix="botkit-store-") as name:
        folder = Path(name)
        store = open_store(options.url, folder, options.durability)
        await store.open()
        line = Line(posted)
        runtime = Runtime(
            connector=line,
            store=store if options.control is None else unbatched(store, options.control),
            flows=load_flows([write(folder)], capabilities=line.capabilities),
            load_version=_no_version,
            hooks=Hooks(),
            clock=SystemClock(),
            http=FakeHttp(),
            secrets={},
        )
        await runtime.start()
        once_ready()  # as `botkit run`
        yield line, store
        await runtime.stop()
        await store.close()


def _no_version(version: FlowVersion) -> FlowSet:
    raise AssertionError("a new database holds no older version")


class People:
    """Who talk with the bot, each after the reply to what they said before."""

    def __init__(self) -> None:
        self._turns = [0] * PEOPLE
        self._replies: dict[str, asyncio.Future[str]] = {}

    async def hear(self, conversation_id: str, text: str) -> None:
        """What the bot posts."""
        self._replies.pop(conversation_id).set_result(text)

    async def talk(self, line: Line, in_flight: int, turns: int) -> None:
        """So many turns, with so many people at a time. Raises `AssertionError` at a wrong reply."""
        groups = [range(first, PEOPLE, in_flight) for first in range(in_flight)]
        await asyncio.gather(*(self._one_by_one(line, group, turns // in_flight) for group in groups))

    async def _one_by_one(self, line: Line, group: range, turns: int) -> None:
        loop = asyncio.get_running_loop()
        for number in range(turns):
            person = group[number % len(group)]
            turn, conversation_id = self._turns[person], str(person)
            answer = self._replies[conversation_id] = loop.create_future()
            await line.say(conversation_id, says(person, turn))
            heard = await answer
            assert heard == reply(person, turn), f"{heard!r} in place of {reply(person, turn)!r}"
            self._turns[person] += 1


async def _turns(options: argparse.Namespace) -> dict[str, list[float]]:
    """Turns a second, and microseconds of CPU a turn, of each round. It is over when all is confirmed."""
    rates, costs = [], []
    people = People()
    async with _bot(options, people.hear) as (line, store):
        await people.talk(line, options.in_flight, min(options.turns, 400))
        for _ in range(options.rounds):
            begun, cpu = time.perf_counter(), time.process_time()
            await people.talk(line, options.in_flight, options.turns)
            while (counts := await store.counts()).outbox or counts.inbox:  # noqa: ASYNC110
                await asyncio.sleep(0)
            turns = options.turns // options.in_flight * options.in_flight
            rates.append(turns / (time.perf_counter() - begun))
            costs.append((time.process_time() - cpu) / turns * 1e6)
    return {"rates": rates, "costs": costs}


async def _idle(options: argparse.Namespace) -> dict[str, list[float]]:
    """MB that sessions take while they wait for their people."""
    asked = 0

    async def posted(conversation_id: str, text: str) -> None:
        nonlocal asked
        asked += 1

    async def greet(line: Line, kind: str, count: int) -> None:
        nonlocal asked
        asked = 0
        for first in range(0, count, 50):
            await asyncio.gather(*(line.say(f"{kind}{first + n}", "hello") for n in range(50)))
            while asked < first + 50:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async with _bot(options, posted) as (line, _):
        await greet(line, "warm", 1000)
        before = _resident()
        await greet(line, "idle", IDLE)
        return {"grown": [_resident() - before]}


def _resident() -> float:
    """MB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


async def _wire(options: argparse.Namespace) -> dict[str, list[float]]:
    """A server of websockets, one a person, where a frame is a message."""
    sockets: dict[str, web.WebSocketResponse] = {}

    async def posted(conversation_id: str, text: str) -> None:
        await sockets[conversation_id].send_str(text)

    async with _bot(options, posted) as (line, _):

        async def serve(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            person = request.match_info["person"]
            sockets[person] = socket
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    await line.say(person, frame.data)
            return socket

        app = web.Application()
        app.router.add_get("/{person}", serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()
    return {"cpu": [time.process_time()]}


if __name__ == "__main__":
    main()
