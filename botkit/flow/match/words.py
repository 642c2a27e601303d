"""Text evened out, so that words can be compared."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 300
"""Characters that are looked at."""

_separators = re.compile(r"[^\w#*+]+")

_fillers = frozenset(
    {"uh", "um", "er", "erm", "ah", "hm", "hmm", "mm", "well", "so", "please", "thanks", "like", "just"}
)
"""Words that people put around an answer."""

_openings = (
    "i would like to", "i would like", "i d like to", "i d like", "i want to", "i want", "i need to",
    "i need", "can i have", "could i have", "can i get", "give me", "let me", "it is", "it s", "that is",
    "that s", "this is", "my number is", "the number is",
)  # fmt: skip
"""What an answer may begin with, the longer before the shorter."""


def normalise(text: str) -> str:
    """Case, punctuation, width and blanks evened out. What is nothing but signs stays: a thumb is a word."""
    if text.isalnum() and text.isascii() and len(text) <= LONGEST:  # one plain word: nearly all answers
        return text.lower()
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    return _separators.sub(" ", folded).strip() or folded.strip()


def essence(text: str) -> str:
    """`text` normalised, without what people say around an answer: fillers, `I'd like to`, `thank you`."""
    said = normalise(text)
    words = said.removesuffix(" thank you").split()
    kept = " ".join(word for word in words if word not in _fillers)
    for opening in _openings:
        kept = kept.removeprefix(f"{opening} ")
    return kept or said
