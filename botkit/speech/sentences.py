"""What an engine is given to speak at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 400
"""Characters; a sentence that is longer is broken at a space."""

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
