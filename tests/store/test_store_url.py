"""`store: URL` becomes a store, or one clear sentence."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

import botkit.store
from botkit.model.errors import UsageError
from botkit.ports.store import Durability, StoreError
from botkit.store import SqliteStore, open_store
from tests.contract.store_rows import inbox_row


async def test_a_relative_path_starts_at_the_base_and_its_directory_is_made(tmp_path: Path) -> None:
    store = open_store("sqlite:///state/my%20bot.db", tmp_path)
    assert not (tmp_path / "state").exists()
    await store.open()
    await store.close()
    assert (tmp_path / "state" / "my bot.db").stat().st_mode & 0o777 == 0o600


async def test_four_slashes_are_an_absolute_path(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/bot.db", Path("/nowhere"))
    await store.open()
    await store.close()
    assert (tmp_path / "bot.db").exists()


async def test_memory_leaves_no_file(tmp_path: Path) -> None:
    store = open_store("sqlite:///:memory:", tmp_path)
    await store.open()
    assert await store.receive(inbox_row("a"))
    await store.close()
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://db/bot", "`mysql`"),
        ("postgresql://bot@db/bot?password=hush", "among the options"),
        ("state/bot.db", "that is no URL of a store: it has no scheme"),
        ("", "that is no URL of a store: it has no scheme"),
        ("sqlite://state/bot.db", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///bot.db?synchronous=full", "option"),
        ("sqlite:///bot.db?cache=shared", "option"),
    ],
)
def test_any_other_url_is_refused_with_a_remedy(url: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        open_store(url, tmp_path)
    assert "hush" not in caught.value.paragraph()
    assert caught.value.remedy


@pytest.mark.parametrize(("durability", "level"), [(Durability.PROCESS, 1), (Durability.POWER, 2)])
async def test_durability_says_what_the_disk_is_waited_for(
    durability: Durability, level: int, tmp_path: Path
) -> None:
    store = open_store("sqlite:///bot.db", tmp_path, durability)
    assert isinstance(store, SqliteStore)
    await store.open()

    def pragma(db: sqlite3.Connection) -> tuple[int, str]:
        return (
            db.execute("PRAGMA synchronous").fetchone()[0],
            db.execute("PRAGMA journal_mode").fetchone()[0],
        )

    assert await store._run(pragma) == (level, "wal")
    await store.close()


def test_without_its_driver_postgresql_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("botkit.store.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr(botkit.store, "postgres", raising=False)
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(UsageError, match="not installed") as caught:
        open_store("postgresql://bot@db/bot", tmp_path)
    assert "botkit[postgres]" in caught.value.remedy


async def test_a_directory_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        await open_store("sqlite:///state/bot.db", tmp_path).open()
    assert caught.value.where.endswith("state/bot.db")
