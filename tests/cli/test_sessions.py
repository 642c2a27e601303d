"""`botkit sessions` and `botkit journal`: what somebody who is on call looks at, beside a bot that runs."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from botkit import step_handler
from botkit.cli.journal import Seen
from botkit.cli.journal_words import how_it_ended, reason_words
from botkit.ports.store import Commit, JournalRow
from botkit.store.reading import StoreReader
from botkit.testing import ScriptedPerson, VirtualClock
from tests.cli.commands import Cli, command
from tests.runtime.house import House

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
  - run: brew
    into: cup
  - end: "{{ cup }}"
"""


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    @step_handler
    def brew() -> str:
        raise RuntimeError("the kettle is cold")

    world = House(tmp_path, clock)
    world.plug(brew)
    world.flow(FLOW)
    await world.start()
    yield world
    await world.close()


async def test_it_tells_who_waits_for_what_until_when(cli: Cli, house: House, tmp_path: Path) -> None:
    waiting = await house.chatted()
    over = await house.chatted("tea", "4711")
    outcome = cli("sessions", "--store", tmp_path / "bot.db", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    (second, first) = json.loads(outcome.out)
    assert [first["id"], second["id"]] == [waiting, over]
    assert first["open"]
    assert first["at"] == "desk:7 choose"
    assert first["waits for"] == "a form of the person, or a message"
    assert first["since"]
    assert first["deadline"] > first["since"]
    assert first["last error"] == ""
    assert not second["open"]
    assert second["waits for"] == ""
    assert second["ended"] == "nothing handled error.run.failed (RuntimeError: the kettle is cold), line 12"
    assert second["last error"].endswith('the handler failed: "RuntimeError: the kettle is cold"')


@pytest.mark.parametrize("only", [(), ("--open",), ("--flow", "desk"), ("--waiting",)])
async def test_that_there_are_more_is_told_beside_the_list(
    cli: Cli, house: House, tmp_path: Path, only: Sequence[str]
) -> None:
    names = [await house.chatted() for _ in range(3)]
    two, three = (cli("sessions", "--store", tmp_path / "bot.db", "--last", n, *only) for n in "23")
    assert two.out.splitlines()[::2] == [names[2], names[1]]
    assert two.err == "There are more, older ones: `--last N` lists the newest N, here 2.\n"
    assert three.err == ""


async def test_what_ended_before_its_first_step_has_no_line(cli: Cli, house: House, tmp_path: Path) -> None:
    reason = {
        "flow": "desk",
        "line": 0,
        "verb": "unhandled",
        "branch": "error.set",
        "read": {"detail": "no room"},
    }
    data = json.dumps({"why": [reason]}).encode()
    row = JournalRow(session_id="s", at=house.clock.now(), kind="turn", data=data)
    assert how_it_ended([row]) == "nothing handled error.set (no room)"
    assert reason_words(reason, {"desk": "desk.yaml"}).startswith("desk.yaml  unhandled -> error.set")


async def test_a_card_tells_what_went_wrong_last_and_no_secret(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    session = await house.chatted("tea", "4711")
    outcome = cli("sessions", session, "--store", tmp_path / "bot.db")
    assert outcome.code == 0
    assert f"id:         {session}" in outcome.out
    assert "ended:      nothing handled error." in outcome.out
    assert "4711" not in outcome.out


async def test_only_those_that_were_asked_for(cli: Cli, house: House, tmp_path: Path) -> None:
    waiting = await house.chatted()
    await house.chatted("tea", "4711")
    db = tmp_path / "bot.db"

    def listed(*options: str) -> list[str]:
        return [each["id"] for each in json.loads(cli("sessions", *options, "--store", db, "--json").out)]

    assert listed("--open") == listed("--waiting") == [waiting]
    assert len(listed("--flow", "desk")) == 2
    assert listed("--flow", "other") == []
    assert len(listed("--last", "1")) == 1
    assert cli("sessions", "--flow", "other", "--store", db).out == "There is no such session.\n"


async def test_a_long_id_stays_whole_and_hides_nothing(
    cli: Cli, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    session = f"webhook:alerts:{'0123456789' * 7}"
    await house.chatted()
    await house.stop()
    with sqlite3.connect(tmp_path / "bot.db") as db:
        db.execute("UPDATE sessions SET id = ?", (session,))
    first, second = cli("sessions", "--store", tmp_path / "bot.db").out.splitlines()
    assert first == session
    assert second.startswith(
        "  desk:7 choose; Ada Byron; waits for a form of the person, or a message; since 20"
    )
    assert "; until 20" in second


async def test_what_a_call_waits_for(cli: Cli, house: House, tmp_path: Path) -> None:
    call = await ScriptedPerson(house.platform).call()
    await house.clock.settle()
    (found,) = json.loads(cli("sessions", "--open", "--store", tmp_path / "bot.db", "--json").out)
    assert (found["id"], found["waits for"]) == (f"call:{call.id}", "the caller")


async def test_a_session_that_nobody_can_read_is_told_of(cli: Cli, house: House, tmp_path: Path) -> None:
    session = await house.chatted()
    await house.stop()
    with sqlite3.connect(tmp_path / "bot.db") as db:
        db.execute("UPDATE sessions SET state = x'00' WHERE id = ?", (session,))
    (found,) = json.loads(cli("sessions", "--store", tmp_path / "bot.db", "--json").out)
    assert found["waits for"] == "nothing: it cannot be read"


async def test_an_unknown_session_is_told_with_a_remedy(cli: Cli, house: House, tmp_path: Path) -> None:
    for name in ("sessions", "journal"):
        outcome = cli(name, "nobody", "--store", tmp_path / "bot.db")
        assert outcome.code == 2
        assert "There is no session 'nobody'" in outcome.err
        assert "botkit sessions" in outcome.err


async def test_the_journal_is_told_in_order_and_without_secrets(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    session = await house.chatted("tea", "4711")
    db = tmp_path / "bot.db"
    out = cli("journal", session, "--store", db).out
    lines = out.splitlines()
    assert 'posted "Welcome."' in out
    assert "4711" not in out
    assert lines == sorted(lines, key=lambda line: line[:19])
    assert out == cli("journal", "--store", db).out
    turns = [
        json.loads(line)
        for line in cli("journal", "--kind", "turn", "--json", "--store", db).out.splitlines()
    ]
    assert {turn["kind"] for turn in turns} == {"turn"}
    assert all(turn["session"] == session for turn in turns)


async def test_the_journal_tells_by_address_who_was_refused(
    cli: Cli, tmp_path: Path, clock: VirtualClock
) -> None:
    house = House(tmp_path, clock)
    house.flow("flow: door\nstart: [mention: {allow: [ben@example.com]}]\nsteps: [say: Open.]\n")
    await house.start()
    person = ScriptedPerson(house.platform, "Eve Ames", "eve@example.com")
    await person.mention("door")
    await house.clock.settle()
    out = cli("journal", "--kind", "refused", "--store", tmp_path / "bot.db").out
    await house.close()
    assert "refused eve@example.com for the flow door (not_allowed): item:" in out


async def test_what_comes_is_told_once(house: House, tmp_path: Path) -> None:
    first = await house.chatted()
    reader = StoreReader(f"sqlite:///{tmp_path / 'bot.db'}", Path())
    seen = Seen(reader, None, 20)
    assert {name for name, _ in seen.fresh()} == {first}
    assert seen.fresh() == []
    second = await house.chatted()
    assert {name for name, _ in seen.fresh()} == {second}
    assert seen.fresh() == []


async def test_what_an_old_session_does_is_followed_too(house: House, tmp_path: Path) -> None:
    old = ScriptedPerson(house.platform, "Grace")
    await old.post("hello")
    await house.clock.settle()
    names = [await house.chatted() for _ in range(3)]
    seen = Seen(StoreReader(f"sqlite:///{tmp_path / 'bot.db'}", Path()), None, 2)
    assert {name for name, _ in seen.fresh()} == set(names[1:])
    await old.post("tea")
    await house.clock.settle()
    told = seen.fresh()
    assert len(told) > 1
    assert not {name for name, _ in told} & set(names)


async def test_only_what_came_is_read(house: House, tmp_path: Path) -> None:
    read: list[object] = []

    class Watched(StoreReader):
        def lines_after(self, session_id: str, number: int) -> Sequence[tuple[int, JournalRow]]:
            found = super().lines_after(session_id, number)
            read.extend(found)
            return found

        def journal(self, session_id: str) -> Sequence[JournalRow]:
            raise AssertionError("a whole journal is read")

    session = await house.chatted()
    seen = Seen(Watched(f"sqlite:///{tmp_path / 'bot.db'}", Path()), None, 20)
    before = len(seen.fresh())
    assert len(read) == before > 2
    await house.chatted("tea")
    fresh = seen.fresh()
    assert len(read) == before + len(fresh)
    assert seen.fresh() == []
    assert len(read) == before + len(fresh)
    assert session not in {name for name, _ in fresh}


async def test_lines_that_are_pruned_meanwhile_hide_none_that_come(house: House, tmp_path: Path) -> None:
    session = await house.chatted()
    seen = Seen(StoreReader(f"sqlite:///{tmp_path / 'bot.db'}", Path()), session, 20)
    assert len(seen.fresh()) > 1
    with sqlite3.connect(tmp_path / "bot.db") as db:  # all but the newest
        newest = "(SELECT last_line FROM sessions WHERE id = ?)"
        db.execute(f"UPDATE journal SET previous = NULL WHERE seq = {newest}", (session,))
    line = JournalRow(session_id=session, at=house.clock.now(), kind="posted", data=b"{}")
    await house.store.commit(Commit(journal=[line]))
    assert seen.fresh() == [(session, line)]


async def test_a_journal_is_followed_while_the_bot_works(house: House, tmp_path: Path) -> None:
    await house.chatted()
    async with command("journal", "--follow", "--store", tmp_path / "bot.db", cwd=tmp_path) as following:
        await following.until("Welcome")
        await house.chatted("tea")
        await following.until('wrote "tea"')
        outcome = await following.end(2)
    assert "Traceback" not in outcome.err
    assert outcome.code == 130
