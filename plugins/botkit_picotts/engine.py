"""The engine itself. Only the child process imports this."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator

import numpy as np
from py_nanotts import NanoTTS  # type: ignore[import-untyped]

from botkit.model.pcm import Pcm
from botkit.speech.edges import Samples, joined
from botkit.speech.languages import nearest
from botkit.speech.sentences import sentences

from . import LANGUAGES, REVISION, installed_version

RATE = 16_000
VOLUME = 0.6
"""At 1.0 about one sample in 200 is clipped."""

M_PERTURB = -6
"""glibc's number for it (`malloc.h`)."""


class PicoEngine:
    """Speaks sentence by sentence, the same text always the same, to the byte."""

    version = f"{installed_version()}-{REVISION}"

    def __init__(self) -> None:
        _zero_new_memory()
        self._pico = NanoTTS()

    def synthesize(self, text: str, language: str) -> Pcm:
        """16 kHz. Raises `ValueError` for a language it has not."""
        return joined(self._spoken(text, nearest(language, LANGUAGES)), RATE)

    def _spoken(self, text: str, voice: str) -> Iterator[Samples]:
        for sentence in sentences(text):
            yield np.frombuffer(self._pico.speak(sentence, voice=voice, volume=VOLUME), "<i2")


def _zero_new_memory() -> None:
    """PicoTTS reads memory that it never wrote: pauses and vowels come out longer or shorter by what an
    earlier sentence left there, up to half a second a prompt. glibc can be told to hand out memory filled
    with a byte, the complement of the value given; other C libraries have no such switch.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_PERTURB, 0xFF)
