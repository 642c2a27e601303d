"""Flows that start by a schedule, in a bot that is stopped, killed, changed, and whose clock is set."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from botkit import Context, hook
from botkit.events import ScheduleDue
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House

HOUR, DAY = 3600, 86400
FLOW = """
flow: report
start:
  - schedule: {%s}
steps:
  - post: "{{ event.due }} {{ event.missed }}"
    to: team@example.com
"""
HOURLY = FLOW % 'cron: "0 * * * *"'


@dataclass
class Office:
    """A bot that tells the team what its schedules do."""

    house: House
    team: ScriptedPerson

    def told(self) -> list[str]:
        """Hour and missed moments of each message."""
        texts = self.house.said(self.team.direct)
        return [f"{text[8:16]} {text.rpartition(' ')[2]}" for text in texts]

    async def note(self, name: str = "report") -> dict[str, object] | None:
        data = await self.house.store.note(f"schedule:{name}")
        return json.loads(data) if data else None


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    house = House(tmp_path, VirtualClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC)))
    yield Office(house, ScriptedPerson(house.platform, "Team", email="team@example.com"))
    await house.close()


async def test_it_starts_when_the_moment_comes(office: Office) -> None:
    office.house.flow(HOURLY)
    await office.house.start()
    await office.house.clock.advance(2 * HOUR)
    assert office.told() == ["02T10:00 0", "02T11:00 0"]


async def test_what_passed_before_it_was_there_is_not_missed(office: Office) -> None:
    await office.house.start()
    await office.house.clock.advance(DAY)
    await office.house.stop()
    office.house.flow(HOURLY)
    await office.house.start()
    await office.house.clock.advance(HOUR)
    assert office.told() == ["03T10:00 0"]


@pytest.mark.parametrize(
    ("misses", "told"),
    [
        ("run_once", ["02T10:00 0", "02T13:00 2", "02T14:00 0"]),
        ("run_all", ["02T10:00 0", "02T11:00 0", "02T12:00 0", "02T13:00 0", "02T14:00 0"]),
        ("skip", ["02T10:00 0", "02T14:00 0"]),
    ],
)
async def test_what_passed_while_no_bot_ran(office: Office, misses: str, told: list[str]) -> None:
    office.house.flow(FLOW % f'cron: "0 * * * *", misses: {misses}')
    await office.house.start()
    await office.house.clock.advance(HOUR)
    await office.house.kill()
    await office.house.clock.advance(3 * HOUR)
    await office.house.start()
    await office.house.clock.advance(HOUR)
    assert office.told() == told
    lines = await office.house.journal("schedule:report", "due")
    assert sum(line["missed"] + len(line["runs"]) for line in lines) == 5
    note = await office.note()
    assert note is not None
    assert note["missed"] == 5 - len(told)


async def test_a_bot_that_starts_anew_at_that_moment_has_missed_nothing(office: Office) -> None:
    office.house.flow(FLOW % 'cron: "0 * * * *", misses: skip')
    await office.house.start()
    await office.house.stop()
    await office.house.clock.advance(HOUR / 2 + 40)
    await office.house.start()
    assert office.told() == ["02T10:00 0"]


async def test_run_all_makes_up_for_a_hundred(office: Office) -> None:
    office.house.flow(FLOW % "every: 1m, misses: run_all")
    await office.house.start()
    await office.house.kill()
    await office.house.clock.advance(150 * 60)
    await office.house.start()
    told = office.told()
    assert (len(told), told[0], told[-1]) == (100, "02T10:21 50", "02T12:00 0")


async def test_a_moment_comes_once_however_often_it_is_looked_at(office: Office) -> None:
    """The clock is set back: the same moments come again."""
    office.house.flow(HOURLY)
    await office.house.start()
    await office.house.clock.advance(2 * HOUR)
    office.house.clock.set(office.house.clock.now() - timedelta(hours=2))
    await office.house.clock.advance(3 * HOUR)
    assert office.told() == ["02T10:00 0", "02T11:00 0", "02T12:00 0"]


async def test_a_clock_that_was_a_year_ahead_stops_nothing(office: Office) -> None:
    office.house.flow(HOURLY)
    await office.house.start()
    right = office.house.clock.now()
    office.house.clock.set(right + timedelta(days=365))
    await office.house.clock.advance(HOUR)
    office.house.clock.set(right)
    await office.house.clock.advance(2 * HOUR)
    assert office.told()[-2:] == ["02T10:00 0", "02T11:00 0"]


async def test_a_killed_bot_loses_no_moment_and_has_none_twice(office: Office) -> None:
    office.house.flow(FLOW % 'cron: "*/10 * * * *", misses: run_all')
    for _ in range(12):
        await office.house.start()
        await office.house.clock.advance(290)
        await office.house.kill()
        await office.house.clock.advance(290)
    await office.house.start()
    minutes = [told[3:8] for told in office.told()]
    assert len(minutes) == len(set(minutes)) == 11
    assert minutes == sorted(minutes)


async def test_a_change_counts_at_once(office: Office) -> None:
    office.house.flow(HOURLY)
    await office.house.start()
    await office.house.clock.advance(HOUR)
    await office.house.change_flow(FLOW % 'cron: "45 * * * *"')
    await office.house.clock.advance(HOUR)
    assert office.told() == ["02T10:00 0", "02T10:45 0"], "and 10:45 counts from now on, 09:45 does not"


async def test_what_is_gone_leaves_no_note(office: Office) -> None:
    office.house.flow(HOURLY)
    await office.house.start()
    assert await office.note() is not None
    await office.house.change_flow("flow: report\nsteps: [end]\n")
    await office.house.clock.advance(2 * HOUR)
    assert await office.note() is None
    assert office.told() == []


async def test_a_note_that_nobody_can_read_counts_as_none(office: Office) -> None:
    from botkit.ports.store import Commit

    office.house.flow(HOURLY)
    await office.house.start()
    await office.house.store.commit(Commit(notes={"schedule:report": b"{}"}))
    await office.house.clock.advance(2 * HOUR)
    assert office.told() == ["02T11:00 0"], "ten o'clock came to one that was new"


async def test_a_moment_that_is_past_is_told(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.house.flow(FLOW % "at: 2026-03-01T09:00")
    await office.house.start()
    await office.house.clock.advance(DAY)
    assert office.told() == []
    assert "is past" in caplog.text


async def test_each_schedule_of_a_flow_has_its_own_moments(office: Office) -> None:
    office.house.flow(
        FLOW.replace("  - schedule: {%s}", "  - schedule: {every: 1h}\n  - schedule: {every: 2h}")
    )
    await office.house.start()
    await office.house.clock.advance(HOUR)
    assert office.told() == ["02T10:00 0", "02T10:00 0"]
    assert await office.note("report:1") is not None
    assert await office.note("report:2") is not None


async def test_jitter_puts_off_and_tells_the_moment_itself(office: Office) -> None:
    office.house.flow(FLOW % "every: 1h, jitter: 30m")
    await office.house.start()
    await office.house.clock.advance(HOUR / 2 + 1)
    assert office.told() == []
    await office.house.clock.advance(HOUR)
    assert office.told()[0] == "02T10:00 0"


async def test_a_handler_is_told_and_may_keep_the_flow_from_starting(office: Office) -> None:
    seen: list[ScheduleDue] = []

    @hook
    async def schedule_due(schedule: ScheduleDue, ctx: Context) -> None:
        seen.append(schedule)
        if schedule.at.hour == 10:
            await ctx.post("not this time", to="team@example.com")
            ctx.stop()

    office.house.plug(schedule_due)
    office.house.flow(HOURLY)
    await office.house.start()
    await office.house.clock.advance(2 * HOUR)
    assert [(each.schedule, each.flow, each.at.hour) for each in seen] == [
        ("report", "report", 10),
        ("report", "report", 11),
    ]
    assert office.house.said(office.team.direct)[0] == "not this time"
    assert office.told()[1:] == ["02T11:00 0"]
