"""A dialogue whose bot is killed at every call it makes of its store and its platform, and started again.

Whatever the place, the person gets every message, in order, once.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from botkit.hooks import Context, hook, step_handler
from botkit.model.events import MessageReceived
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House
from tests.runtime.survival import Survivor

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
  - react: like
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

    def __init__(self, house: House, *deaths: tuple[int, bool]) -> None:
        self.house = house
        house.flow(FLOW)
        house.plug(mention, number)
        self.ada = ScriptedPerson(house.platform)
        self.olivia = ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")
        self.bot = Survivor(house, *deaths)

    async def run(self) -> int:
        """How many of the deaths came to pass."""
        await self.bot.start()
        await self.bot.act(self.ada.mention("help"))
        await self.bot.act(self.ada.post("nonsense"))
        await self.bot.act(self.ada.post("leave a message"))
        await self.bot.act(self.ada.post("Ada"))
        for _ in range(9):
            await self.bot.advance(900)
        self.bot.spare()
        return self.bot.died


def assert_all_was_said_once(story: Story) -> None:
    assert story.house.said(story.ada.direct) == SAID
    assert story.house.said(story.olivia.direct) == ["Call Ada."]
    posted = story.house.platform.items(story.ada.direct.id)
    assert [each.text for each in posted if each.likes] == ["Ada"]


async def die_everywhere(folder: Path, step: int) -> int:
    """At every `step`th call that the whole dialogue makes, before it or after it; how often it died."""
    survived = 0
    for number in range(1, ENOUGH, step):
        for after in (False, True):
            home = folder / f"{number}{after}"
            home.mkdir()
            story = Story(House(home, VirtualClock()), (number, after))
            died = await story.run()
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
    # Processes that died sooner might die of one event so often that it is set aside.
    deaths = [(chance.randint(11, 33), chance.random() < 0.5) for _ in range(8)]
    story = Story(house, *deaths)
    assert await story.run() > 2
    assert_all_was_said_once(story)
