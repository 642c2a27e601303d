"""The kit's recogniser: what the test wrote is heard, in order, when the clock says so."""

from __future__ import annotations

import asyncio

import pytest

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard, Overloaded, RecognitionFailed
from botkit.testing import FakeRecognizer, VirtualClock

SOUND = Pcm(bytes(640), 16_000)


async def heard(recognizer: FakeRecognizer, caller: str = "ada") -> Heard:
    return await recognizer.recognise(
        SOUND, language="en-US", kind=SpeechKind.CHOICE, phrases=["hours"], caller=caller
    )


async def test_texts_come_in_order_and_then_nothing() -> None:
    ears = FakeRecognizer("yes", "no")
    ears.hear("perhaps", confidence=0.4)
    assert [(await heard(ears)).text for _ in range(4)] == ["yes", "no", "perhaps", ""]
    asked = ears.asked[0]
    assert (asked.utterance, asked.phrases, asked.caller) == (SOUND, ("hours",), "ada")


async def test_a_failure_is_one_utterances() -> None:
    ears = FakeRecognizer()
    ears.fail()
    ears.fail(Overloaded("all are busy"))
    ears.hear("yes")
    with pytest.raises(RecognitionFailed, match="died"):
        await heard(ears)
    with pytest.raises(Overloaded):
        await heard(ears)
    assert (await heard(ears)).text == "yes"


async def test_a_delay_passes_on_the_clock() -> None:
    clock = VirtualClock()
    ears = FakeRecognizer(clock=clock)
    ears.hear("late", after=2.0)
    waiting = asyncio.create_task(heard(ears))
    await clock.advance(1.9)
    assert not waiting.done()
    await clock.advance(0.2)
    assert (await waiting).text == "late"
