"""`botkit schedules`: when flows start by themselves, beside a bot that runs and where none ever did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from botkit.ports.store import Commit
from botkit.runtime.schedules import NOTES, Note
from botkit.store import SqliteStore
from tests.cli.commands import Cli

BOT = """\
bot: desk
platform: {connector: circuit, domain: circuit.example.com, client_id: desk, client_secret: "${SECRET}"}
flows: [flows/]
schedules:
  calendars:
    office: {time_zone: Europe/Berlin, open: {mon-fri: "09:00-17:00"}}
"""
FLOW = """\
flow: report
start:
  - schedule: {cron: "30 * * * *", time_zone: Europe/Berlin, calendar: office}
  - schedule: {at: 2020-01-01T00:00}
steps:
  - post: Hello.
    to: team@example.com
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "report.yaml").write_text(FLOW)
    (tmp_path / "bot.yaml").write_text(BOT)
    return tmp_path / "bot.yaml"


def test_what_comes_next_without_a_database(cli: Cli, bot: Path) -> None:
    outcome = cli("schedules", bot, "--json", "--next", "20")
    first, second = json.loads(outcome.out)["schedules"]
    moments = [datetime.fromisoformat(text) for text in first["next"]]
    assert len(moments) == 20
    assert moments == sorted(set(moments))
    assert {moment.minute for moment in moments} == {30}
    assert all(9 <= moment.hour < 17 and moment.weekday() < 5 for moment in moments)
    assert (first["schedule"], first["calendar"], first["last"], first["missed"]) == (
        "report:1",
        "office",
        None,
        0,
    )
    assert second["next"] == []


async def test_what_ran_last_and_what_was_missed(cli: Cli, bot: Path) -> None:
    (bot.parent / "state").mkdir()
    store = SqliteStore(bot.parent / "state" / "bot.db")
    await store.open()
    last = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    timing = json.loads(cli("schedules", bot, "--json").out)["schedules"][0]["when"]
    note = Note(timing=timing, considered=last, last=last, missed=3, missed_at=last + timedelta(hours=1))
    older = Note(timing="cron 0 0 * * *, UTC", considered=last, last=last)
    notes = {f"{NOTES}report:1": note.dump(), f"{NOTES}report:2": older.dump()}
    await store.commit(Commit(notes=notes))
    outcome = cli("schedules", bot)
    await store.close()
    assert outcome.code == 0, outcome.err
    first, second = outcome.out.split("report:2")
    assert "Mon 2026-03-02" in first
    assert "missed  3 moments" in first
    assert "next    never" in second
    assert "last    never" in second, "it was another schedule then"


def test_a_bot_without_schedules(cli: Cli, bot: Path) -> None:
    (bot.parent / "flows" / "report.yaml").write_text("flow: report\nsteps: [end]\n")
    assert cli("schedules", bot).out == "No flow starts by a schedule.\n"


@pytest.mark.parametrize("count", ["0", "x", "101"])
def test_how_many(cli: Cli, bot: Path, count: str) -> None:
    outcome = cli("schedules", bot, "--next", count)
    assert outcome.code == 2
    assert "1 to 100" in outcome.err
