"""A stored conversation becomes a script that passes against the same flows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.model.session import Channel, Session
from botkit.ports.store import JournalRow
from botkit.testing.scripts.calls import Call
from botkit.testing.scripts.chats import Chat
from botkit.testing.scripts.files import Case
from botkit.testing.scripts.from_journal import script_of
from botkit.testing.scripts.runner import load_cases, play, run_case, stage_for
from botkit.testing.scripts.stage import Stage
from botkit.testing.scripts.subject import Subject

EXAMPLES = Path(__file__).parents[3] / "examples"
FRONT_DESK = Subject.read(EXAMPLES / "frontdesk" / "bot.yaml")
CLINIC = Subject.read(EXAMPLES / "ivr" / "bot.yaml")


CASES = [
    pytest.param(subject, case, id=f"{case.name}-{case.channel}")
    for subject, name in ((FRONT_DESK, "frontdesk"), (CLINIC, "ivr"))
    for case in load_cases([EXAMPLES / name / "scripts"], subject)
]


async def stored(case: Case, subject: Subject) -> tuple[Session, Sequence[JournalRow]]:
    async with stage_for(case, subject, Stage) as stage:
        assert await play(case, stage) is None
    session = next(each for each in stage.sessions.values() if not each.parent)
    return session, [row for row in stage.journal if row.session_id == session.id]


@pytest.mark.parametrize(("subject", "case"), CASES)
async def test_it_goes_the_same_way(subject: Subject, case: Case, tmp_path: Path) -> None:
    text = script_of(*await stored(case, subject))
    assert "hears" in text
    config = {name: str(value) for name, value in case.file.values(case.script).items()}
    (tmp_path / "stored.yaml").write_text(f"{text}config: {json.dumps(config)}\n")
    (again,) = load_cases([tmp_path], subject)
    result = await run_case(again, subject)
    assert result.failure is None, f"{text}\n{result.failure}"


async def test_what_nobody_can_begin() -> None:
    session = Session(id="s", channel=Channel.CALL, flow="reception", parent="other:1:0")
    with pytest.raises(UsageError, match="No script can begin this session"):
        script_of(session, ())


SECRET = """
flow: door
start: [call_incoming]
slots:
  pin: {type: digits, length: 4, secret: true, ask: What is your PIN?}
steps:
  - collect: [pin]
  - end: Come in.
"""


async def test_secrets_are_not_in_it(tmp_path: Path) -> None:
    (tmp_path / "door.yaml").write_text(SECRET)
    subject = Subject.alone([tmp_path / "door.yaml"])
    stage = Stage(subject, flow="door")
    async with stage:
        call = await Call.begin(stage, "ada@example.com", "Ada Lovelace")
        await call.answers("4711")
        await call.ends("flow")
    (session,) = stage.sessions.values()
    text = script_of(session, stage.journal)
    assert "4711" not in text
    assert '- presses: "***"   # a secret was said here: write one that fits' in text


REPORT = """
flow: report
start: [mention]
slots:
  text: {ask: What has happened?}
steps:
  - react: like
  - collect: [text]
  - react: like
  - end: Thank you.
"""


async def test_what_the_bot_liked_is_expected_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "report.yaml").write_text(REPORT)
    subject = Subject.alone([tmp_path / "report.yaml"])
    stage = Stage(subject)
    async with stage:
        chat = await Chat.begin(stage, "ada@example.com", "Ada Lovelace", begun=True)
        await chat.writes("Help!")
        await chat.answers("The lift is broken.")
        await chat.ends("flow")
    (session,) = stage.sessions.values()
    text = script_of(session, stage.journal)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "stored.yaml").write_text(text)
    (again,) = load_cases([tmp_path / "scripts"], subject)
    assert (await run_case(again, subject)).failure is None
    steps = [line.strip() for line in text.partition("steps:")[2].splitlines() if line.strip()]
    kinds = [step.removeprefix("- ").partition(":")[0] for step in steps if not step.startswith("- why")]
    assert kinds == ["writes", "liked", "hears", "writes", "liked", "hears", "ends"]
