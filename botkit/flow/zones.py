"""Time zones: wall time to instants, with one rule for the clock changes.

A time that the clocks skip comes when they have been set (02:30 becomes 03:00); of a time that comes twice
the first is meant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_day = timedelta(days=1)
_second = timedelta(seconds=1)


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises `ValueError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{name[:40]}`") from None


def offset(place: ZoneInfo, moment: datetime) -> timedelta:
    """How far the clocks are ahead of UTC at a moment."""
    ahead = moment.astimezone(place).utcoffset()
    assert ahead is not None
    return ahead


def next_change(place: ZoneInfo, after: datetime, until: datetime) -> datetime | None:
    """The first moment in (`after`, `until`] from which the clocks are set otherwise, to the second; None
    when there is none. Two changes within a day count as one."""
    known, low = offset(place, after), after
    while low < until:
        high = min(low + _day, until)
        if offset(place, high) != known:
            while high - low > _second:
                middle = low + (high - low) / 2
                low, high = (middle, high) if offset(place, middle) == known else (low, middle)
            return high.replace(microsecond=0)
        low = high
    return None


def instant(place: ZoneInfo, wall: datetime) -> datetime:
    """The moment of a wall time (without a zone), in UTC."""
    found = wall.replace(tzinfo=place, fold=0).astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None) != wall:
        return next_change(place, found - _day, found) or found
    return found
