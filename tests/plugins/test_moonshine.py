"""Moonshine's second reading: in noise, and only where the first is no answer already."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit_moonshine.engine import MoonshineEngine
from botkit_picotts.engine import PicoEngine

SAID = "The weather will be fine tomorrow."


@pytest.fixture(scope="module")
def engine() -> MoonshineEngine:
    return MoonshineEngine()


def noisy(text: str) -> Pcm:
    """So noisy that the two readings differ."""
    spoken = PicoEngine().synthesize(text, "en-US")
    sound = np.pad(np.frombuffer(spoken.samples, "<i2").astype(float), spoken.rate // 2)
    noise = np.random.default_rng(5).standard_normal(len(sound)) * 2000
    return Pcm(np.clip(sound + noise, -32768, 32767).astype("<i2").tobytes(), spoken.rate)


def test_an_answer_that_is_on_offer_is_read_once(engine: MoonshineEngine) -> None:
    utterance = noisy(SAID)
    first = engine.recognise(utterance, "en", SpeechKind.CHOICE, ["opening hours"])
    assert first.alternatives
    again = engine.recognise(utterance, "en", SpeechKind.CHOICE, ["opening hours", first.text.upper()])
    assert (again.text, again.alternatives) == (first.text, ())


def test_a_yes_needs_no_phrase(engine: MoonshineEngine) -> None:
    utterance = noisy("Yes, that's right.")
    assert engine.recognise(utterance, "en", SpeechKind.CHOICE, []).alternatives
    assert engine.recognise(utterance, "en", SpeechKind.YES_NO, []).alternatives == ()
