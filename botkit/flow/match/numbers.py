"""Numbers, in figures or words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .digits import DIGIT_WORDS
from .words import LONGEST, essence, normalise

_small = {
    **{word: int(figure) for word, figure in DIGIT_WORDS.items() if word not in ("oh", "o")},
    "a": 1, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_large = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_heard_as = {"won": "one", "to": "two", "too": "two", "for": "four", "fore": "four", "ate": "eight"}
_figures = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_decimals = re.compile(r"\d{1,9}", re.ASCII)
_grouped = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?", re.ASCII)

_with_comma = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:\.\d{3}){1,4}(?:,\d{1,9})?|\d{1,15},\d{1,9})", re.ASCII)
_either_way = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)


def number(text: str, *, spoken: bool = False, decimal_comma: bool = False) -> int | float | None:
    """A number, in figures (`-3`, `1,200.5`) or words (`twenty-one`, `two hundred and five`).

    `spoken`: of a recogniser, which may also write `to` for two, `2 hundred`, and a full stop behind it all.
    `decimal_comma`: a comma parts the decimals here, so `1.200,5` is 1200.5; `1.200` and `1,200` are None,
    since they may be meant either way.
    """
    plain = text.strip()[:LONGEST].rstrip(".!? " if spoken else "")
    if decimal_comma and _either_way.fullmatch(plain):
        return None
    if decimal_comma and _with_comma.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    if _grouped.fullmatch(plain):
        plain = plain.replace(",", "")
    if _figures.fullmatch(plain):
        return float(plain) if "." in plain else int(plain)
    words = (essence(text) if spoken else normalise(text)).split()
    if spoken:
        words = [_heard_as.get(word, word) for word in words]
    negative = words[:1] == ["minus"]
    value = _spoken_decimal(words[negative:]) if spoken and "point" in words else None
    if value is None:
        value = in_words([word for word in words[negative:] if word != "and"])
    return None if value is None else -value if negative else value


def _spoken_decimal(words: Sequence[str]) -> float | None:
    """`three point one four`."""
    at = words.index("point")
    whole = in_words(words[:at])
    behind = [DIGIT_WORDS.get(word, word) for word in words[at + 1 :]]
    if (
        whole is None
        or not behind
        or not all(len(figure) == 1 and figure in "0123456789" for figure in behind)
    ):
        return None
    return float(f"{whole}.{''.join(behind)}")


def in_words(words: Sequence[str]) -> int | None:
    """The whole number that these words, or words and figures, are."""
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
        value = int(word) if word.isdigit() and word.isascii() and len(word) < 5 else _small.get(word)
        if value is None or value >= room or (value == 0 and len(words) > 1):
            return None
        current += value
        room = 10 if value >= 20 else 1
    return total + current
