"""The engine itself. Only the child process imports this."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from py_nanotts import NanoTTS  # type: ignore[import-untyped]

from botkit.model.pcm import Pcm

from . import LANGUAGES, REVISION, installed_version

RATE = 16_000
VOLUME = 0.6
"""At 1.0 about one sample in 200 is clipped."""
AUDIBLE = 200
"""Of 32767: quieter edges are cut off."""
EDGE = round(0.02 * RATE)
"""Samples left standing before and behind what is audible."""
PAUSE = round(0.3 * RATE)
"""Samples between two sentences."""
EMPTY = round(0.1 * RATE)
"""Samples of silence for a text that has nothing to say."""
LONGEST = 400
"""Characters spoken at once; a sentence that is longer is broken at a space."""

M_PERTURB = -6
"""glibc's number for it (`malloc.h`)."""

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f]+")

Samples = npt.NDArray[np.int16]


class PicoEngine:
    """Speaks sentence by sentence, the same text always the same, to the byte."""

    version = f"{installed_version()}-{REVISION}"

    def __init__(self) -> None:
        _zero_new_memory()
        self._pico = NanoTTS()

    def synthesize(self, text: str, language: str) -> Pcm:
        """16 kHz. Raises `ValueError` for a language it has not."""
        voice = voice_for(language)
        pause = np.zeros(PAUSE, np.int16)
        sound: list[Samples] = []
        for sentence in sentences(text):
            spoken = self._speak(sentence, voice)
            sound += [pause, spoken] if sound and len(spoken) else [spoken]
        whole = np.concatenate([np.zeros(0, np.int16), *sound])
        return Pcm((whole if len(whole) else np.zeros(EMPTY, np.int16)).astype("<i2").tobytes(), RATE)

    def _speak(self, sentence: str, voice: str) -> Samples:
        samples = np.frombuffer(self._pico.speak(sentence, voice=voice, volume=VOLUME), "<i2")
        (audible,) = np.nonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
        if not len(audible):
            return np.zeros(0, np.int16)
        return samples[max(audible[0] - EDGE, 0) : audible[-1] + EDGE]


def _zero_new_memory() -> None:
    """PicoTTS reads memory that it never wrote: pauses and vowels come out longer or shorter by what an
    earlier sentence left there, up to half a second a prompt. glibc can be told to hand out memory filled
    with a byte, the complement of the value given; other C libraries have no such switch.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_PERTURB, 0xFF)


def voice_for(language: str) -> str:
    """`de-DE` for `de`, `de-DE` and `de-AT`. Raises `ValueError`."""
    wanted = language.replace("_", "-").lower()
    exact = [name for name in LANGUAGES if name.lower() == wanted]
    kin = [name for name in LANGUAGES if name[:2].lower() == wanted.split("-")[0]]
    if not kin:
        raise ValueError(f"PicoTTS does not speak {language!r}; it speaks {', '.join(LANGUAGES)}")
    return (exact or kin)[0]


def sentences(text: str) -> Iterator[str]:
    """What is spoken at once, nothing empty."""
    clean = UNSPEAKABLE.sub(" ", text)
    for sentence in SENTENCE_END.split(clean):
        rest = sentence.strip()
        while len(rest) > LONGEST:
            space = rest.rfind(" ", 1, LONGEST)
            end = space if space > 0 else LONGEST
            yield rest[:end].strip()
            rest = rest[end:].strip()
        if rest:
            yield rest
