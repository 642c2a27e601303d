"""Durable turns: how many a second one core takes, how late they are, and what waiting sessions cost.

A turn is one message in and one reply out, with the whole product between them and everything of it durable:
in one transaction the message's id, the session, its line of the journal, the reply in the outbox and the
note that it is about to be posted; who delivers the message is told that it is safe, and the reply is posted,
only after that commit; and its confirmation with its line of the journal is a commit again.
A round is over when the last confirmation is durable. 200 people hold the dialogue of `dialogue.py`, so many
of them at a time as are "in flight".

The bot has a process and a core of its own, the last one of the machine; people on a wire and PostgreSQL have
the first one. What counts is the best of several rounds by the wall's clock, with the CPU it took beside it,
because what else the machine does makes a round slower and never faster. `process` survives a kill, `power` a
power cut too: how long the disk takes for a flush is told first.

Beside it run LangGraph with its SQLite checkpointer, which holds the same dialogue, one at a time, and what
opsdroid's websocket connector takes to echo, which keeps nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from benchmarks import Figure
from benchmarks.peers import python_with

from . import dialogue, postgres, wire

SQLITE = "sqlite:///bot.db"
LANGGRAPH = ("langgraph==1.2.22", "langgraph-checkpoint-sqlite==3.1.2")
OPSDROID = ("opsdroid==0.31.0", "setuptools<80", "websockets")
"""It wants `pkg_resources`, which a later setuptools has not."""
SLOW = 6
"""Flushes that the control adds to each call of the store: also 500 turns a second are too many then."""

Sizes = tuple[int, int]
"""Turns of a round, rounds."""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """The control's store flushes the disk by itself at each call, and each commit leaves a task behind."""
    size: Sizes = (60, 1) if control else (1500, 2) if quick else (8000, 5)
    one_by_one: Sizes = (20, 1) if control else (500, 2) if quick else (3000, 4)
    yield Figure(name="fdatasync_of_8_kb", value=_fdatasync(), unit="ms")
    yield from _rates("sqlite_process", SQLITE, "process", 20, size, 10_000, control)
    yield from _rates("sqlite_power", SQLITE, "power", 20, size, 5_000, control)
    yield from _rates("sqlite_one_by_one", SQLITE, "process", 1, one_by_one, 3_000, control)
    with postgres.server() as url:
        if url is None:
            print("no figure for PostgreSQL: there is no server on this machine", file=sys.stderr)
        else:
            yield from _rates("postgres", url, "power", 20, size, 5_000, control)
    yield from asyncio.run(_websocket(size, 0.3 if control else 2 if quick else 8, control))
    grown = _bot("idle", SQLITE, "process", *(("--control", "0") if control else ()))["grown"]
    yield Figure(name="idle_sessions_10000", value=grown[0], unit="MB", limit=20)
    if not control:
        yield Figure(name="langgraph_sqlite", value=_langgraph(100 if quick else 800), unit="turns/s")
        rates = asyncio.run(_opsdroid(*size))
        yield Figure(name="opsdroid_websocket_echo", value=rates, unit="turns/s")


def _rates(
    name: str, url: str, durability: str, in_flight: int, size: Sizes, limit: float, control: bool
) -> Iterator[Figure]:
    turns, rounds = size
    options = ("--in-flight", str(in_flight), "--turns", str(turns), "--rounds", str(rounds))
    done = _bot("turns", url, durability, *options, *(("--control", str(SLOW)) if control else ()))
    yield Figure(name=f"{name}_turns", value=max(done["rates"]), unit="turns/s", limit=limit, at_least=True)
    yield Figure(name=f"{name}_cpu", value=min(done["costs"]), unit="us/turn")


def _bot(*arguments: str) -> dict[str, list[float]]:
    command = [sys.executable, "-m", "benchmarks.store.bot", *arguments]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=300)
    result: dict[str, list[float]] = json.loads(done.stdout)
    return result


async def _websocket(size: Sizes, seconds: float, control: bool) -> list[Figure]:
    turns, rounds = size
    with _serving(control) as url:

        async def address(client: aiohttp.ClientSession, person: int) -> str:
            return f"{url}/{person}"

        async with wire.connected(address, dialogue.says, dialogue.reply) as people:
            await people.rate(20, turns)
            late = [await people.delays(500, seconds) for _ in range(1 if control else 3)]
            rate = max([await people.rate(20, turns) for _ in range(rounds)])
    median, worst = min(late, key=lambda each: each[1])
    return [
        Figure(name="websocket_turns", value=rate, unit="turns/s", limit=4_000, at_least=True),
        Figure(name="reply_at_500_a_second_median", value=median, unit="ms"),
        Figure(name="reply_at_500_a_second_p99", value=worst, unit="ms", limit=10),
    ]


@contextmanager
def _serving(control: bool) -> Iterator[str]:
    """A bot on the wire, its URL."""
    fault = ("--control", str(SLOW)) if control else ()
    command = [sys.executable, "-m", "benchmarks.store.bot", "wire", SQLITE, "process", *fault]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.communicate(timeout=60)


async def _opsdroid(turns: int, rounds: int) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    sockets: dict[int, str] = {}

    def says(person: int, turn: int) -> str:
        text = dialogue.says(person, turn)
        return json.dumps({"message": text, "user": str(person), "socket": sockets[person]})

    async def address(client: aiohttp.ClientSession, person: int) -> str:
        url = f"http://127.0.0.1:{port}/connector/websocket"
        async with client.post(url) as answer:
            sockets[person] = json.loads(await answer.text())["socket"]
            return f"{url}/{sockets[person]}"

    with _echoing(port):
        await _accepts(port)
        async with wire.connected(address, says, dialogue.says) as people:
            await people.rate(20, dialogue.PEOPLE)
            return max([await people.rate(20, turns) for _ in range(rounds)])


@contextmanager
def _echoing(port: int) -> Iterator[None]:
    """Opsdroid, as a process of its own."""
    peer = Path(__file__).with_name("opsdroid_echo.py")
    with tempfile.TemporaryDirectory(prefix="opsdroid-") as folder:
        command = [str(python_with(*OPSDROID)), str(peer), str(port), folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.kill()
            process.wait()


async def _accepts(port: int) -> None:
    """Back when somebody listens there."""
    patience = time.monotonic() + 60
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > patience:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


def _langgraph(turns: int) -> float:
    peer = Path(__file__).with_name("langgraph_sqlite.py")
    command = [str(python_with(*LANGGRAPH)), str(peer), str(turns)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    return float(done.stdout)


def _fdatasync() -> float:
    """The median, in ms."""
    with tempfile.TemporaryFile() as file:

        def flush() -> float:
            os.pwrite(file.fileno(), os.urandom(8192), 0)
            begun = time.perf_counter()
            os.fdatasync(file.fileno())
            return time.perf_counter() - begun

        return statistics.median(flush() for _ in range(100)) * 1e3
