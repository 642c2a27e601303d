"""A back-up that is made beside a busy bot, and a bot that goes on from it in another place."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.ports.store import StoreError
from botkit.store.backup import back_up
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House

FLOW = """\
flow: desk
start: [mention]
steps:
  - id: menu
    choose: Tea or coffee?
    options: {tea: {}, coffee: {}}
    into: drink
  - id: sugar
    choose: With sugar?
    options: {"yes": {}, "no": {}}
    into: sugar
  - end: "{{ drink }}, sugar: {{ sugar }}."
"""


def command(source: Path, copy: Path) -> None:
    """What `botkit db backup` does."""
    back_up(f"sqlite:///{source}", Path(), copy)


def online(source: Path, copy: Path) -> None:
    """What `.backup` of the sqlite3 shell does."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as db,
        closing(sqlite3.connect(copy)) as to,
    ):
        db.backup(to)


@pytest.mark.parametrize("way", [command, online])
async def test_a_bot_goes_on_from_a_back_up_made_while_it_was_busy(
    tmp_path: Path, clock: VirtualClock, way: Callable[[Path, Path], None]
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    house = House(here, clock)
    house.flow(FLOW)
    await house.start()
    people = [ScriptedPerson(house.platform, f"P{n}", f"p{n}@example.com") for n in range(20)]
    for words in ("hello", "tea"):
        await asyncio.gather(*(person.post(words) for person in people))
        await clock.settle()
    others = [ScriptedPerson(house.platform, f"Q{n}", f"q{n}@example.com") for n in range(20)]

    async def chatter() -> None:
        for other in others:
            await other.post("hello")

    busy = asyncio.create_task(chatter())
    await asyncio.to_thread(way, here / "bot.db", there / "bot.db")
    await busy
    await clock.settle()
    await house.kill()

    shutil.copy(here / "flow0.yaml", there / "flow0.yaml")
    restored = House(there, clock)
    restored.platform = house.platform
    restored.flow(FLOW)
    await restored.start()
    try:
        for person in people:
            await person.post("yes")
        await clock.settle()
        for person in people:
            assert restored.said(person.direct)[-1] == "tea, sugar: yes."
            assert len([text for text in restored.said(person.direct) if text.startswith("With sugar?")]) == 1
        for other in others:  # also what came after the back-up: the platform tells it again
            assert any(text.startswith("Tea or coffee?") for text in restored.said(other.direct))
    finally:
        await restored.close()


async def test_a_back_up_is_whole(tmp_path: Path, clock: VirtualClock) -> None:
    house = House(tmp_path, clock)
    house.flow(FLOW)
    await house.start()
    session = await house.chatted("tea")
    command(tmp_path / "bot.db", tmp_path / "copy.db")
    await house.close()
    with closing(sqlite3.connect(tmp_path / "copy.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM sessions WHERE id = ?", (session,)).fetchone() == (1,)


async def test_a_back_up_overwrites_nothing_and_leaves_nothing_half_done(
    tmp_path: Path, clock: VirtualClock
) -> None:
    house = House(tmp_path, clock)
    house.flow(FLOW)
    await house.start()
    await house.close()
    (tmp_path / "old.db").write_text("precious")
    with pytest.raises(UsageError, match="such a file already"):
        command(tmp_path / "bot.db", tmp_path / "old.db")
    assert (tmp_path / "old.db").read_text() == "precious"
    with pytest.raises(StoreError, match="cannot be written"):
        command(tmp_path / "bot.db", tmp_path / "nowhere" / "copy.db")
    (tmp_path / "bot.db").chmod(0o600)
    command(tmp_path / "bot.db", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


@pytest.mark.postgres
def test_postgresql_has_a_back_up_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="SQLite") as refused:
        back_up("postgresql://bot@127.0.0.1/bot", tmp_path, tmp_path / "copy")
    assert "pg_dump" in refused.value.remedy
