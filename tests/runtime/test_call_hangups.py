"""Whoever hangs up, and whenever: nothing of the call is left, and the flow is told at once."""

from __future__ import annotations

import asyncio
import random

import pytest

from botkit.testing import FakeRecognizer, ReceivedCall, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.telephone import SILENT, VOICED, Line, ring, seconds

WELCOME, WISH, SPEAK = "Welcome to all of this.", "What can I do for you?", "Speak after the tone."
FLOW = f"""
flow: everything
start: [call_incoming]
steps:
  - say: {WELCOME}
  - id: menu
    choose: {WISH}
    prompt: {{call: {WISH}}}
    options:
      hours:  {{key: 1, label: opening hours, words: [opening hours]}}
      person: {{key: 2, label: a person, words: [a person]}}
    into: wish
  - record: {SPEAK}
    into: voice
  - transfer: olivia@example.com
    ring: 8s
    outcomes:
      accepted: [{{say: Welcome back.}}]
      otherwise: [{{say: Nobody there.}}]
  - dial: olivia@example.com
    flow: invitation
    ring: 8s
    into: coming
    outcomes:
      answered: [{{say: They answered.}}]
      otherwise: [{{say: They did not.}}]
  - end: Goodbye.
when:
  hangup:
    - post: The caller hung up.
      to: otto@example.com
"""
INVITATION = """
flow: invitation
steps:
  - say: Hello Olivia.
  - choose: Will you come?
    prompt: {call: Will you come?}
    options:
      come: {key: 1, label: yes please, words: [yes please]}
      stay: {key: 2, label: not now, words: [not now]}
    into: answer
  - end: Thanks.
"""
INTRO = seconds(WELCOME) + seconds(WISH)
IDLE = {"VirtualClock.sleep_until", "Event.wait"}
"""What the bot's own tasks wait on between calls, each time anew."""


@pytest.fixture
def olivia(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")


@pytest.fixture
def otto(house: House) -> ScriptedPerson:
    return ScriptedPerson(house.platform, "Otto Desk", "otto@example.com")


async def begin(house: House) -> Line:
    house.recognizer = FakeRecognizer(clock=house.clock)
    house.flow(INVITATION)
    return await ring(house, FLOW)


def tasks_but(known: set[asyncio.Task[object]]) -> set[str]:
    """What is done beside those."""
    names = {str(getattr(task.get_coro(), "__qualname__", "")) for task in asyncio.all_tasks() - known}
    return names - IDLE


@pytest.mark.parametrize("into_prompt", [0.2, seconds(SPEAK) + 0.1], ids=["prompt", "tone"])
async def test_before_a_recording_has_begun(
    house: House, olivia: ScriptedPerson, otto: ScriptedPerson, into_prompt: float
) -> None:
    line = await begin(house)
    await house.clock.advance(INTRO)
    await line.press("1")
    await house.clock.advance(into_prompt)
    await line.call.hang_up()
    await house.clock.settle()
    assert house.said(otto.direct) == ["The caller hung up."]
    assert not await house.store.open_sessions("call:")


async def test_while_the_answer_before_a_recording_is_written_down(
    house: House, olivia: ScriptedPerson, otto: ScriptedPerson
) -> None:
    line = await begin(house)
    await house.clock.advance(INTRO)
    line.leg.press("1")
    line.leg.drop()
    await house.clock.settle()
    assert house.said(otto.direct) == ["The caller hung up."]
    assert not await house.store.open_sessions("call:")


@pytest.mark.parametrize("seed", range(30))
async def test_at_any_moment(house: House, olivia: ScriptedPerson, otto: ScriptedPerson, seed: int) -> None:
    chance = random.Random(seed)
    house.recognizer = FakeRecognizer(clock=house.clock)
    for _ in range(8):
        house.recognizer.hear("a person", after=chance.choice([0, 0.2, 1.5]))
    house.flow(INVITATION)
    house.flow(FLOW)
    await house.start()
    idle = asyncio.all_tasks()
    calls = [await ScriptedPerson(house.platform).call() for _ in range(chance.choice([1, 1, 2]))]
    reached: list[ReceivedCall] = []
    for _ in range(chance.randrange(chance.choice([40, 160]))):
        await house.clock.advance(0.25)
        _speak_and_press(house, chance)
        for call in olivia.missed():
            reached.append(call)
            await chance.choice([call.pick_up, call.pick_up, call.decline, call.hang_up])()
        for call in reached:
            if chance.random() < 0.05:
                await call.hang_up()
    for ours in calls:
        await ours.hang_up()
    for leg in house.audio.legs:
        if chance.random() < 0.5:
            leg.drop()
    await house.clock.advance(90)
    assert all(leg.closed for leg in house.audio.legs)
    assert all(ours.cause for ours in calls)
    assert all(call.cause for call in (*reached, *olivia.missed()))
    assert not await house.store.open_sessions("call:")
    assert not tasks_but(idle)


def _speak_and_press(house: House, chance: random.Random) -> None:
    for leg in house.audio.legs:
        if not leg.closed and leg.listened_to and chance.random() < 0.15:
            leg.hear([VOICED] * chance.randrange(5, 60) + [SILENT] * 40)
        if not leg.closed and chance.random() < 0.03:
            leg.press(chance.choice("12#"))
