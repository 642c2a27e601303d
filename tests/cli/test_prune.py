"""`botkit db prune`, and what other commands say of what is gone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from botkit.ports.store import Commit
from botkit.store import FolderBlobs
from botkit.testing import VirtualClock
from tests.cli.commands import Cli
from tests.runtime.house import House

FLOW = """\
flow: desk
start: [mention]
steps:
  - choose: Tea or coffee?
    options: {tea: {}, coffee: {}}
    into: drink
  - say: One moment.
  - end: "{{ drink }}."
"""
BOT = """\
bot: desk
platform: {connector: circuit}
flows: [flow0.yaml]
store: {url: 'sqlite:///bot.db', keep: KEEP}
"""


@pytest.fixture
async def house(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[House]:
    """It lives in the past, by its own clock; commands go by the machine's."""
    clock.set(datetime(2020, 3, 2, 9, tzinfo=UTC))
    world = House(tmp_path, clock)
    world.flow(FLOW)
    await world.start()
    yield world
    await world.close()


def bot_file(folder: Path, keep: str) -> Path:
    path = folder / "bot.yaml"
    path.write_text(BOT.replace("KEEP", keep))
    return path


async def test_it_tells_what_would_go_and_lets_it_go_beside_the_bot(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    over = await house.chatted("tea")
    waiting = await house.chatted()
    ref = await FolderBlobs(tmp_path / "state" / "recordings").put("message.wav", b"sound")
    lines = await house.store.journal(waiting)
    bot = bot_file(tmp_path, "{sessions: 1d, seen: forever}")
    told = "1 session, 5 lines of the journal, 0 ids of what came, 0 recordings."
    assert cli("db", "prune", "--dry-run", "--bot", bot).out == f"Would go: {told}\n"
    assert await house.store.session(over) is not None
    assert cli("db", "prune", "--bot", bot).out == f"Gone: {told}\n"
    assert await house.store.session(over) is None
    assert await house.store.journal(waiting) == lines
    assert (tmp_path / "state" / "recordings" / ref).exists()
    assert "0 sessions, 0 lines" in cli("db", "prune", "--bot", bot).out
    # The bot that runs goes on.
    again = await house.chatted("coffee")
    row = await house.store.session(again)
    assert row is not None
    assert not row.open


async def test_recordings_go_if_bot_yaml_says_so(cli: Cli, house: House, tmp_path: Path) -> None:
    import os

    blobs = FolderBlobs(tmp_path / "state" / "recordings")
    refs = [await blobs.put(f"{name}.wav", b"sound") for name in ("old", "young", "needed")]
    for ref in (refs[0], refs[2]):
        os.utime(tmp_path / "state" / "recordings" / ref, (0, 0))
    from tests.contract.store_rows import inbox_row

    await house.stop()
    await house.boot()
    await house.store.commit(Commit(inbox=[inbox_row("x", payload=b'"%b"' % refs[2].encode())]))
    out = cli("db", "prune", "--bot", bot_file(tmp_path, "{recordings: 1d}")).out
    assert out.endswith("1 recording.\n")
    assert [(tmp_path / "state" / "recordings" / ref).exists() for ref in refs] == [False, True, True]


async def test_commands_say_what_is_gone(cli: Cli, house: House, tmp_path: Path) -> None:
    over = await house.chatted("tea")
    await house.chatted()
    bot = bot_file(tmp_path, "{sessions: forever, journal: 1d}")
    assert "0 sessions, 4 lines" in cli("db", "prune", "--bot", bot).out
    assert "its older lines are pruned" in cli("why", over, "--bot", bot).out
    assert "its older lines are pruned" in cli("journal", over, "--bot", bot).err
    assert "its older lines are pruned" in cli("sessions", over, "--bot", bot).out
    replayed = cli("replay", over, "--bot", bot)
    assert "its older lines are pruned" in replayed.out
    assert json.loads(cli("why", over, "--bot", bot, "--json").out)["pruned"] is True
    bot = bot_file(tmp_path, "{sessions: 1d}")
    assert "1 session," in cli("db", "prune", "--bot", bot).out
    for command in ("why", "journal", "sessions", "replay"):
        outcome = cli(command, over, "--bot", bot)
        assert outcome.code == 2
        assert "Those that were over before 20" in outcome.err
        assert "UTC are pruned." in outcome.err


async def test_a_session_that_is_whole_is_not_said_to_be_pruned(
    cli: Cli, house: House, tmp_path: Path
) -> None:
    over = await house.chatted("tea")
    for command in ("why", "journal", "sessions"):
        outcome = cli(command, over, "--store", tmp_path / "bot.db")
        assert outcome.code == 0
        assert "pruned" not in outcome.out + outcome.err


def test_a_database_that_no_bot_has_opened_holds_nothing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "bot.db").touch()
    assert "Gone: 0 sessions" in cli("db", "prune", "--bot", bot_file(tmp_path, "30d")).out
    (tmp_path / "bot.db").unlink()
    outcome = cli("db", "prune", "--bot", bot_file(tmp_path, "30d"))
    assert outcome.code == 2
    assert "no such database" in outcome.err
