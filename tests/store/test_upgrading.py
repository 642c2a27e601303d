"""A database of an older botkit, and what it takes to go on with it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.ports.store import StoreError
from botkit.store import migrations, open_store, schema, upgrading
from tests.contract.store_rows import inbox_row, session_row
from tests.postgres import Server

URL = "sqlite:///bot.db"


def version_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture
def next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A botkit whose tables are one version further; the folder of its migrations."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder)
    number = schema.VERSION + 1
    last = (folder / "versions" / f"step_{schema.VERSION:04}.py").read_text()
    following = last.replace(f'down_revision = "{number - 2:04}"', f'down_revision = "{number - 1:04}"')
    following = following.replace(f'\nrevision = "{number - 1:04}"', f'\nrevision = "{number:04}"')
    (folder / "versions" / f"step_{number:04}.py").write_text(following)
    for database in ("sqlite", "postgresql"):
        (folder / "sql" / database / f"{number:04}.sql").write_text(
            "-- Moods.\nALTER TABLE sessions ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine';\n"
            "CREATE TABLE moods (name TEXT);\n"
        )
    monkeypatch.setattr(migrations, "_FOLDER", folder)
    monkeypatch.setattr(schema, "_SQL", folder / "sql")
    monkeypatch.setattr(schema, "VERSION", number)
    return folder


def made_by(version: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file as a botkit of that version made it."""
    with closing(sqlite3.connect(path)) as db, monkeypatch.context() as patch:
        patch.setattr(schema, "VERSION", version)
        schema.migrate(db, 0)


def tables_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(db.execute(f"PRAGMA table_info({name})")) for name in sorted(names)}


class TestSqlite:
    @pytest.mark.parametrize("version", range(1, schema.VERSION))
    async def test_a_file_of_any_release_becomes_a_current_one_when_it_is_opened(
        self, version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made_by(version, tmp_path / "bot.db", monkeypatch)
        with closing(sqlite3.connect(tmp_path / "bot.db")) as db:
            db.execute("INSERT INTO inbox (id, key, payload, at) VALUES ('a', 'k', x'00', 1)")
            db.execute(
                "INSERT INTO sessions (id, revision, open, places, state) VALUES ('s', 1, 1, '[]', x'7b7d')"
            )
            db.commit()
        store = open_store(URL, tmp_path)
        await store.open()
        row = await store.take()
        assert row is not None
        assert (row.id, row.begun) == ("a", 0)
        assert await store.session("s") == session_row("s")
        assert await store.receive(inbox_row("b"))
        await store.close()
        made_by(schema.VERSION, tmp_path / "new.db", monkeypatch)
        assert tables_of(tmp_path / "bot.db") == tables_of(tmp_path / "new.db")
        assert version_in(tmp_path / "bot.db") == schema.VERSION

    async def test_an_upgrade_that_breaks_leaves_what_was_there(
        self, next_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made_by(3, tmp_path / "bot.db", monkeypatch)
        last = next_release / "sql" / "sqlite" / f"{schema.VERSION:04}.sql"
        good = last.read_text()
        last.write_text(good + "CREATE nonsense;\n")
        store = open_store(URL, tmp_path)
        with pytest.raises(StoreError, match="nonsense") as caught:
            await store.open()
        assert caught.value.remedy
        assert version_in(tmp_path / "bot.db") == schema.VERSION - 1
        assert "moods" not in tables_of(tmp_path / "bot.db")
        last.write_text(good)
        await store.open()
        await store.close()
        assert version_in(tmp_path / "bot.db") == schema.VERSION

    def test_a_start_without_an_upgrade_imports_no_alembic(self, tmp_path: Path) -> None:
        program = (
            "import asyncio, sys\nfrom pathlib import Path\nfrom botkit.store import open_store\n"
            "async def main():\n"
            "    for _ in range(2):\n"
            "        store = open_store('sqlite:///bot.db', Path(sys.argv[1]))\n"
            "        await store.open()\n        await store.close()\n"
            "asyncio.run(main())\n"
            "sys.exit(bool({'alembic', 'sqlalchemy', 'asyncpg'} & sys.modules.keys()))\n"
        )
        subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=60)

    def test_it_is_told_and_done_by_command(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "bot.db"
        with pytest.raises(UsageError, match="no such database"):
            upgrading.status(URL, tmp_path)
        made_by(2, path, monkeypatch)
        assert upgrading.status(URL, tmp_path).found == 2
        done = upgrading.upgrade(URL, tmp_path)
        assert (done.found, done.current, done.where) == (2, schema.VERSION, str(path))
        assert upgrading.status(URL, tmp_path).found == schema.VERSION
        assert upgrading.upgrade(URL, tmp_path).found == schema.VERSION

    async def test_a_bot_that_runs_is_left_alone(self, tmp_path: Path) -> None:
        store = open_store(URL, tmp_path)
        await store.open()
        with pytest.raises(StoreError, match="another bot has this database open"):
            await asyncio.to_thread(upgrading.upgrade, URL, tmp_path)
        await store.close()


@pytest.mark.postgres
class TestPostgres:
    @pytest.fixture
    def url(self, postgres: Server) -> str:
        return postgres.new_schema()

    async def test_the_bot_refuses_an_older_schema_until_it_is_upgraded(
        self, url: str, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        store = open_store(url, tmp_path)
        await store.open()
        await store.receive(inbox_row("a"))
        await store.close()
        request.getfixturevalue("next_release")
        with pytest.raises(StoreError, match="older botkit") as caught:
            await store.open()
        assert "botkit db upgrade" in caught.value.remedy
        assert (await asyncio.to_thread(upgrading.status, url, tmp_path)).found == schema.VERSION - 1
        done = await asyncio.to_thread(upgrading.upgrade, url, tmp_path)
        assert (done.found, done.current) == (schema.VERSION - 1, schema.VERSION)
        assert "@/postgres" in done.where
        await store.open()
        row = await store.take()
        assert row is not None
        assert row.id == "a"
        with pytest.raises(StoreError, match="another bot has this database open"):
            await asyncio.to_thread(upgrading.upgrade, url, tmp_path)
        await store.close()

    async def test_an_upgrade_that_breaks_leaves_what_was_there(
        self, url: str, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        store = open_store(url, tmp_path)
        await store.open()
        await store.close()
        folder: Path = request.getfixturevalue("next_release")
        last = folder / "sql" / "postgresql" / f"{schema.VERSION:04}.sql"
        good = last.read_text()
        last.write_text(good + "CREATE nonsense;\n")
        with pytest.raises(StoreError, match="nonsense"):
            await asyncio.to_thread(upgrading.upgrade, url, tmp_path)
        assert (await asyncio.to_thread(upgrading.status, url, tmp_path)).found == schema.VERSION - 1
        last.write_text(good)
        await asyncio.to_thread(upgrading.upgrade, url, tmp_path)
        await store.open()
        await store.close()

    async def test_an_empty_schema_gets_its_tables(self, url: str, tmp_path: Path) -> None:
        assert (await asyncio.to_thread(upgrading.status, url, tmp_path)).found == 0
        assert (await asyncio.to_thread(upgrading.upgrade, url, tmp_path)).found == 0
        store = open_store(url, tmp_path)
        await store.open()
        await store.close()
