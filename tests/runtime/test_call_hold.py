"""A caller who puts the bot on hold: what plays stands still, and so does the time for an answer."""

from __future__ import annotations

import pytest

from botkit.model.pcm import read_wav
from botkit.testing import FakeRecognizer
from tests.runtime.house import House
from tests.runtime.telephone import Line, assert_nothing_is_left, ring, seconds

ASKED, REMINDER = "What is your number?", "I did not hear anything."
TIMEOUT = 5.0
FLOW = f"""
flow: a
start: [call_incoming]
slots:
  number: {{type: digits, length: 4, ask: {ASKED}}}
steps:
  - collect: [number]
    timeout: {TIMEOUT:g}s
    no_input: [{REMINDER}]
  - end: "It is {{{{ number | digits }}}}."
"""


async def hold(line: Line, for_seconds: float) -> None:
    line.leg.hold()
    await line.house.clock.settle()
    await line.house.clock.advance(for_seconds)
    line.leg.hold(False)
    await line.house.clock.settle()


async def test_nobody_on_hold_is_told_that_they_were_not_heard(house: House) -> None:
    line = await ring(house, FLOW)
    await house.clock.advance(seconds(ASKED) + TIMEOUT - 1)
    await hold(line, 600)
    await house.clock.advance(0.9)
    assert line.texts() == [ASKED]
    await house.clock.advance(0.1 + seconds(REMINDER))
    assert line.texts() == [ASKED, REMINDER]


async def test_keys_that_were_pressed_before_count_on(house: House) -> None:
    line = await ring(house, FLOW)
    await house.clock.advance(seconds(ASKED))
    await line.press("12")
    await house.clock.advance(1)
    await hold(line, 60)
    await house.clock.advance(1)
    await line.press("34")
    await house.clock.advance(5)
    assert line.texts() == [ASKED, "It is 1, 2, 3, 4."]
    await assert_nothing_is_left(line)


async def test_a_key_on_hold_is_a_key(house: House) -> None:
    line = await ring(house, FLOW)
    await house.clock.advance(seconds(ASKED))
    line.leg.hold()
    await house.clock.advance(60)
    await line.press("1")
    await house.clock.advance(60)
    await line.press("234")
    line.leg.hold(False)
    await house.clock.advance(5)
    assert line.texts() == [ASKED, "It is 1, 2, 3, 4."]


async def test_a_question_that_is_asked_into_a_hold_is_heard_behind_it(house: House) -> None:
    line = await ring(house, FLOW)
    await house.clock.advance(0.5)
    await hold(line, 60)
    assert line.texts() == []
    await house.clock.advance(seconds(ASKED) - 0.5)
    assert line.heard() == [(ASKED, round(1000 * seconds(ASKED)), False)]
    await house.clock.advance(TIMEOUT - 0.1)
    assert line.texts() == [ASKED]


async def test_music_on_hold_is_no_answer(house: House) -> None:
    house.recognizer = FakeRecognizer(clock=house.clock)
    line = await ring(
        house,
        """
        flow: a
        start: [call_incoming]
        steps:
          - choose: Which?
            options: {one: {key: 1, label: one, words: [one]}, two: {key: 2, label: two, words: [two]}}
            into: which
        """,
    )
    await house.clock.advance(seconds("For one, press 1 or say one. For two, press 2 or say two. Which?"))
    line.leg.hold()
    await house.clock.settle()
    line.speak(2.0)
    await house.clock.advance(30)
    assert house.recognizer.asked == []
    assert await line.answers() == []


@pytest.mark.parametrize("held", [0.0, 60.0])
async def test_a_message_goes_on_behind_a_hold(house: House, held: float) -> None:
    line = await ring(
        house,
        """
        flow: a
        start: [call_incoming]
        steps:
          - record: Speak.
            silence: 3s
            into: message
        """,
    )
    await house.clock.advance(seconds("Speak.") + 1)
    line.speak(2.0)
    await house.clock.advance(3.0)
    if held:
        await hold(line, held)
    line.speak(2.0)
    await house.clock.advance(6.0)
    (data,) = house.blobs.kept.values()
    assert read_wav(data).seconds == pytest.approx(5.3, abs=0.8)
