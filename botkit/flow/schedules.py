"""Schedules: when flows start by themselves, as instants. Pure: whoever asks says what time it is.

Clock changes: see `zones`. Cron with `*` in the place of the hour, and `every`, mean the time that passes:
they come in both of two hours that bear the same name, and nowhere in one that is skipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .calendars import Calendar
from .cron import Cron
from .zones import instant, next_change, offset

ANCHOR = datetime(2000, 1, 1)  # noqa: DTZ001 - the clock on the wall
"""What `every` counts from, in the zone of the schedule: so a restart shifts nothing."""

NEVER_AFTER = timedelta(days=40 * 365 + 10)
"""How far an instant is looked for at which a calendar is open: from one 29th of February on a Monday to the
next it may be 40 years, over one of the years without."""

_tick = timedelta(microseconds=1)


class Misses(StrEnum):
    """What becomes of the instants that passed while no bot ran."""

    RUN_ONCE = "run_once"
    """The newest is made up for."""
    RUN_ALL = "run_all"
    """Each is."""
    SKIP = "skip"
    """None is."""


@dataclass(frozen=True, slots=True)
class Every:
    """An interval."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Once:
    """One moment, on the clock on the wall."""

    wall: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """One schedule of one flow."""

    name: str
    """`FLOW`, or `FLOW:N` for the Nth of a flow with several."""
    flow: str
    timing: Cron | Every | Once
    place: ZoneInfo
    misses: Misses = Misses.RUN_ONCE
    jitter: float = 0.0
    """Seconds by which each instant may be put off, at most."""
    calendar: str = ""
    """Only while this one is open; empty = always."""

    def after(self, moment: datetime, calendar: Calendar | None = None) -> datetime | None:
        """The first instant later than `moment`, in UTC; None when there is none any more."""
        found, last = self._after(moment), moment + NEVER_AFTER
        while found is not None and calendar is not None and not calendar.is_open(found):
            opens = calendar.opens(found)
            found = None if opens is None or opens > last else self._after(opens - _tick)
        return found

    def comes(self, calendar: Calendar) -> bool:
        """Whether it ever does with this calendar. A single moment does, or is past: nobody knows here."""
        return isinstance(self.timing, Once) or self.after(instant(self.place, ANCHOR), calendar) is not None

    def passed(
        self, since: datetime, until: datetime, calendar: Calendar | None, most: int
    ) -> tuple[datetime, ...]:
        """The newest `most` of the instants in (`since`, `until`], oldest first."""
        window = timedelta(minutes=most)
        while True:
            begin = max(since, until - window)
            found = tuple(self._between(begin, until, calendar))
            if begin <= since or len(found) >= most:
                return found[-most:]
            window *= 4

    def due(self, instant: datetime) -> datetime:
        """When an instant runs: put off by a time that is made of the instant alone, so that a restart draws
        no other."""
        if not self.jitter:
            return instant
        digest = hashlib.sha256(f"{self.name} {instant.isoformat()}".encode()).digest()
        part = int.from_bytes(digest[:4], "big") / 2**32
        return instant + timedelta(seconds=round(part * self.jitter, 3))

    def told(self) -> str:
        """When it comes, for people and to be recognised."""
        match self.timing:
            case Cron(text=text):
                when = f"cron {text}"
            case Every(seconds=seconds):
                when = f"every {timedelta(seconds=seconds)}"
            case Once(wall=wall):
                when = f"at {wall:%Y-%m-%d %H:%M:%S}"
        calendar = f", {self.calendar}" if self.calendar else ""
        return f"{when}, {self.place.key}{calendar}"

    def _between(self, begin: datetime, end: datetime, calendar: Calendar | None) -> Iterator[datetime]:
        found = self.after(begin, calendar)
        while found is not None and found <= end:
            yield found
            found = self.after(found, calendar)

    def _after(self, moment: datetime) -> datetime | None:
        match self.timing:
            case Once(wall=wall):
                only = instant(self.place, wall)
                return only if only > moment else None
            case Every(seconds=seconds):
                anchor, step = instant(self.place, ANCHOR), timedelta(seconds=seconds)
                return anchor + ((moment - anchor) // step + 1) * step
            case Cron() as cron:
                return self._cron_after(cron, moment.astimezone(UTC))

    def _cron_after(self, cron: Cron, moment: datetime) -> datetime | None:
        """Between two clock changes the wall is a plain distance from UTC: looked through span by span."""
        ahead = offset(self.place, moment)
        wall = moment.replace(tzinfo=None) + ahead
        while True:
            found_wall = cron.after(wall)
            if found_wall is None:
                return None
            found = (found_wall - ahead).replace(tzinfo=UTC)
            change = next_change(self.place, moment, found)
            if change is None:
                if cron.every_hour or not found.astimezone(self.place).fold:
                    return found
                wall = found_wall  # the second time of an hour that came already
                continue
            before, ahead = ahead, offset(self.place, change)
            later = max(before, ahead)
            plain = change.replace(tzinfo=None)
            if ahead > before and not cron.every_hour and found_wall < plain + later:
                return change
            wall = plain + (ahead if cron.every_hour else later) - _tick
            moment = change
