"""Is it what was expected? Texts and values, and of what is not, what comes nearest. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

YES = frozenset({"true", "yes", "on"})
NO = frozenset({"false", "no", "off"})
LONGEST_SEARCHED = 20_000
"""Characters of a text that a pattern is tried on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A text as it should be: one of the three."""

    contains: str = ""
    exactly: str | None = None
    matches: str | None = None
    """A regular expression, found anywhere in it."""

    def fits(self, text: str) -> bool:
        """Whether this is it. White space counts as one space."""
        if self.exactly is not None:
            return folded(text) == folded(self.exactly)
        if self.matches is not None:
            return re.search(self.matches, text[:LONGEST_SEARCHED]) is not None
        return folded(self.contains) in folded(text)

    def __str__(self) -> str:
        if self.exactly is not None:
            return f"exactly {quoted(self.exactly)}"
        return f"a match of {self.matches}" if self.matches is not None else quoted(self.contains)

    @property
    def words(self) -> str:
        """What a text is compared with to find the nearest one."""
        return self.exactly if self.exactly is not None else self.matches or self.contains


def folded(text: str) -> str:
    """`text` with each stretch of white space as one space."""
    return " ".join(text.split())


def quoted(text: str) -> str:
    """For a message: on one line."""
    return f'"{folded(text)}"'


def nearest(words: str, texts: Iterable[str]) -> str | None:
    """Which of `texts` is most like `words`; None when there is none."""
    found = [(_likeness(words, text), text) for text in texts]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _likeness(words: str, text: str) -> float:
    """By the words they share, so that a short expectation is found in a long text."""
    wanted, given = (folded(each).lower().split() for each in (words, text))
    blocks = SequenceMatcher(None, wanted, given, autojunk=False).get_matching_blocks()
    shared = sum(block.size for block in blocks)
    whole = SequenceMatcher(None, words.lower(), text.lower(), autojunk=False).quick_ratio()
    return shared / max(len(wanted), 1) + whole


def same(expected: object, actual: object) -> bool:
    """Whether a value of a flow is what a script says, where every scalar is text: `3` is the number 3 too,
    `yes` is true, nothing is none; a mapping may leave names out."""
    if expected is None or (expected == "none" and actual is None):
        return actual is None
    if isinstance(expected, Mapping):
        return isinstance(actual, Mapping) and all(
            same(value, actual.get(name)) for name, value in expected.items()
        )
    if isinstance(expected, Sequence) and not isinstance(expected, str):
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(expected)
            and all(map(same, expected, actual))
        )
    if isinstance(expected, str):
        return _same_scalar(str(expected), actual)
    return expected == actual


def _same_scalar(expected: str, actual: object) -> bool:
    if isinstance(actual, bool):
        return expected.lower() in (YES if actual else NO)
    if isinstance(actual, int | float):
        try:
            return float(expected) == actual
        except ValueError:
            return False
    return isinstance(actual, str) and expected == actual
