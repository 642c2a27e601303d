"""Lengths of time, as people say them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .numbers import in_words, number
from .words import LONGEST, essence

_units: Mapping[str, int] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_parts: Mapping[str, float] = {
    "half": 0.5,
    "a half": 0.5,
    "quarter": 0.25,
    "a quarter": 0.25,
    "one quarter": 0.25,
    "three quarters": 0.75,
}
_below: Mapping[int, int] = {604_800: 86_400, 86_400: 3_600, 3_600: 60, 60: 1}
"""The unit that a bare number behind another unit has: `1 hour 30`."""
_glued = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)", re.ASCII)
_idle = frozenset({"for", "about", "around", "roughly", "approximately", "exactly"})
LONGEST_DURATION = 366 * 86_400
"""Seconds."""


def duration(text: str) -> float | None:
    """Seconds of `90 minutes`, `1h30m`, `an hour and a half`, `two and a half hours`, `three quarters of an
    hour`. A number without a unit is None, and so is what takes no time, or more than a year."""
    plain = text.strip()[:LONGEST].casefold()
    if re.search(r"(?:^|\s)[-\u2212]\s*\d", plain) or re.search(r"\d,\d{3}(?!\d)", plain):
        return None  # less than nothing, or `1,500`, which is meant one way or the other
    plain = re.sub(r"(?<=\d),(?=\d)", ".", plain)
    plain = re.sub(r"(?<=\d)\.(?=\d)", "_", plain)  # a point that is no punctuation
    said = re.sub(r"(?<=\d)_(?=\d)", ".", essence(plain))
    words = [word for word in _glued.sub(r" \1 \2 ", said).split() if word not in _idle]
    seconds = _total(words)
    return None if seconds is None or not 0 < seconds <= LONGEST_DURATION else seconds


def _total(words: Sequence[str]) -> float | None:
    """Amounts and units in turn, the larger unit first."""
    total, before, part = 0.0, 0, []
    for word in words:
        unit = _units.get(word)
        if unit is None:
            part.append(word)
            continue
        amount = _amount(part)
        if amount is None or (before and unit >= before):
            return None
        total, before, part = total + amount * unit, unit, []
    rest = part[1:] if part[:1] == ["and"] else part
    if not part:
        return total if before else None
    share = _parts.get(" ".join(rest))
    if share is not None and before:  # "an hour and a half"
        return total + share * before
    bare = _number(rest)
    if bare is None or before not in _below:
        return None
    return total + bare * _below[before]


def _amount(words: Sequence[str]) -> float | None:
    """What stands before a unit: `an`, `half an`, `two and a half`, `three quarters of an`."""
    said = list(words[1:] if words[:1] == ["and"] else words)
    article = said[-1:] in (["a"], ["an"])
    if article:
        said = said[:-2] if said[-2:-1] == ["of"] else said[:-1]
        if not said:
            return 1.0
        return _parts.get(" ".join(said))
    joined = " ".join(said)
    if joined in _parts:
        return _parts[joined]
    for name, share in _parts.items():
        if joined.endswith(f" and {name}"):
            whole = _number(joined.removesuffix(f" and {name}").split())
            return None if whole is None else whole + share
    return _number(said)


def _number(words: Sequence[str]) -> float | None:
    if len(words) == 1:
        return number(words[0])
    return in_words([word for word in words if word != "and"])
