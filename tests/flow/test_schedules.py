"""When schedules come: their instants, the clock changes, calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from botkit.flow.calendars import Calendar, closed_day, hours, weekdays
from botkit.flow.cron import Cron
from botkit.flow.schedules import Every, Once, Schedule
from botkit.flow.zones import instant

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC)
"""The evenings before the clocks of Berlin are set."""
OFFICE = Calendar(
    place=BERLIN,
    week={day: hours("09:00-12:00, 13:00-17:00") for day in weekdays("mon-fri")},
    closed=frozenset({closed_day("2026-12-24"), closed_day("12-25")}),
)


def schedule(timing: Cron | Every | Once, place: ZoneInfo = BERLIN, jitter: float = 0.0) -> Schedule:
    return Schedule(name="it", flow="it", timing=timing, place=place, jitter=jitter)


def on_the_wall(
    cron: str, after: datetime, count: int, place: ZoneInfo = BERLIN, calendar: Calendar | None = None
) -> list[str]:
    """The next moments: day, time and distance from UTC, as the clock on the wall shows them."""
    timed, found, moment = schedule(Cron.parsed(cron), place), [], after
    for _ in range(count):
        following = timed.after(moment, calendar)
        assert following is not None
        moment = following
        found.append(f"{moment.astimezone(place):%d %H:%M%z}")
    return found


def test_a_time_that_is_skipped_comes_when_the_clocks_have_been_set_and_once() -> None:
    assert on_the_wall("30 2 * * *", SPRING, 2) == ["29 03:00+0200", "30 02:30+0200"]
    assert on_the_wall("*/20 2-3 * * *", SPRING, 4) == [
        "29 03:00+0200",
        "29 03:20+0200",
        "29 03:40+0200",
        "30 02:00+0200",
    ]


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert on_the_wall("30 2 * * *", AUTUMN, 2) == ["25 02:30+0200", "26 02:30+0100"]
    assert on_the_wall("*/30 1-3 * * *", AUTUMN, 7) == [
        "25 01:00+0200",
        "25 01:30+0200",
        "25 02:00+0200",
        "25 02:30+0200",
        "25 03:00+0100",
        "25 03:30+0100",
        "26 01:00+0100",
    ]
    in_the_second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert on_the_wall("30 2 * * *", in_the_second, 1) == ["26 02:30+0100"]


def test_every_hour_is_every_hour_that_passes() -> None:
    assert on_the_wall("30 * * * *", SPRING + timedelta(hours=4), 3) == [
        "29 01:30+0100",
        "29 03:30+0200",
        "29 04:30+0200",
    ]
    assert on_the_wall("30 * * * *", AUTUMN + timedelta(hours=3), 4) == [
        "25 01:30+0200",
        "25 02:30+0200",
        "25 02:30+0100",
        "25 03:30+0100",
    ]


def test_half_an_hour_is_a_clock_change_too() -> None:
    place = ZoneInfo("Australia/Lord_Howe")
    assert on_the_wall("15 2 * * *", datetime(2026, 10, 3, 12, tzinfo=UTC), 2, place) == [
        "04 02:30+1100",
        "05 02:15+1100",
    ]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("0 9 * * 1-5", ["30", "31", "01", "02", "03", "06"]),
        ("0 9 * * mon-fri", ["30", "31", "01", "02", "03", "06"]),
        ("0 9 * * sun-mon", ["29", "30", "05"]),
        ("0 9 * * 0", ["29", "05"]),
        ("0 9 * * 7", ["29", "05"]),
        ("0 9 * * */2", ["29", "31", "02", "04", "05"]),
        ("0 9 1 * *", ["01", "01"]),
        ("0 9 last * *", ["31", "30"]),
    ],
)
def test_days(cron: str, expected: list[str]) -> None:
    """After Saturday, 28 March 2026; cron's week begins on Sunday."""
    found = on_the_wall(cron, SPRING, len(expected))
    assert [each.partition(" ")[0] for each in found] == expected


@pytest.mark.parametrize(
    "cron",
    ["", "0 9 * *", "61 * * * *", "0 9 * * funday", "0 9 * * 8", "0 9 1 * mon", "0 0 30 2 *", "*/0 * * * *"],
)
def test_what_is_no_cron(cron: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Cron.parsed(cron)


def test_an_interval_counts_from_one_moment_for_ever() -> None:
    timed = schedule(Every(900.0))
    for start in (SPRING, SPRING + timedelta(minutes=7), SPRING + timedelta(minutes=14, seconds=59)):
        assert timed.after(start) == SPRING + timedelta(minutes=15)
    assert schedule(Every(7 * 86400.0)).after(SPRING) == datetime(2026, 4, 3, 23, tzinfo=UTC), "a Saturday"


def test_one_moment_comes_once() -> None:
    timed = schedule(Once(datetime(2026, 3, 29, 2, 30)))  # noqa: DTZ001
    assert timed.after(SPRING) == datetime(2026, 3, 29, 1, tzinfo=UTC), "skipped: when the clocks are set"
    assert timed.after(datetime(2026, 3, 29, 1, tzinfo=UTC)) is None


def test_jitter_is_made_of_the_moment() -> None:
    timed = schedule(Every(900.0), jitter=30.0)
    moments = [SPRING + timedelta(minutes=15 * number) for number in range(200)]
    late = [(timed.due(moment) - moment).total_seconds() for moment in moments]
    assert late == [(timed.due(moment) - moment).total_seconds() for moment in moments]
    assert min(late) >= 0
    assert max(late) < 30
    assert len(set(late)) > 100


def test_the_newest_of_what_passed() -> None:
    timed = schedule(Every(1.0))
    found = timed.passed(SPRING - timedelta(days=700), SPRING, None, 5)
    assert found == tuple(SPRING - timedelta(seconds=ahead) for ahead in (4, 3, 2, 1, 0))
    yearly = schedule(Cron.parsed("0 9 24 12 *"))
    assert len(yearly.passed(SPRING - timedelta(days=700), SPRING, None, 1000)) == 2


def test_only_while_it_is_open() -> None:
    evening = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
    """A Friday, 16:30 in Berlin."""
    assert on_the_wall("*/15 * * * *", evening, 3, calendar=OFFICE) == [
        "27 16:45+0100",
        "30 09:00+0200",
        "30 09:15+0200",
    ]
    assert on_the_wall("30 * * * *", datetime(2026, 12, 23, 15, tzinfo=UTC), 2, calendar=OFFICE) == [
        "23 16:30+0100",
        "28 09:30+0100",
    ]
    never = Calendar(place=BERLIN, week={})
    assert schedule(Every(60.0)).after(SPRING, never) is None


def test_what_is_never_open_when_it_comes_never_comes() -> None:
    """To look for it up to the year 9999 took a minute."""
    nightly = schedule(Cron.parsed("0 20 * * *"))
    assert nightly.after(SPRING, OFFICE) is None
    assert not nightly.comes(OFFICE)
    mondays = Calendar(place=BERLIN, week={0: ((0, 1440),)})
    leap_day = schedule(Cron.parsed("0 9 29 2 *"))
    assert leap_day.comes(mondays)
    assert leap_day.after(datetime(2072, 3, 1, tzinfo=UTC), mondays) == datetime(2112, 2, 29, 8, tzinfo=UTC)


def test_opening_hours() -> None:
    def at(day: int, hour: int, minute: int = 0) -> bool:
        return OFFICE.is_open(datetime(2026, 3, day, hour, minute, tzinfo=BERLIN))

    assert [at(27, 8, 59), at(27, 9), at(27, 11, 59), at(27, 12), at(27, 13), at(27, 17)] == [
        False,
        True,
        True,
        False,
        True,
        False,
    ]
    assert not at(28, 10), "a Saturday"


@pytest.mark.parametrize("text", ["9-17", "17:00-09:00", "09:00-25:00", "", "09:00-17:61"])
def test_what_are_no_hours(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|ends before"):
        hours(text)


def test_days_of_a_week() -> None:
    assert weekdays("sat-mon, wed") == (5, 6, 0, 2)
    with pytest.raises(ValueError, match="no weekday"):
        weekdays("monday")


@pytest.mark.parametrize("text", ["2026-02-30", "25.12.", "2026-13-01"])
def test_what_is_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        closed_day(text)


def test_walls_and_instants() -> None:
    assert instant(BERLIN, datetime(2026, 3, 29, 2, 30)) == datetime(2026, 3, 29, 1, tzinfo=UTC)  # noqa: DTZ001
    assert instant(BERLIN, datetime(2026, 10, 25, 2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # noqa: DTZ001
