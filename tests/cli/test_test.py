"""`botkit test`: what it runs, what it says, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from botkit.ports.store import Commit
from botkit.runtime.places import row_of
from botkit.store.sqlite import SqliteStore
from botkit.testing.scripts.calls import Call
from botkit.testing.scripts.stage import Stage
from botkit.testing.scripts.subject import Subject
from tests.cli.commands import Cli
from tests.testing.scripts.desk import write_bot, write_scripts

GOOD = """
scripts:
  hours:
    on: [call, chat]
    steps:
      - hears: Welcome
      - answers: hours
      - ends: flow
  a ticket:
    steps:
      - answers: ticket
      - answers: 4711
      - hears: euros
"""
BAD = """
scripts:
  wrong:
    steps:
      - hears: Farewell
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    return write_bot(tmp_path / "bot")


def test_the_scripts_beside_a_bot(cli: Cli, bot: Path) -> None:
    write_scripts(bot, GOOD)
    outcome = cli("test", "--bot", bot)
    assert outcome.code == 0
    assert outcome.out.startswith("...\n3 passed in ")


def test_the_nearest_bot_of_a_script(cli: Cli, bot: Path) -> None:
    assert cli("test", write_scripts(bot, GOOD)).code == 0
    outcome = cli("test", bot.parent.parent)
    assert outcome.code == 2
    assert "No bot.yaml" in outcome.err


def test_some_of_them(cli: Cli, bot: Path) -> None:
    write_scripts(bot, GOOD)
    assert "2 passed" in cli("test", "--bot", bot, "-k", "Hours").out
    assert "1 passed" in cli("test", "--bot", bot, "--on", "call").out
    assert "3 passed" in cli("test", "--bot", bot, "--flow", "desk").out
    outcome = cli("test", "--bot", bot, "--flow", "other")
    assert outcome.err == "No script fits.\n"


def test_a_failure(cli: Cli, bot: Path) -> None:
    write_scripts(bot, BAD, "bad.yaml")
    write_scripts(bot, GOOD, "good.yaml")
    outcome = cli("test", "--bot", bot)
    assert outcome.code == 1
    assert outcome.out.startswith("F...\n\nFAILED ")
    assert '>> here: hears "Farewell"' in outcome.out
    assert "3 passed, 1 failed in " in outcome.out
    stopped = cli("test", "--bot", bot, "-x")
    assert "0 passed, 1 failed, 3 not run in " in stopped.out


def test_every_conversation(cli: Cli, bot: Path) -> None:
    write_scripts(bot, GOOD)
    outcome = cli("test", "--bot", bot, "-v", "--on", "call")
    assert "Ada Lovelace  presses 1" in outcome.out
    assert "choose menu -> hours" in outcome.out


def test_results_for_programs(cli: Cli, bot: Path) -> None:
    write_scripts(bot, BAD)
    outcome = cli("test", "--bot", bot, "--json")
    (result,) = json.loads(outcome.out)
    assert (outcome.code, result["passed"], result["name"], result["on"]) == (1, False, "wrong", "chat")
    assert result["failure"]["place"].endswith("desk.yaml:6:9")
    assert result["failure"]["expected"] == 'hears "Farewell"'


def test_wrong_files(cli: Cli, bot: Path) -> None:
    write_scripts(bot, BAD.replace("hears", "heers"))
    outcome = cli("test", "--bot", bot)
    assert outcome.code == 2
    assert "unknown-verb: There is no verb `heers`. Did you mean `hears`?" in outcome.err
    assert cli("test", "--bot", bot.parent / "none.yaml").code == 2


async def test_a_script_of_a_stored_session(cli: Cli, bot: Path) -> None:
    async with Stage(Subject.read(bot), flow="desk") as stage:
        call = await Call.begin(stage, "grace@example.com", "Grace Hopper")
        await call.answers("hours")
        await call.ends("flow")
    (session,) = stage.sessions.values()
    store = SqliteStore(bot.parent / "state" / "bot.db")
    await store.open()
    await store.commit(Commit(session=row_of(replace(session, revision=0)), journal=stage.journal))
    await store.close()

    outcome = cli("test", "--bot", bot, "--from-journal", session.id)
    assert (outcome.code, outcome.err) == (0, "")
    (bot.parent / "scripts").mkdir()
    (bot.parent / "scripts" / "stored.yaml").write_text(outcome.out)
    assert 'person: {name: "Grace Hopper"' in outcome.out
    assert "- presses: 1" in outcome.out
    unknown = cli("test", "--bot", bot, "--from-journal", "call:nobody")
    assert unknown.code == 2
    assert "There is no session 'call:nobody'" in unknown.err
