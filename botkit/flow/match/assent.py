"""Yes or no."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from botkit.flow.tags import primary

from .assent_german import german_yes_no
from .speech import spoken as by_sound
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
    "absolutely",
    "definitely",
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
    "incorrect",
    "false",
    "not really",
    "never",
    "do not",
)
_negations = frozenset({"no", "not", "never", "nope", "wrong", "incorrect", "isn", "don", "doesn", "cannot"})
_unsure = frozenset({"know", "idea", "sure"})
"""With a negation these are no answer: `I don't know`."""
_denied = re.compile(
    r"\b(?:not|isn t|never) (?:that |quite )?(?:right|correct|true|ok|okay)\b"
    r"|\b(?:absolutely|definitely|of course) not\b"
)
_either = re.compile(r"\bno (?:problem|doubt|worries)\b|\bwhy not\b|\bnot (?:bad|wrong)\b")
"""With a negation, and yet rather a yes."""
YES_NO: Mapping[str, Sequence[str]] = {
    "yes": (*_yes, "yes please", "that is right", "that s right", "yes that s correct"),
    "no": (*_no, "that s wrong", "that s not right", "no that s wrong", "definitely not"),
}
"""How people put it."""


def yes_no(text: str, *, spoken: bool = False, language: str = "") -> bool | None:
    """True for a yes, False for a no. `spoken`: of a recogniser, whose words may only sound like one.
    `language` is BCP 47; German is read as German, all else as English."""
    if primary(language) == "de":
        return german_yes_no(text)
    said = _denied.sub("not", normalise(text))
    if said in _yes:
        return True
    if said in _no:
        return False
    if _either.search(said):
        return None
    words = said.split()
    negative = any(word in _negations for word in words)
    if negative and any(word in _unsure for word in words):
        return None
    positive = any(f" {phrase} " in f" {said} " for phrase in _yes if len(phrase) > 1)
    if negative != positive:
        return positive
    return None if negative or not spoken else _by_sound(text)


def _by_sound(text: str) -> bool | None:
    found = by_sound(text, YES_NO)
    return found.name == "yes" if found is not None and found.sure else None
