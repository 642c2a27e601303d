"""Yes or no, in German."""

from __future__ import annotations

import re

from .words import normalise

_yes = (
    "ja", "j", "jo", "jawohl", "jep", "ok", "okay", "klar", "na klar", "natürlich", "gerne", "gern", "genau",
    "sicher", "richtig", "stimmt", "korrekt", "einverstanden", "selbstverständlich", "auf jeden fall",
    "passt", "in ordnung", "das ist richtig", "yes",
)  # fmt: skip
_no = (
    "nein", "n", "nee", "ne", "nö", "falsch", "nein danke", "lieber nicht", "auf keinen fall", "niemals",
    "stimmt nicht", "das stimmt nicht", "das ist falsch", "no",
)  # fmt: skip
_negations = frozenset({"nein", "nee", "nö", "nicht", "kein", "keine", "keinen", "keinesfalls", "nie",
                        "niemals", "falsch"})  # fmt: skip
_unsure = frozenset({"weiß", "weiss", "ahnung", "sicher"})
"""With a negation these are no answer: `Ich weiß nicht`."""
_either = re.compile(r"\bkein(?:e)? (?:problem|frage)\b|\bwarum nicht\b|\bnicht (?:schlecht|falsch)\b")
"""With a negation, and yet rather a yes."""
_denied = re.compile(
    r"\b(?:nicht|kaum) (?:so |ganz )?(?:richtig|korrekt|einverstanden)\b"
    r"|\b(?:stimmt|passt) (?:so |mir )?nicht\b|\b(?:natürlich|selbstverständlich) nicht\b"
)


def german_yes_no(text: str) -> bool | None:
    """True for a yes, False for a no; None when it is neither, or both."""
    said = normalise(text)
    if said in _yes:
        return True
    if said in _no:
        return False
    said = _denied.sub("nicht", said)
    if _either.search(said):
        return None
    words = said.split()
    negative = any(word in _negations for word in words)
    if negative and any(word in _unsure for word in words):
        return None
    positive = any(f" {phrase} " in f" {said} " for phrase in _yes if len(phrase) > 1)
    return positive if negative != positive else None
