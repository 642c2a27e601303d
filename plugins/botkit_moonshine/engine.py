"""The engine itself. Only the child process imports this.

One `Transcriber` in one thread: used from two at once it returns binary garbage, without an exception.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import moonshine_voice
import numpy as np
import numpy.typing as npt
import soxr
from moonshine_voice import ModelArch
from moonshine_voice.transcriber import Transcriber

from botkit.flow import match
from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard
from botkit.speech.gate import WINDOW
from botkit.speech.silero import Silero
from botkit.speech.suppression import without_noise

from . import installed_version, model_folder

OPTIONS = {"vad_threshold": "0"}
"""Its own voice gate is off: it remembers the utterances before, of other lines, and loses half the digits
that come over a telephone. A detector that forgets keeps from it what is no speech; it has words for that."""
DETECTOR_RATE = 16_000
SPEECH = 0.2
"""Of the detector's highest score: utterances in noise over a telephone have 0.46 or more; noise, clicks and
key tones 0.04 or less."""
OF_NOTHING = frozenset({"", "you", "thank you for watching"})
"""What it writes for a stretch of noise without speech."""
CLOSED = frozenset({SpeechKind.CHOICE, SpeechKind.YES_NO})
"""Answers of which in noise there is a second reading, unless the first is one already: what is on offer
tells which one is right."""
LONGEST = 6.0
"""Seconds of an utterance that is read twice; a longer one is hardly such an answer."""


class MoonshineEngine:
    """Writes down whatever was said, of whole utterances; phrases do not bind it."""

    version = installed_version()

    def __init__(self) -> None:
        """Loads the models, which takes half a second."""
        folder = model_folder(Path(moonshine_voice.__file__).parent)
        self._transcriber = Transcriber(str(folder), ModelArch.TINY, options=OPTIONS)
        self._detector = Silero()

    def recognise(self, utterance: Pcm, language: str, kind: SpeechKind, phrases: Sequence[str]) -> Heard:
        """At any rate. It gives no confidence of its own; in noise it may give a second reading."""
        sound = np.frombuffer(utterance.samples, "<i2").astype(np.float32) / np.float32(32_768)
        if not self._has_speech(sound, utterance.rate):
            return Heard(text="")
        text = self._read(sound, utterance.rate)
        if kind not in CLOSED or utterance.seconds > LONGEST or _answers(text, kind, phrases):
            return Heard(text=text)
        quieter = without_noise(sound, utterance.rate)
        if quieter is None:
            return Heard(text=text)
        other = self._read(quieter, utterance.rate)
        return Heard(text=text, alternatives=(other,) if other not in ("", text) else ())

    def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        """None: it spells what it hears."""
        return ()

    def _read(self, sound: npt.NDArray[np.float32], rate: int) -> str:
        transcript = self._transcriber.transcribe_without_streaming(sound.tolist(), rate)
        lines = (line.text.strip() for line in transcript.lines)
        return " ".join(line for line in lines if line.casefold().rstrip(".!") not in OF_NOTHING)

    def _has_speech(self, sound: npt.NDArray[np.float32], rate: int) -> bool:
        self._detector.forget()
        resampled = sound if rate == DETECTOR_RATE else soxr.resample(sound, rate, DETECTOR_RATE)
        starts = range(0, len(resampled) - WINDOW + 1, WINDOW)
        return any(self._detector.score(resampled[start : start + WINDOW]) >= SPEECH for start in starts)


def _answers(text: str, kind: SpeechKind, phrases: Sequence[str]) -> bool:
    """Whether these very words answer the question, so that another reading could not say otherwise."""
    said = match.normalise(text)
    on_offer = any(said == match.normalise(phrase) for phrase in phrases)
    return on_offer or (kind is SpeechKind.YES_NO and match.yes_no(text) is not None)
