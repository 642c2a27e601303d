"""A dialogue whose bot is killed at every call it makes of its store and its platform, and started again.

Whatever the place, the person gets every message, in order, once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from pathlib import Path

import pytest

from botkit.hooks import Context, hook, step_handler
from botkit.model.events import MessageReceived
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House
from tests.runtime.killing import Killer

FLOW = """
flow: desk
start:
  - mention
slots:
  name:
    ask: What is your name?
steps:
  - say: Hello.
  - say: Hello.
  - choose: What can I do for you?
    options:
      hours: {key: 1, label: opening hours}
      message: {key: 2, label: leave a message}
    into: wish
    no_match:
      - I did not get that.
      - I did not get that.
  - collect: [name]
    as: questions
  - run: number
    with: {name: "{{ name }}"}
    into: number
  - post: "Call {{ name }}."
    to: olivia@example.com
  - wait: 2h
  - say: "Ticket {{ number }}."
  - end: Goodbye.
"""

SAID = [
    "Noted.",
    "Hello.",
    "Hello.",
    "What can I do for you?",
    "I did not get that.",
    "What can I do for you?",
    "What is your name?",
    "Ticket 7.",
    "Goodbye.",
]
ENOUGH = 400
"""More calls than the dialogue makes."""


@hook
async def mention(message: MessageReceived, ctx: Context) -> None:
    await ctx.say("Noted.")


@step_handler
async def number(name: str) -> int:
    return 7


class Story:
    """One person's dialogue, the bot killed on the way."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.flow(FLOW)
        house.plug(mention, number)
        self.ada = ScriptedPerson(house.platform)
        self.olivia = ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
        self.deaths: list[tuple[int, bool]] = []
        self.killer = Killer()

    async def run(self, *deaths: tuple[int, bool]) -> int:
        """Die at each of `deaths` in turn (number of the call, after it); returns how many came to pass."""
        self.deaths = list(deaths)
        await self._start()
        await self._act(self.ada.mention("help"))
        await self._act(self.ada.post("nonsense"))
        await self._act(self.ada.post("leave a message"))
        await self._act(self.ada.post("Ada"))
        for _ in range(9):
            await self.house.clock.advance(900)
            await self._revive()
        self.killer.spare()
        return len(deaths) - len(self.deaths)

    async def _act(self, act: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(act)
        await self.house.clock.settle()
        await self._revive()
        assert task.done()

    async def _revive(self) -> None:
        """As often as the bot was killed, start it again."""
        while self.killer.dead.is_set():
            self.deaths.pop(0)
            await self.house.kill()
            await self._start()
            await self.house.clock.settle()

    async def _start(self) -> None:
        killer = self.killer = Killer()
        if self.deaths:
            number, after = self.deaths[0]
            killer = self.killer = Killer(number, after=after)
        starting = asyncio.create_task(self.house.boot(killer))
        dying = asyncio.create_task(killer.dead.wait())
        await asyncio.wait((starting, dying), return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        await self.house.clock.settle()


def assert_all_was_said_once(story: Story) -> None:
    assert story.house.said(story.ada.direct) == SAID
    assert story.house.said(story.olivia.direct) == ["Call Ada."]


async def die_everywhere(folder: Path, step: int) -> int:
    """At every `step`th call that the whole dialogue makes, before it or after it; how often it died."""
    survived = 0
    for number in range(1, ENOUGH, step):
        for after in (False, True):
            home = folder / f"{number}{after}"
            home.mkdir()
            story = Story(House(home, VirtualClock()))
            died = await story.run((number, after))
            assert_all_was_said_once(story)
            await story.house.close()
            if not died:
                return survived
            survived += 1
    raise AssertionError("the dialogue never came to its end")


async def test_many_places_to_die(tmp_path: Path) -> None:
    assert await die_everywhere(tmp_path, 5) > 30


@pytest.mark.chaos
async def test_every_place_to_die(tmp_path: Path) -> None:
    assert await die_everywhere(tmp_path, 1) > 150


@pytest.mark.parametrize("seed", range(5))
async def test_dying_again_and_again(house: House, seed: int) -> None:
    chance = random.Random(seed)
    deaths = [(chance.randint(1, 25), chance.random() < 0.5) for _ in range(8)]
    story = Story(house)
    assert await story.run(*deaths) > 2
    assert_all_was_said_once(story)
