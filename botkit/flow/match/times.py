"""Times of day, as people say them."""

from __future__ import annotations

import datetime
import re

from .numbers import in_words
from .words import essence

_named = {"noon": (12, 0), "midday": (12, 0), "midnight": (0, 0)}
_mornings = ("am", "a m", "morning")
_afternoons = ("pm", "p m", "afternoon", "evening", "night")
_idle = frozenset({"at", "in", "the", "around", "oclock", "o", "clock", "about", "hours", "minutes"})
_written = re.compile(r"(\d{1,2})[:. ](\d{2})(?: ?([ap])\.? ?m\.?)?|(\d{1,2}) ?([ap])\.? ?m\.?", re.ASCII)
_quarters = {"quarter": 15, "half": 30}


def time(text: str) -> datetime.time | None:
    """`half past nine`, `9:30`, `nine thirty pm`, `quarter to five in the afternoon`, `noon`.

    Without a half of the day an hour is taken as it stands: `nine` is 9:00.
    """
    said = text.strip().casefold().rstrip(".!?")
    written = _written.fullmatch(said) or _written.fullmatch(f"{said}.")
    if written is not None:
        hour, minute, half, plain, plain_half = written.groups()
        return _of_day(int(hour or plain), int(minute or 0), half or plain_half or "")
    if re.search(r"\d\s*[-\u2010-\u2015/]\s*\d", said):
        return None  # from one hour to another
    words, half = _without_half(essence(text).replace("o clock", "oclock"))
    return _in_words([word for word in words if word not in _idle or word == "o"], half)


def _without_half(said: str) -> tuple[list[str], str]:
    """The words before the half of the day, and `a`, `p` or nothing."""
    for endings, half in ((_mornings, "a"), (_afternoons, "p")):
        for ending in endings:
            if said.endswith(f" {ending}"):
                return said.removesuffix(ending).split(), half
    return said.split(), ""


def _in_words(words: list[str], half: str) -> datetime.time | None:
    if len(words) == 1 and words[0] in _named:
        return datetime.time(*_named[words[0]])
    for relation, sign in (("past", 1), ("after", 1), ("to", -1), ("before", -1), ("till", -1)):
        if relation in words[1:-1]:
            at = words.index(relation, 1)
            return _around(_minutes(words[:at]), sign, in_words(words[at + 1 :]), half)
    return _hour_and_minutes(words, half)


def _minutes(words: list[str]) -> int | None:
    plain = words[1:] if words[:1] == ["a"] else words
    return _quarters.get(plain[0]) if len(plain) == 1 and plain[0] in _quarters else in_words(words)


def _around(minutes: int | None, sign: int, hour: int | None, half: str) -> datetime.time | None:
    if minutes is None or hour is None or not 0 < minutes < 60:
        return None
    whole = _of_day(hour, 0, half)
    if whole is None:
        return None
    total = (whole.hour * 60 + sign * minutes) % (24 * 60)
    return datetime.time(total // 60, total % 60)


def _hour_and_minutes(words: list[str], half: str) -> datetime.time | None:
    """`nine`, `nine thirty`, `nine oh five`, `twenty one fifteen`."""
    found = set()
    for at in range(1, len(words) + 1):
        hour, behind = in_words(words[:at]), words[at:]
        short = behind[:1] in (["oh"], ["o"], ["zero"])
        minute = in_words(behind[short:]) if behind else 0
        if hour is None or minute is None or (behind and not short and minute < 10):
            continue
        if short and not 0 < minute < 10:
            continue
        found.add(_of_day(hour, minute, half))
    found.discard(None)
    return found.pop() if len(found) == 1 else None


def _of_day(hour: int, minute: int, half: str) -> datetime.time | None:
    """`half`: `a`, `p` or nothing."""
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return datetime.time(hour, minute) if hour < 24 and minute < 60 else None
