"""The bot as a process that is killed, as `kill -9` does, at every point of the shipped dialogues.

The person sees each message once and in order, the dialogue comes to its end, and whoever is to be told is
told once. One thing the wire cannot give back: a form that a person submits while no process is logged on.
They submit it again when no reply comes, as people do: `Ordeal` does so after a while of silence. That faults
are seen is told in `project/test_durability`.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.durability.house import ordeal
from benchmarks.durability.ordeal import Damage, Ordeal
from benchmarks.durability.stories import STORIES, Kill, Story, kill_points
from tests.postgres import Server

HELPDESK = STORIES[1]
UNHARMED = Damage(lost=0, doubled=0, disordered=0, unfinished=0)

every_story = pytest.mark.parametrize("story", STORIES, ids=lambda story: story.flow)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Ordeal]:
    async with ordeal(tmp_path) as rig:
        yield rig


async def damage(rig: Ordeal) -> Damage:
    """After an orderly end, so that whatever is still to be said was said."""
    assert await rig.bot.stop() == 0
    return await rig.damage()


async def test_between_two_turns(rig: Ordeal) -> None:
    """The short form: killed before it has heard anything in its life, with a form open, in mid-dialogue."""
    kills = [Kill(after="done", number=1), Kill(after="said", number=1), Kill(after="said", number=3)]
    told = await rig.play(HELPDESK, kills)
    assert told.said[0].startswith("I am sorry to hear that.")
    assert told.said[-1] == "Your ticket is number N1."
    assert [email for email, _ in told.posted] == ["ben@example.com"]
    assert len(told.said) == HELPDESK.messages
    assert await damage(rig) == UNHARMED


@pytest.mark.postgres
async def test_between_two_turns_on_postgresql(tmp_path: Path, postgres: Server) -> None:
    async with ordeal(tmp_path, store=postgres.new_schema()) as rig:
        told = await rig.play(HELPDESK, [Kill(after="said", number=1), Kill(after="done", number=3)])
        assert told.said[-1] == "Your ticket is number N1."
        assert len(told.said) == HELPDESK.messages
        assert await damage(rig) == UNHARMED


@pytest.mark.chaos
@every_story
async def test_at_every_point(rig: Ordeal, story: Story) -> None:
    for kill in kill_points(story):
        told = await rig.play(story, [kill])
        assert len(told.said) == story.messages, kill
        assert told.finished, kill
    assert await damage(rig) == UNHARMED


@pytest.mark.chaos
@every_story
async def test_at_all_points_of_one_dialogue(rig: Ordeal, story: Story) -> None:
    await rig.play(story, kill_points(story))
    assert await damage(rig) == UNHARMED
    assert len(rig.away) == len(kill_points(story))


@pytest.mark.chaos
@every_story
async def test_in_the_middle_of_turns(rig: Ordeal, story: Story) -> None:
    """At a random moment of the milliseconds that a turn takes, from its input to its last message."""
    chance = random.Random(story.flow)
    for _ in range(10):
        kill = Kill(
            after="done", number=chance.randint(1, len(story.acts)), seconds=chance.uniform(0.0, 0.04)
        )
        told = await rig.play(story, [kill])
        assert told.finished, kill
    assert await damage(rig) == UNHARMED
