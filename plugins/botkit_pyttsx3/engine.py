"""The engine itself. Only the child process imports this.

pyttsx3 2.99 has to be handled with care on Linux:

- there is one engine for the life of the process, because making it anew crashes the process;
- there is one utterance per `runAndWait`, because of several only the last is written;
- `runAndWait` may return before the utterance is over, so its end is waited for, not assumed.

When a sentence does not come back whole, nobody can say what the engine still does behind our back: this
process ends, and the host asks a fresh one.
"""

from __future__ import annotations

import tempfile
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyttsx3

from botkit.model.pcm import Pcm
from botkit.speech.edges import Samples, joined
from botkit.speech.languages import nearest
from botkit.speech.sentences import sentences
from botkit_espeak.voices import VOICES

from . import REVISION, installed_version

RATE = 22_050
WORDS_A_MINUTE = 175
"""espeak-ng's own; pyttsx3 would take 200."""
PATIENCE = 5.0
"""Seconds for one sentence; it takes some 15 ms."""
QUICKEST = 0.01
"""Seconds of sound a letter at least; the quickest of speakers need 0.04."""


class Pyttsx3Engine:
    """Speaks sentence by sentence, each into a file."""

    version = f"{installed_version()}-{REVISION}"

    def __init__(self) -> None:
        self._engine = pyttsx3.init("espeak")
        self._engine.setProperty("rate", WORDS_A_MINUTE)
        self._over = threading.Event()
        self._completed = False
        self._engine.connect("finished-utterance", self._finished)
        self._engine.connect("error", self._failed)

    def synthesize(self, text: str, language: str) -> Pcm:
        """22050 Hz. Raises `ValueError` for a language it has not; ends the process when it fails."""
        voice = VOICES[nearest(language, tuple(VOICES))]
        with tempfile.TemporaryDirectory(prefix="botkit-pyttsx3-") as folder:
            return joined(self._spoken(text, voice, Path(folder, "sentence.wav")), RATE)

    def _spoken(self, text: str, voice: str, file: Path) -> Iterator[Samples]:
        for sentence in sentences(text):
            self._say(sentence, voice, file)
            samples = _read(file)
            letters = sum(character.isascii() and character.isalpha() for character in sentence)
            if samples is None or len(samples) < letters * QUICKEST * RATE:
                raise SystemExit(f"pyttsx3 left no whole sound of {sentence[:60]!r}")
            file.unlink()
            yield samples

    def _say(self, sentence: str, voice: str, file: Path) -> None:
        self._over.clear()
        self._completed = False
        self._engine.setProperty("voice", voice)
        self._engine.save_to_file(sentence, str(file))
        self._engine.runAndWait()
        if not self._over.wait(PATIENCE) or not self._completed:
            raise SystemExit(f"pyttsx3 did not finish {sentence[:60]!r}")

    def _finished(self, name: str | None, completed: bool) -> None:
        """Told by espeak's own thread, after the file was closed."""
        self._completed = completed
        self._over.set()

    def _failed(self, name: str | None, exception: Exception) -> None:
        raise SystemExit(f"pyttsx3 failed: {exception}")


def _read(file: Path) -> Samples | None:
    """None when it is no whole file of the rate that it should have."""
    try:
        with wave.open(str(file), "rb") as sound:
            data = sound.readframes(sound.getnframes())
            whole = len(data) == 2 * sound.getnframes() and sound.getframerate() == RATE
    except (OSError, EOFError, wave.Error):
        return None
    return np.frombuffer(data, "<i2").astype(np.int16) if whole else None
