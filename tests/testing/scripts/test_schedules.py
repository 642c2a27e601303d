"""Scripts that let a schedule's moment come, and say whether a calendar is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.flow.document import DocumentError
from botkit.testing.scripts.runner import ScriptResult, load_cases, run_cases
from botkit.testing.scripts.subject import Subject

BOT = """\
bot: desk
platform: {connector: circuit}
flows: [flows/]
schedules:
  calendars:
    office: {time_zone: Europe/Berlin, open: {mon-fri: "09:00-17:00"}}
"""
FLOW = """\
flow: report
start:
  - schedule: {cron: "0 20 * * *", time_zone: Europe/Berlin}
  - schedule: {every: 1h, calendar: office}
  - mention
steps:
  - if: calendars.office.open
    then:
      - post: Open at {{ event.due | default("your message") }}, {{ event.missed | default(0) }} missed.
        to: ada@example.com
    else:
      - post: Closed.
        to: ada@example.com
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    for name, text in (("bot.yaml", BOT), ("flows/report.yaml", FLOW)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def run(bot: Path, script: str) -> ScriptResult:
    path = bot / "scripts" / "it.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"test: report\nscripts:\n  it:\n{script}")
    subject = Subject.read(bot / "bot.yaml")
    (result,) = run_cases(load_cases([path], subject), subject)
    return result


def test_the_clock_goes_on_to_the_moment(bot: Path) -> None:
    """From Monday, 9:30 UTC."""
    result = run(
        bot,
        """\
    steps:
      - schedule: report:2
      - hears: {exactly: "Open at 2026-03-02T10:00:00+00:00, 0 missed."}
      - schedule: {of: report:2, missed: 2}
      - hears: {exactly: "Open at 2026-03-02T11:00:00+00:00, 2 missed."}
      - schedule: report:1
      - hears: Closed.
      - schedule: report:2
      - hears: "Open at 2026-03-03T08:00:00+00:00"
""",
    )
    assert result.failure is None, str(result.failure)


def test_nothing_comes_by_itself(bot: Path) -> None:
    result = run(bot, "    steps:\n      - writes: hello\n      - hears: Open\n      - waits: 2d\n"
                      "      - hears nothing more\n")  # fmt: skip
    assert result.failure is None, str(result.failure)


@pytest.mark.parametrize(("state", "told"), [("open", "Open at your message"), ("closed", "Closed.")])
def test_a_calendar_is_what_the_script_says(bot: Path, state: str, told: str) -> None:
    script = f"    mocks: {{hours: {{office: {state}}}}}\n    steps:\n      - writes: hello\n"
    result = run(bot, f"{script}      - hears: {told}\n")
    assert result.failure is None, str(result.failure)


def test_a_schedule_that_is_not_there(bot: Path) -> None:
    failure = run(bot, "    steps:\n      - schedule: report\n").failure
    assert failure is not None
    assert "there are: report:1, report:2" in failure.actual


def test_a_schedule_that_never_comes(bot: Path) -> None:
    script = "    mocks: {hours: {office: closed}}\n    steps:\n      - schedule: report:2\n"
    failure = run(bot, script).failure
    assert failure is not None
    assert "no moment of it will come" in failure.actual


def test_a_calendar_that_the_bot_has_not(bot: Path) -> None:
    with pytest.raises(DocumentError, match="no calendar `shop`"):
        run(bot, "    mocks: {hours: {shop: open}}\n    steps:\n      - writes: hello\n")
