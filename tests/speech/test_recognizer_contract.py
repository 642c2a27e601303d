"""What every recogniser does, the kit's included: one suite, real engines in real child processes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

import botkit_moonshine
import botkit_picotts
import botkit_pocketsphinx
from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import RecognitionFailed, Recognizer
from botkit.speech.host import VoiceHost
from botkit.speech.recognizer import RecognizerHost
from botkit.testing import FakeRecognizer

PHRASES = ("opening hours", "technical support", "speak to an agent")
SAID = "speak to an agent"
SILENCE = Pcm(bytes(16_000), 16_000)


def moonshine() -> Recognizer:
    return RecognizerHost(botkit_moonshine.register_recognizers()[0], workers=1, timeout=60)


def pocketsphinx() -> Recognizer:
    return RecognizerHost(botkit_pocketsphinx.register_recognizers()[0], workers=1, timeout=60)


def fake() -> Recognizer:
    return FakeRecognizer(SAID)


@pytest.fixture
async def said() -> Pcm:
    """`SAID`, spoken by the bot's own voice, with silence around it."""
    voice = VoiceHost(botkit_picotts.register_voices()[0], timeout=60)
    try:
        pcm = await voice.synthesize(SAID, language="en-US")
    finally:
        await voice.close()
    return Pcm(SILENCE.samples + pcm.samples + SILENCE.samples, pcm.rate)


@pytest.fixture(params=[fake, moonshine, pocketsphinx])
async def recognizer(request: pytest.FixtureRequest) -> AsyncIterator[Recognizer]:
    make: Callable[[], Recognizer] = request.param
    made = make()
    yield made
    await made.close()


async def test_it_hears_a_choice(recognizer: Recognizer, said: Pcm) -> None:
    heard = await recognizer.recognise(
        said, language="en-GB", kind=SpeechKind.CHOICE, phrases=PHRASES, caller="ada"
    )
    assert heard.text.strip(" .").casefold() == SAID
    assert heard.confidence is None or 0 <= heard.confidence <= 1
    assert recognizer.name
    assert recognizer.version


async def test_silence_has_no_words(recognizer: Recognizer) -> None:
    if isinstance(recognizer, FakeRecognizer):
        pytest.skip("it hears what is written, not sound")
    heard = await recognizer.recognise(SILENCE, language="en", kind=SpeechKind.CHOICE, phrases=PHRASES)
    assert heard.text == ""


async def test_one_region_stands_for_the_others(recognizer: Recognizer) -> None:
    assert recognizer.hears("en")
    assert recognizer.hears("en-GB")
    assert recognizer.hears("en_AU")
    assert not recognizer.hears("de-DE")
    with pytest.raises(RecognitionFailed, match="does not hear 'de-DE'"):
        await recognizer.recognise(SILENCE, language="de-DE", kind=SpeechKind.TEXT)


async def test_it_may_be_closed_twice(recognizer: Recognizer) -> None:
    await recognizer.close()
    await recognizer.close()


async def test_noise_and_tones_have_no_words(recognizer: Recognizer) -> None:
    if recognizer.name != "moonshine":
        pytest.skip("only one that is bound to no grammar has words for everything")
    noise = np.random.default_rng(1).standard_normal(16_000) * 1000
    seconds = np.arange(16_000) / 16_000
    key = 6000 * (np.sin(2 * np.pi * 770 * seconds) + np.sin(2 * np.pi * 1336 * seconds))
    for sound in (noise, key):
        utterance = Pcm(sound.astype("<i2").tobytes(), 16_000)
        heard = await recognizer.recognise(utterance, language="en", kind=SpeechKind.TEXT)
        assert heard.text == ""
