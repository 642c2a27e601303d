"""Dates, as people say them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from .numbers import in_words
from .words import essence

_months = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_offsets = {
    "today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2, "yesterday": -1,
    "day before yesterday": -2,
}  # fmt: skip
_units = {"day": 1, "week": 7}
_ordinals = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14,
    "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
    "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_ordinal_figures = re.compile(r"([1-3]?\d)(?:st|nd|rd|th)?", re.ASCII)
_idle = frozenset({"the", "of", "on", "and", "this", "coming"})
_written = re.compile(r"(\d{1,4})([-./])(\d{1,2})(?:\2(\d{2,4}))?\.?", re.ASCII)
_leap_cycle = 8
"""Years in which every day of the calendar comes at least once."""


def date(text: str, today: datetime.date) -> datetime.date | None:
    """`tomorrow`, `in three days`, `next Tuesday`, `the 5th of May`, `25.12.2026`, `2026-12-25`.

    A weekday is the first one behind `today`; a day without a year the first one from `today` on. What can
    be read in two ways (`5/12`) is None.
    """
    written = _written.fullmatch(text.strip())
    if written is not None:
        return _from_figures(written, today)
    words = [word for word in essence(text).split() if word not in _idle]
    said = " ".join(words)
    if said in _offsets:
        return _moved(today, _offsets[said])
    return _from_weekday(words, today) or _from_offset(words, today) or _from_calendar(words, today)


def _moved(today: datetime.date, days: int) -> datetime.date | None:
    try:
        return today + datetime.timedelta(days=days)
    except OverflowError:
        return None


def _from_weekday(words: list[str], today: datetime.date) -> datetime.date | None:
    names = words[1:] if words[:1] == ["next"] else words
    if len(names) != 1 or names[0] not in _weekdays:
        return None
    ahead = (_weekdays.index(names[0]) - today.weekday() - 1) % 7 + 1
    return _moved(today, ahead)


def _from_offset(words: list[str], today: datetime.date) -> datetime.date | None:
    """`in three days`, `a week from now`, `next week` is none: it is seven days."""
    inner = words[1:] if words[:1] == ["in"] else words[:-2] if words[-2:] == ["from", "now"] else []
    if len(inner) < 2:
        return None
    count, unit = in_words(inner[:-1]), inner[-1].removesuffix("s")
    return _moved(today, count * _units[unit]) if count is not None and unit in _units else None


def _from_calendar(words: list[str], today: datetime.date) -> datetime.date | None:
    """A month, a day, and perhaps a year behind them; a weekday in front must fit."""
    weekday = _weekdays.index(words[0]) if words[:1] and words[0] in _weekdays else None
    rest = words[weekday is not None :]
    months = [at for at, word in enumerate(rest) if word in _months]
    if len(months) != 1:
        return None
    month = _months.index(rest[months[0]]) + 1
    before, behind = rest[: months[0]], rest[months[0] + 1 :]
    fitting = {
        found
        for day, year in _splits(before, behind)
        if (found := _on(day, month, year, today)) is not None and weekday in (None, found.weekday())
    }
    return fitting.pop() if len(fitting) == 1 else None


def _splits(before: list[str], behind: list[str]) -> Iterator[tuple[int | None, int | None]]:
    """Ways to read the words around a month as a day and a year; no year is -1."""
    if before:
        yield _day(before), _year(behind) if behind else -1
        return
    for end in range(1, len(behind) + 1):
        yield _day(behind[:end]), _year(behind[end:]) if behind[end:] else -1


def _day(words: list[str]) -> int | None:
    last = words[-1]
    if len(words) == 1:
        figures = _ordinal_figures.fullmatch(last)
        if figures is not None:
            return int(figures[1])
    if last in _ordinals:
        tens = in_words(words[:-1]) if words[:-1] else 0
        return _ordinals[last] + tens if tens is not None and tens in (0, 20, 30) else None
    return in_words(words)


def _year(words: list[str]) -> int | None:
    """`2026`, `two thousand twenty six`, `twenty twenty six`."""
    plain = in_words(words)
    if plain is not None and 1900 <= plain <= 2199:
        return plain
    century = in_words(words[:1])
    rest = in_words(words[2:] if words[1:2] in (["oh"], ["o"]) else words[1:])
    if century in (19, 20, 21) and rest is not None and rest < 100:
        return 100 * century + rest
    return None


def _on(day: int | None, month: int, year: int | None, today: datetime.date) -> datetime.date | None:
    if day is None or year is None:
        return None
    years = range(today.year, today.year + _leap_cycle + 1) if year == -1 else (year,)
    for each in years:
        try:
            found = datetime.date(each, month, day)
        except ValueError:
            continue
        if year != -1 or found >= today:
            return found
    return None


def _from_figures(written: re.Match[str], today: datetime.date) -> datetime.date | None:
    first, separator, second, third = written.groups()
    if len(first) == 4:
        return _on(int(third), int(second), int(first), today) if third and len(third) <= 2 else None
    if len(first) > 2 or (third is not None and len(third) == 3):
        return None
    year = -1 if third is None else int(third) + (2000 if len(third) == 2 else 0)
    readings = [(int(first), int(second))]
    if separator != ".":  # With points it is day, month; with a slash or a dash nobody knows.
        readings.append((int(second), int(first)))
    found = {_on(day, month, year, today) for day, month in readings} - {None}
    return found.pop() if len(found) == 1 else None
