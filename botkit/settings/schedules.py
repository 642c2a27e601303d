"""`schedules:` of bot.yaml: the calendars that schedules and flows go by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict

from botkit.flow.calendars import Calendar, closed_day, hours, weekdays
from botkit.flow.validation import refusal
from botkit.flow.zones import zone


def _readable(read: Callable[[str], object], remedy: str) -> Callable[[str], str]:
    def check(text: str) -> str:
        try:
            read(text)
        except ValueError as error:
            said = str(error)
            raise refusal(f"{said[:1].upper()}{said[1:]}.", remedy) from None
        return text

    return check


Days: TypeAlias = Annotated[str, AfterValidator(_readable(weekdays, "Write `mon`, `mon-fri` or `sat, sun`."))]
Hours: TypeAlias = Annotated[
    str, AfterValidator(_readable(hours, 'Write `"09:00-17:00"`, or `"09:00-12:00, 13:00-17:00"`.'))
]
ClosedDay: TypeAlias = Annotated[
    str, AfterValidator(_readable(closed_day, "Write `2026-12-25`, or `12-25` for every year."))
]
Zone: TypeAlias = Annotated[str, AfterValidator(_readable(zone, "Write one like `Europe/Berlin`."))]


class CalendarBlock(BaseModel):
    """One calendar."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    open: dict[Days, Hours]
    """Weekdays -> hours: `mon-fri: "09:00-17:00"`. Days that are not named are closed."""
    closed: list[ClosedDay] = []
    """Days of no hours at all: `2026-12-25`, or `12-25` for every year."""
    time_zone: Zone = "UTC"
    """Whose clocks count."""

    def calendar(self) -> Calendar:
        """As flows and schedules go by it."""
        week = {day: hours(text) for days, text in self.open.items() for day in weekdays(days)}
        closed = frozenset(closed_day(text) for text in self.closed)
        return Calendar(place=zone(self.time_zone), week=week, closed=closed)


class SchedulesBlock(BaseModel):
    """`schedules:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    calendars: dict[str, CalendarBlock] = {}
    """Name -> opening hours."""

    def by_name(self) -> dict[str, Calendar]:
        """The calendars, as flows and schedules go by them."""
        return {name: block.calendar() for name, block in self.calendars.items()}
