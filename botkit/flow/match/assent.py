"""Yes or no."""

from __future__ import annotations

from .words import normalise

_yes = (
    "yes",
    "y",
    "yeah",
    "yep",
    "yup",
    "sure",
    "ok",
    "okay",
    "of course",
    "correct",
    "right",
    "true",
    "please do",
)
_no = (
    "no",
    "n",
    "nope",
    "nah",
    "no thanks",
    "no thank you",
    "wrong",
    "false",
    "not really",
    "never",
    "do not",
)
_negations = frozenset({"no", "not", "never", "nope", "wrong", "isn", "don", "doesn", "cannot"})
_unsure = frozenset({"know", "idea"})
"""With a negation these are no answer: `I don't know`."""


def yes_no(text: str) -> bool | None:
    """True for a yes, False for a no."""
    said = normalise(text)
    if said in _yes:
        return True
    if said in _no:
        return False
    words = said.split()
    negative = any(word in _negations for word in words)
    if negative and any(word in _unsure for word in words):
        return None
    positive = any(f" {phrase} " in f" {said} " for phrase in _yes if len(phrase) > 1)
    if negative == positive:
        return None
    return positive
