"""Two legs whose far ends talk to each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, encode
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, PromptFinished, PromptStarted
from botkit.testing.caller import Caller
from tests.media.conftest import more

Dial = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]

TRIES = 6


async def said_until(speaker: Caller, sound: Pcm, hearer: Caller, heard: Callable[[], bool]) -> None:
    """Say it until it was heard. A machine that stands still for a moment makes a hole in what is passed on,
    as the relay's own tests say; whoever was not understood says it again."""
    for _ in range(TRIES):
        await speaker.say(sound)
        await more(hearer, 15)
        if heard():
            return
    raise AssertionError(f"not heard in {TRIES} tries")


@pytest.mark.parametrize(
    ("one", "two"), [(OPUS, OPUS), (PCMU, PCMU), (OPUS, PCMU), (PCMU, PCMA)], ids=lambda codec: codec.name
)
async def test_both_hear_each_other(
    dial: Dial, ring: Dial, ear: Any, voice: Voice, one: AudioCodec, two: AudioCodec
) -> None:
    anna, ben = await dial(one), await ring(two)
    anna.leg.bridge(ben.leg)
    listener = ear(anna.leg)
    first, second = voice(0.8, 1), voice(0.8, 2)
    await said_until(anna.caller, first, ben.caller, lambda: ben.objection(first) == "")
    await said_until(ben.caller, second, anna.caller, lambda: anna.objection(second) == "")
    assert listener.objection(first) == "", "the bot hears it, too"


async def test_the_same_codec_goes_through_as_it_is(dial: Dial, voice: Voice) -> None:
    anna, ben = await dial(), await dial()
    anna.leg.bridge(ben.leg)
    said = voice(0.4, 1)
    whole = b"".join(encode(said, OPUS))

    def heard() -> bool:
        return whole in b"".join(packet.payload for packet in ben.caller.packets if packet.prompt)

    await said_until(anna.caller, said, ben.caller, heard)


async def test_keys_are_told_and_pressed_at_the_other_end(dial: Dial) -> None:
    anna, ben, carl = await dial(), await dial(PCMU), await dial(keys=False)
    anna.leg.bridge(ben.leg)
    await anna.caller.press("4")
    await ben.caller.until(lambda: bool(ben.caller.keys))
    assert [event.digit for event in anna.told.of(DigitPressed)] == ["4"]
    assert [key.key for key in ben.caller.keys] == ["4"]
    anna.leg.bridge(carl.leg)
    await anna.caller.press("5")
    await carl.caller.until_quiet(0.3)
    assert carl.caller.tones() == "5"
    assert [key.key for key in ben.caller.keys] == ["4"]


async def test_prompts_are_cut_and_stay_out_while_it_lasts(dial: Dial, voice: Voice) -> None:
    anna, ben = await dial(), await dial()
    anna.leg.play("long", voice(5.0, 1))
    await anna.caller.until_prompt()
    anna.leg.bridge(ben.leg)
    ben.leg.play("meanwhile", voice(0.2, 2))
    ben.leg.send_digits("keys", "1")
    await anna.told.until(lambda: bool(anna.told.of(PromptFinished)))
    await ben.told.until(lambda: len(ben.told.of(PromptFinished)) == 2)
    assert all(event.cut for call in (anna, ben) for event in call.told.of(PromptFinished))
    assert not ben.told.of(PromptStarted)
    ben.leg.bridge(None)
    anna.leg.play("again", voice(0.2, 3))
    await anna.told.until(lambda: len(anna.told.of(PromptFinished)) == 2)
    assert not anna.told.of(PromptFinished)[-1].cut
    await anna.caller.until_quiet()
    await anna.caller.say(voice(0.2, 4))
    assert ben.caller.packets[-1].prompt is False


async def test_the_end_of_one_leg_ends_the_bridge(dial: Dial, voice: Voice) -> None:
    anna, ben = await dial(), await dial()
    anna.leg.bridge(ben.leg)
    await ben.leg.close()
    anna.leg.play("alone", voice(0.2, 1))
    await anna.told.until(lambda: bool(anna.told.of(PromptFinished)))
    assert not anna.told.of(PromptFinished)[0].cut
