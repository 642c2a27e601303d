"""How a bot under load is spoken to: a line of JSON in, a line of JSON out. Peers import it as well, so it
needs nothing but aiortc.

In: {"id": 1, "offer": SDP} or {"listen": false}. Out: {"ready": true}, {"id": 1, "answer": SDP}. The bot ends
with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Protocol

import aioice.ice

PROMPT_RATE = 16_000


class Bot(Protocol):
    """Answers calls, and plays its prompt on each of them, over and over."""

    async def start(self) -> None:
        """Get ready."""
        ...

    async def answer(self, offer: str) -> str:
        """The SDP answer; the call goes on by itself."""
        ...

    def listen(self, on: bool) -> None:
        """Whether anybody hears what callers say."""
        ...


def run(bot: Bot) -> None:
    """Serve on the machine's last core until standard input ends.

    There is one way to each caller, as a browser nominates one; of several, two aioice ends may take
    different ones.
    """
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    asyncio.run(_serve(bot))


def prompt(path: str) -> bytes:
    """16 kHz, mono, 16-bit little-endian."""
    return Path(path).read_bytes()


async def _serve(bot: Bot) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    await bot.start()
    _say({"ready": True})
    answering: set[asyncio.Task[None]] = set()
    while line := await lines.readline():
        asked = json.loads(line)
        if "listen" in asked:
            bot.listen(asked["listen"])
            continue
        task = asyncio.create_task(_answer(bot, asked["id"], asked["offer"]))
        answering.add(task)
        task.add_done_callback(answering.discard)
    os._exit(0)  # without a farewell to each of hundreds of calls


async def _answer(bot: Bot, number: int, offer: str) -> None:
    _say({"id": number, "answer": await bot.answer(offer)})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)
