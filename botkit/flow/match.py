"""What somebody typed (or said), matched with what was asked: choices, yes or no, digits, numbers.

Nothing is guessed: what is not close enough to exactly one meaning is None.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

threshold = 0.8
"""Likeness from which a misspelt phrase is taken for the one meant, 0 to 1."""

margin = 0.08
"""How much nearer the best phrase must be than any of another choice."""

_longest = 300
_separators = re.compile(r"[^\w#*+]+")


def normalise(text: str) -> str:
    """Case, punctuation, width and blanks evened out. What is nothing but signs stays: a thumb is a word."""
    folded = unicodedata.normalize("NFKC", text[:_longest]).casefold()
    return _separators.sub(" ", folded).strip() or folded.strip()


@dataclass(frozen=True, slots=True)
class Match:
    """A choice that was found."""

    name: str
    score: float
    """1 for the very phrase, down to `threshold`."""


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


_digit_words = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "one": "1", "two": "2", "three": "3", "four": "4",
    "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_times = {"double": 2, "triple": 3}


def digits(text: str) -> str | None:
    """A string of digits, written in figures or words: `0 30/12`, `double five one`."""
    found: list[str] = []
    times = 1
    for word in normalise(text).replace("+", " ").replace("_", " ").split():
        if word in _times:
            if times > 1:
                return None
            times = _times[word]
            continue
        piece = word if word.isascii() and word.isdigit() else _digit_words.get(word)
        if piece is None or (times > 1 and len(piece) != 1):
            return None
        found.append(piece * times)
        times = 1
    return "".join(found) if found and times == 1 else None


_small = {
    **{word: int(figure) for word, figure in _digit_words.items() if word not in ("oh", "o")},
    "a": 1, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_large = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_figures = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_grouped = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?", re.ASCII)


def number(text: str) -> int | float | None:
    """A number, in figures (`-3`, `1,200.5`) or words (`twenty-one`, `two hundred and five`)."""
    plain = text.strip()[:_longest]
    if _grouped.fullmatch(plain):
        plain = plain.replace(",", "")
    if _figures.fullmatch(plain):
        return float(plain) if "." in plain else int(plain)
    words = normalise(text).split()
    negative = words[:1] == ["minus"]
    value = _in_words([word for word in words[negative:] if word != "and"])
    return None if value is None else -value if negative else value


def _in_words(words: list[str]) -> int | None:
    if not words or len(words) > 20:
        return None
    total = current = 0
    room = 1_000_000_000
    """What the next word must stay below: after `twenty` only 1 to 9 may follow."""
    for word in words:
        if word in _large:
            scale = _large[word]
            if current == 0 or (scale == 100 and current > 9):
                return None
            current *= scale
            room = 100 if scale == 100 else scale
            if scale >= 1_000:
                total, current = total + current, 0
            continue
        value = _small.get(word)
        if value is None or value >= room or (value == 0 and len(words) > 1):
            return None
        current += value
        room = 10 if value >= 20 else 1
    return total + current
