"""A bot that two hundred people talk with, killed at random moments, a hundred times.

One sandbox here, the bot in a process of its own. Everybody goes from one dialogue to the next and repeats
nothing: what they write while no bot is there has to be found by the next one. In the end what stands in
the threads is held against what was written.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from benchmarks import Figure
from botkit.circuit import CircuitSession
from botkit.circuit.events import CircuitEvent, ItemAdded
from botkit.circuit.text import Mention
from botkit.model.secret import Secret
from botkit.ports.system_clock import SystemClock
from botkit.sandbox import Tenant
from botkit.sandbox.tenant import TenantBot, TenantName, TenantUser
from botkit.testing.process import BotProcess
from botkit.testing.world import World

from .house import FAULTY

FLOW = """\
flow: words
start: [mention]
slots:
  first: {ask: The first word?}
  second: {ask: "{{ first }}, and?"}
  third: {ask: "{{ first }} {{ second }}, and?"}
steps:
  - collect: [first, second, third]
    as: questions
  - end: You said {{ first }} {{ second }} {{ third }}.
"""
BOT = """\
bot: words
platform:
  connector: CONNECTOR
  domain: DOMAIN
  trust: sandbox.pem
  client_id: words
  client_secret: file:secret
flows: [words.yaml]
handlers: [FAULTY]
store: sqlite:///bot.db
"""
FULL, QUICK = (4, 50), (2, 10)
"""People, and dialogues that each has at the same time, each in a thread of its own. A bot that comes back
looks into each room, at ten requests a second: with more rooms it would do little else before it dies."""
PATIENCE = 40.0
"""Seconds without any message of the bot after which nobody hopes for one."""
HOPELESS = 4.0
"""The same, when the control's bot says nothing."""
THINKING = (0.2, 2.0)
"""Seconds that a person takes for an answer."""
ALIVE = (1.0, 4.0)
"""Seconds from a bot's readiness to its death."""


@dataclass(slots=True, kw_only=True)
class Talk:
    """One dialogue: what was written to the bot, and what it has to say in its thread."""

    room_id: str
    thread_id: str = ""
    wanted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What is wrong in the threads, in messages and threads."""

    lost: int
    doubled: int
    disordered: int


class Crowd:
    """The people, and the bot."""

    def __init__(
        self, world: World, bot_file: Path, at_once: int, dice: random.Random, patience: float
    ) -> None:
        """`at_once`: dialogues of each person; `patience`: seconds without any message of the bot until
        nobody hopes for one any more."""
        self.bot = BotProcess(bot_file)
        self.talks: list[Talk] = []
        self.kills = 0
        self.heard_meanwhile = 0
        """Messages that came between two kills."""
        self._at_once = at_once
        self._world = world
        self._dice = dice
        self._patience = patience
        self._rooms: dict[str, CircuitSession] = {}
        self._heard: dict[str, asyncio.Event] = {}
        """Thread -> set by each message of the bot there."""
        self._last_heard = time.monotonic()
        self._going_on = True

    async def suffer(self, kills: int) -> None:
        """Let everybody talk, kill the bot so often, and let the dialogues come to their end."""
        people = [await self._world.person(user.email) for user in self._world.tenant.users]
        async with AsyncExitStack() as closing:
            listening = [await closing.enter_async_context(person.events()) for person in people]
            for person in people:
                room = await person.conversations.create_group([self._bot_id], "Room")
                self._rooms[room.conversation.id] = person
            await self.bot.start()  # what was written before a bot's first day is not for it
            tasks = [asyncio.create_task(self._listen(events)) for events in listening]
            talking = [
                asyncio.create_task(self._talk(room_id))
                for room_id in self._rooms
                for _ in range(self._at_once)
            ]
            for number in range(1, kills + 1):
                await self.bot.kill(after=self._dice.uniform(*ALIVE))
                self.kills += 1
                await self.bot.start()
                if number % 10 == 0:
                    said = f"{number} of {kills} kills, {self.heard_meanwhile} messages"
                    print(said, file=sys.stderr, flush=True)
            self._going_on = False
            self._last_heard = time.monotonic()
            while not all(task.done() for task in talking) and self._hopes():
                await asyncio.wait(talking, timeout=1.0)
            for task in (*tasks, *talking):
                task.cancel()
            for task in (*tasks, *talking):
                with suppress(asyncio.CancelledError):
                    await task
        await self.bot.stop()

    async def damage(self) -> Damage:
        """What stands in the threads, against what should."""
        since = SystemClock().now() - timedelta(hours=2)
        lost = doubled = disordered = 0
        stands: dict[str, list[str]] = {}
        for room_id, person in self._rooms.items():
            for each in await person.items.since(room_id, since):
                if each.item.author_id == self._bot_id:
                    stands.setdefault(each.item.thread_id, []).append(each.item.text)
        for talk in self.talks:
            there = stands.pop(talk.thread_id, [])
            missing, extra = Counter(talk.wanted) - Counter(there), Counter(there) - Counter(talk.wanted)
            lost += missing.total()
            doubled += extra.total()
            disordered += not missing and not extra and there != talk.wanted
        doubled += sum(map(len, stands.values()))  # where nobody has asked for anything
        return Damage(lost=lost, doubled=doubled, disordered=disordered)

    @property
    def messages(self) -> int:
        """That the bot has to write."""
        return sum(len(talk.wanted) for talk in self.talks)

    @property
    def _bot_id(self) -> str:
        return self._world.tenant.user_id(self._world.tenant.bots[0].email)

    def _hopes(self) -> bool:
        return time.monotonic() - self._last_heard < self._patience

    async def _listen(self, events: asyncio.Queue[CircuitEvent]) -> None:
        while True:
            event = await events.get()
            if isinstance(event, ItemAdded) and event.added.item.author_id == self._bot_id:
                self._last_heard = time.monotonic()
                self.heard_meanwhile += self._going_on
                self._heard.setdefault(event.added.item.thread_id, asyncio.Event()).set()

    async def _talk(self, room_id: str) -> None:
        while self._going_on:
            talk = Talk(room_id=room_id)
            tag = f"w{len(self.talks)}"
            self.talks.append(talk)
            for answer in ("hello", f"{tag}a", f"{tag}b", f"{tag}c"):
                await asyncio.sleep(self._dice.uniform(*THINKING))
                await self._write(talk, answer)
                await self._heard.setdefault(talk.thread_id, asyncio.Event()).wait()
                self._heard[talk.thread_id].clear()

    async def _write(self, talk: Talk, text: str) -> None:
        person = self._rooms[talk.room_id]
        mentions = () if talk.thread_id else (Mention(self._bot_id, "Words"),)
        talk.wanted.append(_reply(text))
        posted = await person.items.post(talk.room_id, text, thread_id=talk.thread_id, mentions=mentions)
        talk.thread_id = talk.thread_id or posted.item.id


def _reply(text: str) -> str:
    """What the flow says to it: with all words so far, so that no two messages of a dialogue are alike."""
    tag, place = text[:-1], text[-1:]
    return {
        "a": f"{tag}a, and?",
        "b": f"{tag}a {tag}b, and?",
        "c": f"You said {tag}a {tag}b {tag}c.",
    }.get(place, "The first word?")


@asynccontextmanager
async def crowd(
    folder: Path, people: int, at_once: int, *, seed: int = 5, faulty: bool = False
) -> AsyncGenerator[Crowd]:
    """A sandbox with so many people, so many dialogues each, and a bot in `folder`. `faulty`: the control's
    faults."""
    async with AsyncExitStack() as closing:
        bot_file = folder / "bot.yaml"
        world = World(bot_file, state=folder, tenant=_tenant(people))
        closing.push_async_callback(world.close)
        await world.sandbox.start()
        secret = folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text("words-secret")
        (folder / "words.yaml").write_text(FLOW)
        text = BOT.replace("DOMAIN", world.sandbox.address).replace("FAULTY", str(FAULTY))
        bot_file.write_text(text.replace("CONNECTOR", "stutter" if faulty else "circuit"))
        rig = Crowd(world, bot_file, at_once, random.Random(seed), HOPELESS if faulty else PATIENCE)
        closing.push_async_callback(rig.bot.kill)
        yield rig


async def crowd_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Messages lost, doubled and disordered under random kills; 20 and 200 dialogues at the same time."""
    async with crowd(folder, *(QUICK if quick else FULL), faulty=control) as rig:
        await rig.suffer(1 if control else 3 if quick else 100)
        damage = await rig.damage()
    return [
        Figure(name="crowd_kills", value=rig.kills, unit="kills"),
        Figure(name="crowd_messages", value=rig.messages, unit="messages"),
        Figure(name="crowd_messages_between_kills", value=rig.heard_meanwhile, unit="messages"),
        Figure(name="crowd_messages_lost", value=damage.lost, unit="messages", limit=0),
        Figure(name="crowd_messages_doubled", value=damage.doubled, unit="messages", limit=0),
        Figure(name="crowd_disordered", value=damage.disordered, unit="threads", limit=0),
    ]


def _tenant(people: int) -> Tenant:
    users = [
        TenantUser(email=f"person{number}@example.com", first_name=f"Person{number}")
        for number in range(people)
    ]
    words = TenantBot(
        client_id="words",
        client_secret=Secret("words-secret"),
        email="words@example.com",
        first_name="Words",
    )
    return Tenant(tenant=TenantName(name="Crowd"), users=users, bots=[words])
