"""Which of the choices on offer somebody means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from .words import normalise

threshold = 0.8
"""Likeness from which a misspelt phrase is taken for the one meant, 0 to 1."""

margin = 0.08
"""How much nearer the best phrase must be than any of another choice."""


@dataclass(frozen=True, slots=True)
class Match:
    """A choice that was found."""

    name: str
    score: float
    """How like a phrase of it the words are: 1 for the very phrase."""
    sure: bool = True
    """It may be taken as it is; else the person is to be asked whether this was meant."""


def closest(text: str, choices: Mapping[str, Iterable[str]]) -> Match | None:
    """The choice (name -> its phrases) that `text` means.

    First the very phrase; then a phrase that stands in the text, word by word, the longest; then the
    most alike by spelling. Two choices equally good, or none good enough: None.
    """
    return closest_of(text, phrases_of(choices))


def closest_of(text: str, phrases: list[tuple[str, str]]) -> Match | None:
    """`closest` of what `phrases_of` has made."""
    said = normalise(text)
    if not said:
        return None
    named = named_in(said, phrases)
    return named if named is not None else None if names_in(said, phrases) else _alike(said, phrases)


def phrases_of(choices: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """(phrase, name) each, normalised."""
    pairs = [(_normalised(phrase), name) for name, spoken in choices.items() for phrase in spoken]
    return [(phrase, name) for phrase, name in pairs if phrase]


_normalised = lru_cache(maxsize=8192)(normalise)
"""Of phrases, which are the same for every answer."""


def names_in(said: str, phrases: list[tuple[str, str]]) -> set[str]:
    """The choices of which a phrase stands in the text, word by word."""
    return {name for phrase, name in phrases if f" {phrase} " in f" {said} "}


def named_in(said: str, phrases: list[tuple[str, str]]) -> Match | None:
    """The one choice whose phrase the text is or has in it. Two named in one breath: None, unless the phrase
    of one is a part of the other's."""
    exact = {name for phrase, name in phrases if phrase == said}
    if exact:
        return Match(exact.pop(), 1.0) if len(exact) == 1 else None
    inside = [(phrase, name) for phrase, name in phrases if f" {phrase} " in f" {said} "]
    names = {name for _, name in inside}
    if len(names) <= 1:
        return Match(names.pop(), 0.95) if names else None
    longest = max(len(phrase) for phrase, _ in inside)
    best = {(phrase, name) for phrase, name in inside if len(phrase) == longest}
    if len({name for _, name in best}) > 1:
        return None
    phrase, name = best.pop()
    rest = f" {said} ".replace(f" {phrase} ", " ", 1)
    clash = any(owner != name and f" {other} " in rest for other, owner in inside)
    return None if clash else Match(name, 0.9)


def _alike(said: str, phrases: list[tuple[str, str]]) -> Match | None:
    if len(said) < 4:
        return None
    scores: dict[str, float] = {}
    for phrase, name in phrases:
        # Short words are all alike, and a quick bound spares the long comparison.
        if len(phrase) < 4 or 2 * min(len(said), len(phrase)) < threshold * (len(said) + len(phrase)):
            continue
        score = SequenceMatcher(None, said, phrase, autojunk=False).ratio()
        scores[name] = max(score, scores.get(name, 0.0))
    ranked = sorted(((score, name) for name, score in scores.items()), reverse=True)
    if not ranked or ranked[0][0] < threshold:
        return None
    if len(ranked) > 1 and ranked[0][0] - ranked[1][0] < margin:
        return None
    return Match(ranked[0][1], ranked[0][0])
