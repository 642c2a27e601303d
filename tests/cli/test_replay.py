"""`botkit replay`: what sessions of the journal would do on the flows of today."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.testing import VirtualClock
from tests.cli.commands import Cli
from tests.runtime.house import House

FLOW = """\
flow: desk
language: en-US
start: [mention]
slots:
  pin: {type: digits, length: 4, ask: Your PIN please., secret: true}
steps:
  - id: menu
    choose: Tea or coffee?
    options: {tea: {key: 1}, coffee: {key: 2}}
    into: drink
  - if: drink == "tea"
    then:
      - say: A cup of tea.
  - collect: [pin]
  - end: Thank you.
"""
BOT = """\
bot: desk
platform: {connector: circuit}
flows: [flow0.yaml]
store: sqlite:///bot.db
speech: {recognizer: none}
"""


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    world = House(tmp_path, clock)
    world.flow(FLOW)
    (tmp_path / "bot.yaml").write_text(BOT)
    await world.start()
    yield world
    await world.close()


async def test_the_same(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted("tea", "4711")
    outcome = cli("replay", session, "--bot", tmp_path / "bot.yaml")
    assert (outcome.code, outcome.err) == (0, "")
    assert f"{session}  desk  the same\n" in outcome.out
    assert 'wrote "tea"' in outcome.out
    assert "the answer is secret: another one stands in for it" in outcome.out
    assert "then" not in outcome.out


async def test_a_difference_is_shown_beside_what_was(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted("tea", "4711")
    house.rewrite(FLOW.replace("A cup of tea.", "A mug of tea.").replace("Thank you.", "Bye."))
    outcome = cli("replay", session, "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 1
    assert "different from turn 2 on" in outcome.out
    line = next(line for line in outcome.out.splitlines() if "A cup of tea." in line)
    assert line.split() == ["*", "says", '"A', "cup", "of", 'tea."', "says", '"A', "mug", "of", 'tea."']
    assert 'says "Bye."' in outcome.out
    assert "4711" not in outcome.out
    assert "\x1b" not in outcome.out


async def test_many(cli: Cli, house: House, tmp_path: Path) -> None:
    tea, coffee = await house.chatted("tea", "4711"), await house.chatted("coffee")
    house.rewrite(FLOW.replace("A cup of tea.", "A mug of tea."))
    outcome = cli("replay", "--all", "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        f"{tea}  desk  different from turn 2 on",
        f"{coffee}  desk  the same",
        "1 the same, 1 different",
    ]
    outcome = cli("replay", "--last", "1", "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 0
    assert outcome.out.splitlines() == [f"{coffee}  desk  the same", "1 the same, 0 different"]


async def test_json(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted("tea")
    house.rewrite(FLOW.replace("A cup of tea.", "A mug of tea."))
    outcome = cli("replay", session, "--json", "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 1
    (told,) = json.loads(outcome.out)["sessions"]
    assert told["id"] == session
    assert told["same"] is False
    assert told["first_different"] == 2
    first, second = told["turns"]
    assert first["same"] is True
    assert second["input"][0] == "TextReceived"
    effects = [part for part in second["today"] if isinstance(part, list)]
    assert [fields["text"] for name, fields in effects if name == "Say"] == ["A mug of tea."]


async def test_another_database(cli: Cli, house: House, tmp_path: Path) -> None:
    await house.chatted("tea")
    (tmp_path / "bot.yaml").write_text(BOT.replace("bot.db", "none.db"))
    assert cli("replay", "--all", "--bot", tmp_path / "bot.yaml").code == 2
    outcome = cli("replay", "--all", "--bot", tmp_path / "bot.yaml", "--store", tmp_path / "bot.db")
    assert outcome.code == 0


async def test_a_journal_that_cannot_be_read_is_said(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted("tea")
    await house.stop()
    import sqlite3

    with sqlite3.connect(tmp_path / "bot.db") as db:
        db.execute("UPDATE journal SET data = replace(data, 'TextReceived', 'Telepathy')")
    outcome = cli("replay", session, "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 0
    assert "its journal cannot be read" in outcome.out
    await house.start()


@pytest.mark.parametrize(
    "arguments", [[], ["nobody"], ["--last", "0"], ["x", "--all"], ["--all", "--store", "nowhere.db"]]
)
async def test_wrong_usage(cli: Cli, house: House, tmp_path: Path, arguments: list[str]) -> None:
    outcome = cli("replay", *arguments, "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 2
    assert outcome.err


async def test_flows_that_are_broken_are_told(cli: Cli, house: House, tmp_path: Path) -> None:
    house.rewrite("flow: [")
    outcome = cli("replay", "--all", "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 2
    assert "yaml-syntax" in outcome.err
