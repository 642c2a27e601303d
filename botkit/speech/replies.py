"""What a recogniser's process replied, believed only where it makes sense."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from botkit.ports.speech import Heard

MOST_TEXT = 2_000
"""Characters."""
MOST_ALTERNATIVES = 20
UNWRITABLE = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Unicode's categories that no words have: control, unassigned, private, surrogate."""


class Garbage(Exception):
    """No sound engine replies this."""


def heard(head: Mapping[str, object]) -> Heard:
    """The words in a reply. Raises `Garbage`."""
    text, alternatives = _text(head.get("text")), head.get("alternatives", [])
    if not isinstance(alternatives, list) or len(alternatives) > MOST_ALTERNATIVES:
        raise Garbage("alternatives that are no list, or too many")
    others = tuple(map(_text, alternatives))
    confidence = head.get("confidence")
    if confidence is None:
        return Heard(text=text, alternatives=others)
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        raise Garbage("a confidence that is not from 0 to 1")
    return Heard(text=text, confidence=float(confidence), alternatives=others)


def unknown_words(head: Mapping[str, object]) -> Sequence[str]:
    """The list in a reply. Raises `Garbage`."""
    words = head.get("unknown")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Garbage("no list of words")
    return words


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MOST_TEXT:
        raise Garbage("no text, or too much of it")
    if any(unicodedata.category(sign) in UNWRITABLE or sign == "\N{REPLACEMENT CHARACTER}" for sign in value):
        raise Garbage("text with signs that no words have")
    return value
