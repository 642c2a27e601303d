"""Cron expressions: five places (minute, hour, day, month, weekday), on the clock on the wall."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from .calendars import WEEKDAYS

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_tick = timedelta(microseconds=1)
_names = ("sun", *WEEKDAYS)
"""Of cron's numbers 0 to 7, Sunday at both ends; APScheduler counts from Monday."""
_weekdays = re.compile(r"(\*|[a-z]{3}|\d)(?:-([a-z]{3}|\d))?(?:/(\d+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cron:
    """One expression. It knows no zone: it gives times of the clock on the wall."""

    text: str
    every_hour: bool
    """`*` stands in the place of the hour: it means each hour that passes, not an hour of the day."""
    _trigger: CronTrigger = field(compare=False, repr=False)

    @classmethod
    def parsed(cls, text: str) -> Cron:
        """`text`, checked. Raises `ValueError`."""
        from apscheduler.triggers.cron import CronTrigger  # takes 0.2 s, and few bots have a schedule

        places = text.lower().split()
        if len(places) != 5:
            raise ValueError(f"`{text[:40]}` has {len(places)} places, and cron has five")
        minute, hour, day, month, weekday = places
        if "*" not in (day, weekday):
            raise ValueError("it names both days of the month and weekdays")
        trigger = CronTrigger(
            minute=minute,
            hour=hour,
            day=day,
            month=month,
            day_of_week="*" if weekday == "*" else _weekday_names(weekday),
            timezone=UTC,
        )
        found = cls(" ".join(places), hour == "*", trigger)
        if found.after(datetime(2000, 1, 1)) is None:  # noqa: DTZ001 - the clock on the wall
            raise ValueError("there is no such day in any year")
        return found

    def after(self, wall: datetime) -> datetime | None:
        """The first time later than `wall`; both without a zone. None when there is none."""
        found = self._trigger.get_next_fire_time(None, wall.replace(tzinfo=UTC) + _tick)
        return None if found is None else found.replace(tzinfo=None)


def _weekday_names(text: str) -> str:
    """Cron's weekdays (`1-5`, `sun-thu`, `*/2`) as a list of names."""
    found: list[str] = []
    for part in text.split(","):
        match = _weekdays.fullmatch(part)
        if match is None:
            raise ValueError(f"`{part[:20]}` is no weekday")
        first, last, step = match.groups()
        begin = 0 if first == "*" else _weekday(first)
        end = 6 if first == "*" else begin if last is None and step is None else _weekday(last or "6")
        days = [_names[(begin + ahead) % 7] for ahead in range((end - begin) % 7 + 1)]
        if step is not None and int(step) < 1:
            raise ValueError("a step is 1 or more")
        found += days[:: int(step or 1)]
    return ",".join(dict.fromkeys(found))


def _weekday(text: str) -> int:
    if text.isdigit() and int(text) <= 7:
        return int(text) % 7
    if text in _names:
        return _names.index(text)
    raise ValueError(f"`{text}` is no weekday")
