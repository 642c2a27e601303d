"""`botkit why`: what happened in a session, told from the journal of a bot that may be running."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botkit.cli.journal_words import how_it_ended, lines_of, quoted
from botkit.ports.audio import LegStatistics
from botkit.ports.store import JournalRow
from botkit.runtime.journal import media
from botkit.testing import ScriptedPerson, VirtualClock
from botkit.testing.http import answer
from tests.cli.commands import Cli
from tests.runtime.house import House

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FLOW = """\
flow: desk
start: [call_incoming, mention]
slots:
  pin: {type: digits, length: 4, ask: Your PIN please., secret: true}
steps:
  - say: Welcome.
  - id: menu
    choose: Tea or coffee?
    options: {tea: {key: 1}, coffee: {key: 2}}
    into: drink
  - collect: [pin]
  - if: drink == "tea"
    then:
      - end: A cup of tea.
  - end: A cup of coffee.
"""


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    world = House(tmp_path, clock)
    world.flow(FLOW)
    await world.start()
    yield world
    await world.close()


def contents(folder: Path) -> dict[str, bytes]:
    """File -> what is in it; the index that SQLite keeps in memory shared by processes aside."""
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.endswith("-shm")]
    return {file.name: file.read_bytes() for file in files}


async def test_a_chat_is_told_with_its_reasons_while_the_bot_runs(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    session = await house.chatted("tea", "4711")
    outcome = cli("why", session, "--store", tmp_path / "bot.db")
    assert (outcome.code, outcome.err) == (0, "")
    for words in (
        'begins with "hello"',
        "desk:6  say",
        'posted "Welcome."',
        "desk:7  choose menu -> asked",
        'wrote "tea"',
        "desk:7  choose menu -> tea",
        'wrote "***"',
        'desk:12  if -> then   because drink == "tea"',
        'posted "A cup of tea."',
        "3 turns",
        "end, line 14",
    ):
        assert words in outcome.out
    assert "4711" not in outcome.out
    assert "\x1b" not in outcome.out


async def test_a_reaction_is_told(cli: Cli, house: House, tmp_path: Path) -> None:
    await house.change_flow(FLOW.replace("  - say: Welcome.", "  - react: like\n  - say: Welcome."))
    outcome = cli("why", await house.chatted(), "--store", tmp_path / "bot.db")
    assert "desk:6  react" in outcome.out
    assert "reacted to the message: like" in outcome.out


async def test_a_call_is_told_with_what_was_really_played(cli: Cli, house: House, tmp_path: Path) -> None:
    call = await ScriptedPerson(house.platform).call()
    await house.clock.advance(0.9)
    house.audio.legs[-1].press("2")
    await house.clock.advance(1)
    await house.clock.settle()
    outcome = cli("why", f"call:{call.id}", "--store", f"sqlite:///{tmp_path / 'bot.db'}")
    assert outcome.code == 0, outcome.err
    assert "picks up" in outcome.out
    assert 'played "Welcome.", 0.5 s' in outcome.out
    assert "cut at 0." in outcome.out
    assert "pressed 2" in outcome.out
    assert "choose menu -> coffee" in outcome.out


async def test_the_latest_sessions_are_listed_newest_first(cli: Cli, house: House, tmp_path: Path) -> None:
    done = await house.chatted("tea", "4711")
    await house.clock.advance(60)
    still = await house.chatted()
    outcome = cli("why", "--store", tmp_path / "bot.db")
    first, second = outcome.out.splitlines()
    assert still in first
    assert "  open  " in first
    assert done in second
    assert "end, line 14" in second
    assert "  chat  desk  " in second
    assert cli("why", "--store", tmp_path / "bot.db", "--last", 1).out.split() == first.split()


async def test_json(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted("tea")
    listed = json.loads(cli("why", "--json", "--store", tmp_path / "bot.db").out)
    assert [(each["id"], each["flow"], each["turns"], each["open"]) for each in listed] == [
        (session, "desk", 2, True)
    ]
    told = json.loads(cli("why", session, "--json", "--store", tmp_path / "bot.db").out)
    assert [line["kind"] for line in told["journal"]][:2] == ["turn", "posted"]
    assert told["journal"][0]["why"][0]["line"] == 6


async def test_with_its_bot_steps_have_their_file(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted()
    bot = tmp_path / "bot.yaml"
    bot.write_text("bot: desk\nplatform: {connector: none}\nflows: [flow0.yaml]\nstore: sqlite:///bot.db\n")
    assert f"{tmp_path / 'flow0.yaml'}:6  say" in cli("why", session, "--bot", bot).out
    (tmp_path / "flow0.yaml").write_text("flow: [broken\n")
    assert "desk:6  say" in cli("why", session, "--bot", bot).out


async def test_looking_writes_nothing(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted("tea")
    database, log = tmp_path / "bot.db", tmp_path / "bot.db-wal"
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for file in (database, log):
        (crashed / file.name).write_bytes(file.read_bytes())
    before = contents(crashed)
    assert session in cli("why", "--store", crashed / "bot.db").out
    assert contents(crashed) == before
    await house.stop()
    before = contents(tmp_path)
    assert session in cli("why", "--store", database).out
    assert contents(tmp_path) == before


async def test_a_bot_nobody_has_talked_to(cli: Cli, house: House, tmp_path: Path) -> None:
    outcome = cli("why", "--store", tmp_path / "bot.db")
    assert (outcome.code, outcome.out) == (0, "There is no session yet.\n")


async def test_a_session_that_is_not_there(cli: Cli, house: House, tmp_path: Path) -> None:
    outcome = cli("why", "call:\x1b[31mnobody", "--store", tmp_path / "bot.db")
    assert outcome.code == 2
    assert "There is no session" in outcome.err
    assert "\x1b" not in outcome.err


@pytest.mark.parametrize(
    ("store", "code", "words"),
    [
        ("nowhere.db", 2, "no such database"),
        ("sqlite:///:memory:", 2, "no such database"),
        ("mysql://host/bot", 2, "there is no store `mysql`"),
        ("text.db", 1, "cannot be read"),
        ("other.db", 1, "another program"),
    ],
)
def test_what_is_no_store(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: str, code: int, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("not a database, and longer than a header of one would be" * 40)
    other = sqlite3.connect("other.db")
    other.execute("CREATE TABLE tea (cup)")
    other.close()
    outcome = cli("why", "--store", store)
    assert outcome.code == code, outcome.err
    assert words in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("count", ["0", "-5", "x", "99999999"])
def test_how_many_is_a_number(cli: Cli, count: str) -> None:
    outcome = cli("why", f"--last={count}")
    assert outcome.code == 2
    assert "1 to 1000" in outcome.err


@pytest.mark.parametrize("data", [b"\xff", b"[]", b'{"why": 5}', b'{"why": [{}], "input": ["Begin", 7]}'])
def test_damaged_lines_hide_no_others(data: bytes) -> None:
    row = JournalRow(session_id="s", at=datetime(2026, 3, 2, tzinfo=UTC), kind="turn", data=data)
    assert lines_of(row, {})
    assert how_it_ended([row]) == "ended"


def test_without_a_bot(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = cli("why")
    assert outcome.code == 2
    assert "bot.yaml" in outcome.err


def test_texts_cannot_command_a_terminal() -> None:
    assert quoted("a\x1b[2Jb\nc\x9bd") == '"a\\x1b[2Jb\\nc\\x9bd"'
    assert quoted("ü" * 500) == '"' + "ü" * 300 + '..."'


def test_the_line_of_a_call_is_told() -> None:
    line = LegStatistics(sent=1200, received=1190, lost=2, jitter=0.0041, far_lost=0, round_trip=0.0312)
    (told,) = lines_of(media("s", "c", line, NOON), {})
    assert told.text == (
        "line: 1,190 packets (2 lost, jitter 4 ms) came; 1,200 packets (0 lost) went; round trip 31 ms"
    )
    (told,) = lines_of(media("s", "c", LegStatistics(sent=5), NOON), {})
    assert told.text == "line: 0 packets (0 lost) came; 5 packets went"


async def test_a_request_is_told_with_its_status_and_time(cli: Cli, house: House, tmp_path: Path) -> None:
    house.flow(
        "flow: shop\nstart: [{mention: {words: [shop]}}]\nsteps:\n"
        "  - http: PUT https://example.com/orders\n    json: {a: b}\n    tries: 2\n    into: order\n"
        "  - http: https://example.com/gone\n"
    )
    house.http.on("PUT https://example.com/orders", answer(status=503, retry_after=2.5), answer({"id": 7}))
    house.http.on("GET https://example.com/gone", answer(status=404))
    await house.stop()
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.post("shop")
    await house.clock.advance(5)
    outcome = cli("why", f"item:{asked.id}", "--store", tmp_path / "bot.db")
    assert (outcome.code, outcome.err) == (0, "")
    for words in (
        "shop:4  http -> requested",
        "requests PUT https://example.com/orders",
        "PUT: status 200 in 2.5 s, at try 2",
        'the server answered {"id": 7}',
        "shop:4  http -> done",
        "GET: status 404 in 0.0 s",
        "the request ended badly: not_found, status 404",
    ):
        assert words in outcome.out, words


async def test_a_recording_that_is_lost_is_told_once(cli: Cli, tmp_path: Path, clock: VirtualClock) -> None:
    house = House(tmp_path, clock)
    steps = "[record_call: on, say: Hello., record_call: off, end: Bye.]"
    house.flow(f"flow: taped\nstart: [call_incoming]\nsteps: {steps}")
    await house.start()
    house.blobs.refuse("the disk is full")
    ada = ScriptedPerson(house.platform)
    call = await ada.call()
    await house.clock.advance(10)
    outcome = cli("why", f"call:{call.id}", "--store", tmp_path / "bot.db")
    told = [line for line in outcome.out.splitlines() if "recording" in line or "recorded" in line]
    assert len(told) == 1, told
    assert "the call's recording is lost, the disk is full" in told[0]
    assert 'played "Bye."' in outcome.out
    await house.close()
