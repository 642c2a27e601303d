"""What an engine is given to speak at once, and how its sounds follow each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from botkit.flow.ssml import is_ssml
from botkit.model.pcm import Pcm

LONGEST = 400
"""Characters; a sentence that is longer is broken at a space."""
SHORT = 100
"""Characters; a text that is no longer is spoken in one piece, however many sentences it has."""
PAUSE = 0.3
"""Seconds between two sentences."""

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f]+")


def speakable(text: str) -> str:
    """`text` without control characters: a zero ends a C string, and espeak takes 0x01 for a command."""
    return UNSPEAKABLE.sub(" ", text).strip()


def sentences(text: str, longest: int = LONGEST) -> Iterator[str]:
    """The sentences of `text`, speakable, nothing empty, none longer than `longest` characters."""
    for sentence in SENTENCE_END.split(speakable(text)):
        rest = sentence.strip()
        while len(rest) > longest:
            space = rest.rfind(" ", 1, longest)
            end = space if space > 0 else longest
            yield rest[:end].strip()
            rest = rest[end:].strip()
        if rest:
            yield rest


def pieces(text: str) -> tuple[str, ...]:
    """What of `text` is spoken, and kept, each by itself; at least one. SSML is not taken apart."""
    if len(text) <= SHORT or is_ssml(text):
        return (text,)
    return tuple(sentences(text)) or (text,)


def paused(pcm: Pcm) -> Pcm:
    """With the pause behind it that stands between two sentences."""
    return Pcm(pcm.samples + bytes(2 * round(PAUSE * pcm.rate)), pcm.rate)


def strung(spoken: Sequence[Pcm]) -> Pcm:
    """What a voice gave piece by piece, as one sound."""
    return spoken[0] if len(spoken) == 1 else Pcm(b"".join(each.samples for each in spoken), spoken[0].rate)
