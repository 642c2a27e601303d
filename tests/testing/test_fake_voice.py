"""The voice of the kit."""

from __future__ import annotations

import pytest

from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed
from botkit.testing import FakeSynthesizer


async def test_a_text_sounds_the_same_every_time_and_unlike_others(voice: FakeSynthesizer) -> None:
    hello = await voice.synthesize("Hello", language="en-US")
    assert hello == await FakeSynthesizer().synthesize("Hello", language="en-US")
    assert hello != await voice.synthesize("Hallo", language="en-US")
    assert hello != await voice.synthesize("Hello", language="de-DE")
    assert voice.text_of(hello) == "Hello"
    assert voice.said == ["Hello", "Hallo", "Hello"]


async def test_a_longer_text_takes_longer(voice: FakeSynthesizer) -> None:
    assert (await voice.synthesize("x" * 50, language="en-US")).seconds == pytest.approx(3.0)
    assert (await voice.synthesize("", language="en-US")).seconds == 0


async def test_it_fails_as_often_as_told(voice: FakeSynthesizer) -> None:
    voice.fail()
    with pytest.raises(SpeechFailed):
        await voice.synthesize("Hello", language="en-US")
    assert (await voice.synthesize("Hello", language="en-US")).samples


def test_a_sound_of_others_has_no_text(voice: FakeSynthesizer) -> None:
    with pytest.raises(KeyError):
        voice.text_of(Pcm(b"\0\0", 8_000))


async def test_a_long_text_comes_in_sentences_that_are_told_apart(voice: FakeSynthesizer) -> None:
    sentences = [
        "This is the first of two sentences that take a while.",
        "The second one takes even longer, it seems.",
    ]
    text = " ".join(sentences) + " Yes."
    spoken = [piece async for piece in voice.stream(text, language="en-US")]
    assert [voice.text_of(piece) for piece in spoken] == [*sentences, "Yes."]
    whole = await voice.synthesize(text, language="en-US")
    assert whole.samples == b"".join(piece.samples for piece in spoken)
    assert voice.text_of(whole) == text
