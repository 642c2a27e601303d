"""Calendars: when somebody is there. Opening hours by weekday, and days on which nothing is open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from .zones import instant, zone

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_CLOSED = 400
"""Days: what opens in none of them counts as closed for ever."""

Hours = tuple[tuple[int, int], ...]
"""From and until, in minutes since midnight."""

_span = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*-\s*([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)
_day = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The opening hours of one place."""

    place: ZoneInfo
    week: Mapping[int, Hours]
    """Weekday (0 = Monday) -> when it is open."""
    closed: frozenset[tuple[int, int, int]] = field(default_factory=frozenset)
    """Days of no hours at all: year, month, day; year 0 = every year."""

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at an instant: from the first minute of a span on, up to its end."""
        wall = moment.astimezone(self.place)
        minute = wall.hour * 60 + wall.minute
        return any(begins <= minute < ends for begins, ends in self._hours(wall.date()))

    def opens(self, after: datetime) -> datetime | None:
        """The first instant from `after` on at which it is open, in UTC; None when it stays closed."""
        if self.is_open(after):
            return after
        day = after.astimezone(self.place).date()
        for ahead in range(LONGEST_CLOSED):
            today = day + timedelta(days=ahead)
            midnight = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - the clock on the wall
            for begins, _ in sorted(self._hours(today)):
                found = instant(self.place, midnight + timedelta(minutes=begins))
                if found > after and self.is_open(found):
                    return found.astimezone(UTC)
        return None

    def _hours(self, day: date) -> Hours:
        if {(day.year, day.month, day.day), (0, day.month, day.day)} & self.closed:
            return ()
        return self.week.get(day.weekday(), ())


def weekdays(text: str) -> tuple[int, ...]:
    """The days of `mon`, `mon-fri`, `sat, sun`, `sun-thu`. Raises `ValueError`."""
    found: list[int] = []
    for part in text.lower().split(","):
        first, dash, last = (end.strip() for end in part.partition("-"))
        if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
            raise ValueError(f"`{part.strip()[:40]}` is no weekday")
        begin = WEEKDAYS.index(first)
        count = (WEEKDAYS.index(last) - begin) % 7 + 1 if dash else 1
        found += [(begin + number) % 7 for number in range(count)]
    return tuple(dict.fromkeys(found))


def hours(text: str) -> Hours:
    """The spans of `09:00-17:00`, `09:00-12:00, 13:00-17:30`. Raises `ValueError`."""
    spans: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _span.fullmatch(part.strip())
        if match is None:
            raise ValueError(f"`{part.strip()[:40]}` are no hours")
        begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
        begins, ends = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
        if not begins < ends <= 24 * 60:
            raise ValueError(f"`{part.strip()[:40]}` ends before it begins")
        spans.append((begins, ends))
    return tuple(spans)


def closed_day(text: str) -> tuple[int, int, int]:
    """The day of `2026-12-25`, or of `12-25`, every year. Raises `ValueError`."""
    match = _day.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{text[:40]}` is no day")
    year, month, day = (int(part or 0) for part in match.groups())
    date(year or 2000, month, day)
    return year, month, day


ALWAYS_OPEN = Calendar(place=zone("UTC"), week=dict.fromkeys(range(7), ((0, 24 * 60),)))
NEVER_OPEN = Calendar(place=zone("UTC"), week={})
