"""Two legs whose far ends talk to each other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, encode
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, PromptFinished, PromptStarted
from botkit.testing.caller import Caller

Dial = Callable[..., Awaitable[Any]]
Voice = Callable[[float, int], Pcm]


async def more(caller: Caller, packets: int) -> None:
    """Return when so many more have come."""
    wanted = len(caller.packets) + packets
    await caller.until(lambda: len(caller.packets) >= wanted)


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
    await anna.caller.say(first)
    await more(ben.caller, 15)
    await ben.caller.say(second)
    await more(anna.caller, 15)
    assert ben.objection(first) == ""
    assert anna.objection(second) == ""
    assert listener.objection(first) == "", "the bot hears it, too"


async def test_the_same_codec_goes_through_as_it_is(dial: Dial, voice: Voice) -> None:
    anna, ben = await dial(), await dial()
    anna.leg.bridge(ben.leg)
    said = voice(0.4, 1)
    await anna.caller.say(said)
    await ben.caller.until_quiet()
    heard = [packet.payload for packet in ben.caller.packets if packet.prompt]
    assert heard == list(encode(said, OPUS))


@pytest.mark.parametrize("codec", [OPUS, PCMU], ids=lambda codec: codec.name)
async def test_sound_is_carried_with_little_delay(dial: Dial, voice: Voice, codec: AudioCodec) -> None:
    anna, ben = await dial(), await dial(codec)
    anna.leg.bridge(ben.leg)
    await anna.caller.say(voice(0.5, 1))
    await more(ben.caller, 1)
    first = ben.caller.first_prompt_at(anna.caller._said_from)
    assert first is not None
    assert first - anna.caller._said_from < 0.15


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
