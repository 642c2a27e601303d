"""What the tests of voices share: a voice held against a telephone's measure, and engines with a fault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from botkit.model.pcm import Pcm
from botkit.speech.host import VoiceHost

if TYPE_CHECKING:
    from botkit.ports.speech import VoiceEngine

LONG = "Our office is open from nine to five, and you find it beside the river. " * 7
"""Some 500 characters: more than pyttsx3 by itself brings to an end as its first words."""


async def assert_a_voice(host: VoiceHost, rate: int) -> None:
    """Long words first, then short ones: loud enough, not clipped, begun at once, as long as they should."""
    long = await host.synthesize(LONG, language="en-US")
    assert 20 < long.seconds < 50
    short = await host.synthesize("Welcome to Example Limited.", language="en-US")
    assert 1.1 < short.seconds < 2.6
    for pcm in (long, short):
        assert pcm.rate == rate
        sound = samples(pcm)
        level = 20 * np.log10(np.sqrt(np.mean(sound**2)) / 32768)
        assert -24 < level < -12
        assert np.mean(np.abs(sound) >= 32767) < 0.001
        assert np.flatnonzero(np.abs(sound) > 200)[0] <= 0.021 * rate


def samples(pcm: Pcm) -> np.ndarray:
    return np.frombuffer(pcm.samples, "<i2").astype(float)


def espeak_of_the_system() -> VoiceEngine:
    """Where the package is not installed."""
    from botkit_espeak import engine

    engine.has_loader = lambda: False
    return engine.EspeakEngine()


def pyttsx3_that_forgets() -> VoiceEngine:
    """Leaves no file for the first sentence of the first process."""
    from botkit_pyttsx3.engine import Pyttsx3Engine

    engine = Pyttsx3Engine()
    marker = Path(os.environ["BOTKIT_TEST_MARKER"])
    if not marker.exists():
        marker.touch()
        say = engine._say
        engine._say = lambda sentence, voice, file: (say(sentence, voice, file), file.unlink())[0]  # type: ignore[method-assign]
    return engine


def pyttsx3_that_cuts() -> VoiceEngine:
    """Leaves the first tenth of every sentence."""
    import wave

    from botkit_pyttsx3.engine import Pyttsx3Engine

    engine = Pyttsx3Engine()
    say = engine._say

    def cut(sentence: str, voice: str, file: Path) -> None:
        say(sentence, voice, file)
        with wave.open(str(file), "rb") as whole:
            part = whole.readframes(whole.getnframes() // 10)
        with wave.open(str(file), "wb") as short:
            short.setparams((1, 2, 22_050, 0, "NONE", ""))
            short.writeframes(part)

    engine._say = cut  # type: ignore[method-assign]
    return engine
