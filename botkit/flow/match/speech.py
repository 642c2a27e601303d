"""Which of the choices on offer a recogniser's words mean: it writes what it heard, which may be others."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache

from .choices import Match, named_in, names_in, phrases_of
from .sounds import likeness
from .words import essence

SURE = 0.56
"""Likeness from which a choice is taken. Of 100 utterances that mean none of 20, two at most reach it."""
SHORT = 10
"""Letters; for each one that a phrase has less, `SURE_PER_LETTER` is added: all short words are alike."""
SURE_PER_LETTER = 0.02
PERHAPS = 0.46
"""Likeness from which it is worth the question."""
MARGIN = 0.04
"""How much nearer the best choice must be than any other one."""
SHARE = 0.4
"""Of what was said, in letters, that a phrase in it must be: talk of something else may name a choice."""
CANDIDATES = 8
"""Phrases, the most like by letters, that are compared by sound."""


def spoken(text: str, choices: Mapping[str, Iterable[str]]) -> Match | None:
    """The choice (name -> its phrases) that a recogniser's words mean; to be confirmed unless `Match.sure`.

    First the very phrase, or one that stands in the text; then the most alike, by letters and by sound.
    Two choices equally good, or none good enough: None.
    """
    said = essence(text)
    phrases = phrases_of(choices)
    named = named_in(said, phrases)
    if named is None:
        return None if names_in(said, phrases) else _alike(said, phrases)
    if named.score == 1.0 or _share(said, phrases, named.name) >= SHARE:
        return named
    alike = _alike(said, phrases)
    return replace(named, sure=alike is not None and alike.sure and alike.name == named.name)


def _share(said: str, phrases: list[tuple[str, str]], name: str) -> float:
    inside = [len(phrase) for phrase, owner in phrases if owner == name and f" {phrase} " in f" {said} "]
    return max(inside) / len(said)


def _alike(said: str, phrases: list[tuple[str, str]]) -> Match | None:
    found = ranked(said, phrases)
    if not found or found[0].score < PERHAPS or (len(found) > 1 and found[0].score - found[1].score < MARGIN):
        return None
    return found[0]


def ranked(said: str, phrases: list[tuple[str, str]]) -> list[Match]:
    """The choices that come near, the most alike first."""
    best: dict[str, Match] = {}
    for letters, phrase, name in _nearest_by_letters(said, phrases):
        score = (letters + likeness(said, phrase)) / 2
        if name not in best or score > best[name].score:
            best[name] = Match(
                name, score, sure=score >= SURE + SURE_PER_LETTER * max(SHORT - len(phrase), 0)
            )
    return sorted(best.values(), key=lambda match: match.score, reverse=True)


def _nearest_by_letters(said: str, phrases: list[tuple[str, str]]) -> list[tuple[float, str, str]]:
    """(likeness by letters, phrase, name), `CANDIDATES` at most. Most phrases have too few letters of
    what was said to be among them, which is told sooner than how like they are."""
    at_most = sorted(
        ((_letters_at_most(said, phrase), phrase, name) for phrase, name in phrases), reverse=True
    )
    nearest: list[tuple[float, str, str]] = []
    for bound, phrase, name in at_most:
        if len(nearest) == CANDIDATES and bound < nearest[0][0]:
            break
        found = (_letters(said, phrase), phrase, name)
        if len(nearest) < CANDIDATES:
            heapq.heappush(nearest, found)
        else:
            heapq.heappushpop(nearest, found)
    return sorted(nearest, reverse=True)


@lru_cache(maxsize=2048)
def _letters(one: str, other: str) -> float:
    return SequenceMatcher(None, one.replace(" ", ""), other.replace(" ", ""), autojunk=False).ratio()


def _letters_at_most(one: str, other: str) -> float:
    """`_letters`, were the letters of both in the same order."""
    first, second = _letters_of(one), _letters_of(other)
    total = first.total() + second.total()
    shared = sum([min(count, first[letter]) for letter, count in second.items()])
    return 2 * shared / total if total else 1.0


@lru_cache(maxsize=8192)
def _letters_of(text: str) -> Counter[str]:
    return Counter(text.replace(" ", ""))
