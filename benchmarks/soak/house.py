"""The bot that is left alone, and those who keep it busy."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.voice.scene import BOT, make_world, write_account
from botkit.circuit import CircuitSession
from botkit.circuit.errors import CircuitError
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.testing.caller import CallFailed
from botkit.testing.phone import Phone
from botkit.testing.process import BotProcess

from .memory import Sample, resident

FLOW = """\
flow: desk
start: [call_incoming, mention]
steps:
  - say: Welcome to the front desk.
  - choose: Which one?
    options:
      hours: {key: 1, label: opening hours}
      message: {key: 2, label: leave a message}
    into: wish
  - say: You said {{ wish }}.
  - end: Goodbye.
"""
LAST = "Goodbye."
COUNT = "how many"

HANDLERS = """\
import asyncio
import json
import os
import threading

from botkit import hook


@hook
async def item_added(message, ctx):
    if message.text != "how many":
        return keep()
    ctx.stop()
    counted = {
        "handles": len(os.listdir("/proc/self/fd")),
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
    }
    await ctx.say(json.dumps(counted))


def keep():
    pass
"""
LEAK = """

kept = []


def keep():
    forever = asyncio.create_task(asyncio.Event().wait())
    kept.append((forever, open(os.devnull), os.urandom(2**20)))
"""

SAMPLE_SECONDS = 2.0
REST = 1.0
"""Seconds between two chats of a person."""
QUIET = 6.0
"""Seconds in which the bot gets rid of what a call or chat has left, before it is counted."""
PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What the bot's process has open."""

    handles: int
    tasks: int
    threads: int


class Soak:
    """A sandbox, a bot process, callers and writers."""

    def __init__(self, folder: Path, *, calls: int, chats: int, leaking: bool) -> None:
        """So many at once. `leaking`: the control's fault."""
        self._folder = folder
        (folder / "desk.yaml").write_text(FLOW)
        (folder / "handlers.py").write_text(HANDLERS + (LEAK if leaking else ""))
        bot_file = folder / "bot.yaml"
        bot_file.write_text(BOT.replace("HANDLERS", "handlers.py"))
        self._world = make_world(folder, bot_file, people=calls + chats)
        self._bot = BotProcess(bot_file)
        self._calls, self._chats = calls, chats
        self._people: list[CircuitSession] = []
        self._directs: list[str] = []
        self.calls_made = 0
        self.chats_made = 0
        self.failed = 0

    async def start(self) -> None:
        await self._world.sandbox.start()
        write_account(self._folder, self._world)
        await self._bot.start()
        bot_id = self._world.tenant.user_id(self._world.tenant.bots[0].email)
        for number in range(self._calls + self._chats):
            person = await self._world.person(f"caller{number}@example.com")
            direct = await person.conversations.direct(bot_id)
            self._people.append(person)
            self._directs.append(direct.conversation.id)

    async def close(self) -> None:
        await self._bot.kill()
        await self._world.close()

    async def go_on(self, seconds: float) -> list[Sample]:
        """Keep the bot busy for so long; how much memory it had meanwhile."""
        begun = time.monotonic()
        until = begun + seconds
        work = [
            asyncio.create_task(
                self._again(self._call if number < self._calls else self._chat, number, until)
            )
            for number in range(len(self._people))
        ]
        samples: list[Sample] = []
        while time.monotonic() < until:
            samples.append(Sample(time.monotonic() - begun, resident(self._bot.pid)))
            await asyncio.sleep(SAMPLE_SECONDS)
        await asyncio.gather(*work)
        return samples

    async def count(self) -> Counted:
        """What the bot has open while nobody talks."""
        await asyncio.sleep(QUIET)
        async with self._people[-1].events() as events:
            await self._people[-1].items.post(self._directs[-1], COUNT)
            told = await _until(events, lambda text: text.startswith("{"))
        return Counted(**json.loads(told))

    async def _again(self, act: Callable[[int], Awaitable[None]], number: int, until: float) -> None:
        while time.monotonic() < until:
            try:
                await act(number)
            except (CallFailed, CircuitError, TimeoutError) as fault:
                self.failed += 1
                print(f"person {number}: {fault!r}", file=sys.stderr)

    async def _call(self, number: int) -> None:
        phone = Phone(self._people[number])
        try:
            await phone.dial(self._directs[number])
            await phone.caller.until_prompt()
            await asyncio.sleep(REST)
            await phone.caller.press("1" if self.calls_made % 2 else "2")
            await phone.over(PATIENCE)
        finally:
            with suppress(CircuitError):
                await phone.hang_up()
        self.calls_made += 1

    async def _chat(self, number: int) -> None:
        person, direct = self._people[number], self._directs[number]
        async with person.events() as events:
            await person.items.post(direct, "Hello")
            await _until(events, lambda text: text.startswith("Which one?"))
            await person.items.post(direct, "leave a message")
            await _until(events, lambda text: text == LAST)
        self.chats_made += 1
        await asyncio.sleep(REST)


async def _until(events: asyncio.Queue[CircuitEvent], wanted: Callable[[str], bool]) -> str:
    """The first text of that kind. Raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        for _ in itertools.count():
            event = await events.get()
            if isinstance(event, ItemAdded) and wanted(event.added.item.text):
                return event.added.item.text
    raise AssertionError
