"""Which of the choices on offer somebody means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

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
    """How like a phrase of it the words are: 1 for the very phrase, down to `threshold`."""
    sure: bool = True
    """It may be taken as it is; else the person is to be asked whether this was meant."""


def closest(text: str, choices: Mapping[str, Iterable[str]]) -> Match | None:
    """The choice (name -> its phrases) that `text` means.

    First the very phrase; then a phrase that stands in the text, word by word, the longest; then the
    most alike by spelling. Two choices equally good, or none good enough: None.
    """
    said = normalise(text)
    if not said:
        return None
    phrases = [(normalise(phrase), name) for name, spoken in choices.items() for phrase in spoken]
    phrases = [(phrase, name) for phrase, name in phrases if phrase]
    exact = {name for phrase, name in phrases if phrase == said}
    if exact:
        return Match(exact.pop(), 1.0) if len(exact) == 1 else None
    inside = [(len(phrase), name) for phrase, name in phrases if f" {phrase} " in f" {said} "]
    if inside:
        longest = max(length for length, _ in inside)
        names = {name for _, name in inside}
        best = {name for length, name in inside if length == longest}
        if len(names) == 1:
            return Match(best.pop(), 0.95)
        # Two choices named in one breath: the longer phrase wins only when it contains the shorter one.
        return _containing(phrases, said, best) if len(best) == 1 else None
    return _alike(said, phrases)


def _containing(phrases: list[tuple[str, str]], said: str, best: set[str]) -> Match | None:
    name = next(iter(best))
    found = [(phrase, owner) for phrase, owner in phrases if f" {phrase} " in f" {said} "]
    longest = max((phrase for phrase, owner in found if owner == name), key=len)
    rest = f" {said} ".replace(f" {longest} ", " ", 1)
    clash = any(owner != name and f" {phrase} " in rest for phrase, owner in found)
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


def spoken(text: str, choices: Mapping[str, Iterable[str]]) -> Match | None:
    """The choice (name -> its phrases) that a recogniser's words mean.

    As `closest`, and further by sound: a match that is not `sure` is to be confirmed.
    """
    return closest(text, choices)
