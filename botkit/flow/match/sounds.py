"""How alike words sound, told from their English spelling: recognisers err by sound, not by letter."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate

_homophones = {
    "1": "won", "one": "won", "2": "to", "two": "to", "too": "to", "3": "three", "4": "for", "four": "for",
    "5": "five", "6": "six", "7": "seven", "8": "ate", "eight": "ate", "9": "nine", "0": "zero",
    "know": "no", "write": "rite", "right": "rite", "hour": "our",
}  # fmt: skip
_spellings = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"([bcdfgklmnprstz])\1", r"\1"),
        (r"[ts]ion|cian", "SN"), (r"ture", "CR"), (r"tch|ch", "C"), (r"sh", "S"), (r"ph", "F"),
        (r"th", "D"), (r"ck|qu?", "K"), (r"dge", "C"), (r"wh", "W"), (r"wr", "R"), (r"kn", "N"),
        (r"igh", "AI"), (r"i(?=[a-z]e\b)", "AI"), (r"a(?=[a-z]e\b)", "E"),
        (r"gh", ""), (r"x", "KS"), (r"c(?=[eiy])", "S"), (r"c", "K"), (r"g(?=[eiy])|j", "C"),
        (r"mb\b", "M"), (r"(?<=[a-z])e\b", ""), (r"y\b", "I"), (r"\by", "Y"), (r"z", "S"),
        (r"ee|ea|ie|ei|y|i", "I"), (r"oo|ou|ow|u", "U"), (r"ai|ay|e", "E"), (r"au|aw|oa|o", "O"),
    )
)  # fmt: skip
"""Letters -> sounds, in this order; a capital is a sound already. Else a letter is its own sound."""

_kin = (
    "PB", "TD", "KG", "FV", "SD", "FS", "CTS", "DTF", "MN", "LR", "LRW", "WU", "IE", "EA", "AO", "OU", "YI",
)  # fmt: skip
"""Sounds that are easily taken for each other; F and S since a telephone line cuts off what parts them."""
_near = frozenset((one, other) for group in _kin for one in group for other in group)
_vowels = frozenset("AEIOU")

_lost_weak, _lost = 0.55, 0.9
"""The price of a sound that is on one side alone: a vowel, H or R; any other."""
_swapped_near, _swapped_vowel, _swapped, _swapped_kind = 0.45, 0.6, 1.15, 1.5
"""Of one sound for another: of its kin; two vowels; two consonants; a vowel and a consonant."""


@lru_cache(maxsize=2048)
def likeness(one: str, other: str) -> float:
    """From 0, nothing alike, to 1, the same sounds. Both `normalise`d.

    It is kept, since of one answer it is asked thrice: for the clearest reading, for how much of an answer
    that is, and for what it means.
    """
    first, second = _sounds(one), _sounds(other)
    longest = max(sum(map(_price, first)), sum(map(_price, second)))
    if not first or not second:
        return 0.0
    return max(0.0, 1 - _distance(first, second) / longest)


@lru_cache(maxsize=2048)
def _sounds(text: str) -> str:
    """`text` as a string of sounds, words run together: people do not pause between them."""
    return "".join(map(_word, text.replace("'", "").split()))


def _word(word: str) -> str:
    spelled = _homophones.get(word, word)
    for pattern, sound in _spellings:
        spelled = pattern.sub(sound, spelled)
    return spelled.upper()


def _distance(first: str, second: str) -> float:
    """The least price of changes that make one of the other (Wagner and Fischer)."""
    prices = [_price(sound) for sound in second]
    row = [0.0, *accumulate(prices)]
    for heard in first:
        lost = _price(heard)
        corner, left = row[0], row[0] + lost
        line = [left]
        for sound, price, above in zip(second, prices, row[1:], strict=True):
            swapped = corner if heard == sound else corner + _swap(heard, sound)
            left = min(swapped, above + lost, left + price)
            line.append(left)
            corner = above
        row = line
    return row[-1]


def _price(sound: str) -> float:
    return _lost_weak if sound in _vowels or sound in "HR" else _lost


@lru_cache(maxsize=4096)
def _swap(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if (one, other) in _near:
        return _swapped_near
    if one in _vowels and other in _vowels:
        return _swapped_vowel
    return _swapped if (one in _vowels) == (other in _vowels) else _swapped_kind
