"""Whether somebody who pauses behind these words has more to say: some phrase on offer may go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto

from .choices import phrases_of
from .speech import ranked
from .words import essence


class Completeness(Enum):
    """How much of an answer words are."""

    PART = auto()
    """None, or rather the beginning of one."""
    MAY_GO_ON = auto()
    """A whole one, which may yet become a longer one: `twenty`."""
    WHOLE = auto()
    """Nothing that could follow would be an answer as well."""


def of_choice(text: str, choices: Mapping[str, Iterable[str]], name: str) -> Completeness:
    """How much of the choice `name` is said: they are taken for it, but that may be too early.

    Where a whole phrase stands at the end of `text`, a longer one may go on from there: of another choice
    (then these words are a part), or of the same one. Where none does, they are a part if they are at least
    as like the beginning of a phrase as a whole one: `track my`, of `track my order`.
    """
    said, phrases = essence(text), phrases_of(choices)
    whole = _length_behind(said, (phrase for phrase, _ in phrases))
    if whole:
        longer = {owner for phrase, owner in phrases if _length_behind(said, _beginnings(phrase)) >= whole}
        if longer - {name}:
            return Completeness.PART
        return Completeness.MAY_GO_ON if longer else Completeness.WHOLE
    beginnings = {(begun, owner) for phrase, owner in phrases for begun in _beginnings(phrase)}
    begun = _nearness(said, [*beginnings]) >= _nearness(said, phrases)
    return Completeness.PART if begun else Completeness.WHOLE


def _beginnings(phrase: str) -> Iterator[str]:
    """`track` and `track my` of `track my order`."""
    words = phrase.split()
    return (" ".join(words[:count]) for count in range(1, len(words)))


def _length_behind(said: str, phrases: Iterable[str]) -> int:
    """Letters of the longest of the phrases that stands at the end; 0 = none does."""
    return max((len(phrase) for phrase in phrases if f" {said}".endswith(f" {phrase}")), default=0)


def _nearness(said: str, phrases: list[tuple[str, str]]) -> float:
    return max((found.score for found in ranked(said, phrases)), default=0.0)
