"""The database file: whose it is, how old it is, how long its log grows, and what a full disk does."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from botkit.ports.store import Commit, StoreError
from botkit.store import SqliteStore, checkpoint, outbox_table, schema
from botkit.store.writer import Writer
from tests.contract.store_rows import NOON, effect_row, inbox_row, line, session_row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path)
    await store.open()
    yield store
    await store.close()


def open_files(path: Path) -> list[str]:
    """Names of this database that this process has open, each as often as it has."""
    names: list[str] = []
    for handle in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # the one that this look takes
            names.append(str(handle.readlink()))
    return sorted(Path(name).name for name in names if name.startswith(str(path)))


def contents(path: Path) -> bytes:
    return path.read_bytes()


class TestOwner:
    async def test_a_second_store_on_the_file_is_refused(self, store: SqliteStore, path: Path) -> None:
        second = SqliteStore(path)
        with pytest.raises(StoreError, match="another bot has this database open") as caught:
            await second.open()
        assert str(path) in caught.value.paragraph()
        assert await store.receive(inbox_row("a"))
        with pytest.raises(StoreError, match="not open"):
            await second.take()

    async def test_a_second_process_is_refused(self, store: SqliteStore, path: Path) -> None:
        program = (
            "import asyncio, sys\nfrom pathlib import Path\nfrom botkit.store import SqliteStore\n"
            "try:\n    asyncio.run(SqliteStore(Path(sys.argv[1])).open())\n"
            "except Exception as error:\n    sys.exit(str(error))\n"
        )
        child = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", program, str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert child.returncode == 1
        assert "another bot has this database open (process " in child.stderr
        assert "Traceback" not in child.stderr

    async def test_who_closes_lets_the_next_one_in(self, store: SqliteStore, path: Path) -> None:
        await store.receive(inbox_row("a"))
        await store.close()
        following = SqliteStore(path)
        await following.open()
        taken = await following.take()
        assert taken is not None
        assert (taken.id, taken.begun) == ("a", 0)
        await following.close()

    async def test_other_programs_may_read_meanwhile(self, store: SqliteStore, path: Path) -> None:
        await store.receive(inbox_row("a"))
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("SELECT id FROM inbox").fetchall() == [("a",)]

    async def test_opening_twice_is_refused(self, store: SqliteStore) -> None:
        with pytest.raises(StoreError, match="open already"):
            await store.open()


class TestSchema:
    async def refused(self, path: Path, told: str) -> None:
        before = contents(path)
        store = SqliteStore(path)
        with pytest.raises(StoreError, match=told) as caught:
            await store.open()
        assert caught.value.where == str(path)
        assert caught.value.remedy
        assert contents(path) == before
        # Nothing is left behind: the lock is free, and no thread holds the file.
        with pytest.raises(StoreError, match=told):
            await SqliteStore(path).open()

    async def test_a_new_file_gets_the_current_version(self, store: SqliteStore, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)

    async def test_a_newer_database_is_refused(self, store: SqliteStore, path: Path) -> None:
        await store.close()
        with closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
        await self.refused(path, "newer botkit")

    async def test_a_database_of_others_is_refused(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE shopping (what TEXT)")
        await self.refused(path, "another program")

    @pytest.fixture
    def text_file(self, path: Path) -> Path:
        path.write_bytes(b"bot: frontdesk\n" * 100)
        return path

    async def test_a_file_that_is_no_database_is_refused(self, text_file: Path) -> None:
        await self.refused(text_file, "not a database")

    async def test_an_older_outbox_keeps_its_order(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with closing(sqlite3.connect(path)) as db:
            monkeypatch.setattr(schema, "VERSION", 1)
            schema.migrate(db, 0)
            monkeypatch.undo()
            for effect_id, key in (("1", "a"), ("2", "b"), ("3", "a")):
                db.execute("INSERT INTO outbox VALUES (NULL, ?, ?, 's', x'00', NULL)", (effect_id, key))
            db.commit()
        store = SqliteStore(path)
        await store.open()
        assert [effect.id for effect in await store.effects()] == ["1", "2"]
        await store.commit(Commit(confirmed=["1"]))
        assert [effect.id for effect in await store.effects()] == ["2", "3"]
        await store.close()

    async def test_older_sessions_have_no_version(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with closing(sqlite3.connect(path)) as db:
            monkeypatch.setattr(schema, "VERSION", 2)
            schema.migrate(db, 0)
            monkeypatch.undo()
            db.execute(
                "INSERT INTO sessions (id, revision, open, places, state) VALUES ('s', 1, 1, '[]', x'7b7d')"
            )
            db.commit()
        store = SqliteStore(path)
        await store.open()
        assert await store.session("s") == session_row("s")
        assert await store.versions_in_use() == {}
        await store.commit(Commit(session=session_row("s", 2, version="a")))
        assert await store.versions_in_use() == {"a": 1}
        await store.close()

    async def test_a_step_that_breaks_leaves_the_version_before_it(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = schema.steps("sqlite")
        broken = (schema.VERSION + 1, "CREATE TABLE new (a); CREATE nonsense;")
        monkeypatch.setattr(schema, "steps", lambda _: [*good, broken])
        monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(StoreError, match="nonsense"):
            await SqliteStore(path).open()
        monkeypatch.undo()
        store = SqliteStore(path)
        await store.open()
        assert await store.receive(inbox_row("a"))
        await store.close()


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "index"),
        [
            ("SELECT 1 FROM sessions WHERE open AND deadline <= 1 ORDER BY deadline", "sessions_by_deadline"),
            ("SELECT min(seq) FROM outbox WHERE key = 'a'", "outbox_by_key"),
            ("SELECT 1 FROM outbox WHERE head ORDER BY seq", "outbox_heads"),
        ],
    )
    async def test_the_frequent_ones_scan_nothing(self, store: SqliteStore, query: str, index: str) -> None:
        plan = await store._run(lambda db: db.execute("EXPLAIN QUERY PLAN " + query).fetchall())
        assert index in " ".join(row[3] for row in plan)

    async def test_what_waits_behind_a_slow_effect_costs_nothing(self, store: SqliteStore) -> None:
        def effort(db: sqlite3.Connection) -> int:
            """Steps of SQLite's machine to read the heads of the outbox."""
            steps = itertools.count()
            db.set_progress_handler(lambda: next(steps) < 0, 1)
            assert [head.row.key for head in outbox_table.heads(db)] == ["slow", "quick"]
            db.set_progress_handler(None, 0)
            return next(steps)

        await store.commit(Commit(outbox=[effect_row("0", "slow"), effect_row("1", "slow")]))
        await store.commit(Commit(outbox=[effect_row("free", "quick")]))
        few = await store._run(effort)
        await store.commit(Commit(outbox=[effect_row(f"late {n}", "slow") for n in range(1000)]))
        assert await store._run(effort) == few
        await store.commit(Commit(confirmed=["0"]))
        assert [row.id for row in await store.effects(busy=["quick"])] == ["1"]


class TestAttempts:
    async def test_one_noted_with_its_commit_is_unsure_after_a_crash(
        self, store: SqliteStore, path: Path
    ) -> None:
        await store.commit(Commit(outbox=[effect_row("a1", ahead=NOON), effect_row("a2", ahead=NOON)]))
        assert [effect.attempted_at for effect in await store.effects()] == [None]
        await store.close()
        await store.open()
        assert [(each.id, each.attempted_at, each.tries) for each in await store.effects()] == [
            ("a1", NOON, 1)
        ]
        await store.commit(Commit(confirmed=["a1"]))
        assert [(each.id, each.attempted_at, each.tries) for each in await store.effects()] == [
            ("a2", None, 0)
        ]


class TestLog:
    async def test_it_stays_bounded_and_nothing_is_lost(
        self, store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoint, "LOG_LIMIT", 64 << 10)
        monkeypatch.setattr(checkpoint, "STALL_LIMIT", 256 << 10)
        log = path.with_name("bot.db-wal")
        largest = 0
        for n in range(300):
            await store.commit(Commit(journal=[line("s", bytes(8000) + str(n).encode())]))
            largest = max(largest, log.stat().st_size)
        assert 64 << 10 < largest < 300 << 10
        assert [row.data[8000:] for row in await store.journal("s")] == [str(n).encode() for n in range(300)]

    async def test_moving_it_leaves_no_file_open(
        self, store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoint, "LOG_LIMIT", 64 << 10)
        monkeypatch.setattr(checkpoint, "STALL_LIMIT", 64 << 10)
        async with asyncio.timeout(10):
            while open_files(path).count("bot.db-wal") < 2:  # who moves it has a connection of their own
                await store.counts()
        before = open_files(path)
        for _ in range(100):
            await store.commit(Commit(journal=[line("s", bytes(8000))]))
        assert open_files(path) == before

    async def test_a_reader_that_stays_holds_nobody_up(
        self, store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoint, "LOG_LIMIT", 16 << 10)
        monkeypatch.setattr(checkpoint, "STALL_LIMIT", 64 << 10)
        await store.receive(inbox_row("a"))
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM inbox").fetchone()
            async with asyncio.timeout(30):
                for _ in range(50):
                    await store.commit(Commit(journal=[line("s", bytes(8000))]))
        assert len(await store.journal("s")) == 50

    async def test_a_thread_that_does_not_come_to_it_stops_nobody(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoint, "LOG_LIMIT", 16 << 10)
        monkeypatch.setattr(checkpoint, "STALL_LIMIT", 64 << 10)
        monkeypatch.setattr(checkpoint, "LONGEST_STALL", 0.01)
        monkeypatch.setattr(checkpoint.Checkpointer, "_run", lambda _: None)
        store, log = SqliteStore(path), path.with_name("bot.db-wal")
        await store.open()
        for _ in range(50):
            await store.commit(Commit(journal=[line("s", bytes(8000))]))
        assert log.stat().st_size < 150 << 10
        await store.close()

    async def test_what_a_reader_has_made_of_it_is_given_back(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checkpoint, "LOG_LIMIT", 16 << 10)
        monkeypatch.setattr(checkpoint, "STALL_LIMIT", 64 << 10)
        store, log = SqliteStore(path), path.with_name("bot.db-wal")
        await store.open()
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM inbox").fetchone()
            for _ in range(50):
                await store.commit(Commit(journal=[line("s", bytes(8000))]))
            assert log.stat().st_size > 400 << 10
        for _ in range(10):
            await store.commit(Commit(journal=[line("s", bytes(8000))]))
        assert log.stat().st_size < 100 << 10
        await store.close()
        assert not log.exists()


class TestFullDisk:
    async def test_the_commit_fails_the_store_lives_on(self, store: SqliteStore) -> None:
        await store.commit(Commit(session=session_row("s", 1)))
        pages = await store._run(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
        await store._run(lambda db: db.execute(f"PRAGMA max_page_count = {pages + 4}").fetchone())
        turn = Commit(session=session_row("s", 2), journal=[line("s", bytes(200_000))])
        with pytest.raises(StoreError, match="full") as caught:
            await store.commit(turn)
        assert "free space" in caught.value.remedy
        stored = await store.session("s")
        assert stored is not None
        assert stored.revision == 1
        await store._run(lambda db: db.execute("PRAGMA max_page_count = 1000000").fetchone())
        await store.commit(turn)
        assert len(await store.journal("s")) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness of their own there")
def test_a_bot_that_runs_nice_has_its_log_moved_all_the_same() -> None:
    found: list[int] = []

    def nice_thread() -> None:
        os.nice(checkpoint.NICENESS + 5)
        checkpoint._yield_to_others()
        found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=nice_thread)
    thread.start()
    thread.join()
    assert found == [19]


async def test_a_writer_without_a_log_closes_its_database() -> None:
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    writer = Writer(lambda: db, None, "here")
    await writer.start()
    await writer.stop()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        db.execute("SELECT 1")
