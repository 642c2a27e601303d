"""What another program does with the database of a bot that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.model.errors import UsageError
from botkit.ports.store import Commit, DeadKind, StoreError
from botkit.store import SqliteStore, schema
from botkit.store.reading import Desk, StoreReader
from botkit.testing.clock import VirtualClock
from tests.contract.store_rows import NOON, dead_letter, effect_row, inbox_row, later, line, session_row

URL = "sqlite:///bot.db"


@pytest.fixture
async def clock(store: SqliteStore) -> VirtualClock:
    return store._clock  # type: ignore[return-value]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """One that runs, and looks outside by a clock of its own."""
    clock = VirtualClock()
    store = SqliteStore(tmp_path / "bot.db", clock=clock)
    clock.watch(lambda: store.busy)
    await store.open()
    yield store
    await store.close()


async def at_desk(tmp_path: Path, dead_id: str) -> bool:
    """Revive one from outside: another connection, without the owner's lock."""
    return await asyncio.to_thread(Desk(URL, tmp_path).revive, dead_id)


class TestDesk:
    async def test_an_event_that_is_revived_is_taken_by_the_bot_that_runs(
        self, store: SqliteStore, clock: VirtualClock, tmp_path: Path
    ) -> None:
        await store.receive(inbox_row("first"))
        await store.commit(Commit(dead=[dead_letter("a")]))
        changed = asyncio.create_task(store.changed_outside())
        await clock.advance(10)
        assert not changed.done()
        assert await at_desk(tmp_path, "a")
        await clock.advance(1)
        await changed
        for expected in ("first", "a"):
            row = await store.take()
            assert row is not None
            assert row.id == expected
            await store.commit(Commit(done=expected))
        assert await store.dead_letters() == []

    async def test_what_is_taken_stays_taken(
        self, store: SqliteStore, clock: VirtualClock, tmp_path: Path
    ) -> None:
        await store.receive(inbox_row("busy"))
        await store.take()
        await store.commit(Commit(dead=[dead_letter("a")]))
        changed = asyncio.create_task(store.changed_outside())
        await at_desk(tmp_path, "a")
        await clock.advance(1)
        await changed
        assert await store.take() is None

    async def test_an_effect_that_is_revived_goes_behind_those_of_its_key(
        self, store: SqliteStore, tmp_path: Path
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a", DeadKind.EFFECT)], outbox=[effect_row("b")]))
        assert await at_desk(tmp_path, "a")
        assert [effect.id for effect in await store.effects()] == ["b"]
        await store.commit(Commit(confirmed=["b"]))
        revived = (await store.effects())[0]
        assert (revived.id, revived.tries, revived.attempted_at) == ("a", 0, None)

    async def test_what_the_bot_writes_itself_is_no_news(
        self, store: SqliteStore, clock: VirtualClock, tmp_path: Path
    ) -> None:
        changed = asyncio.create_task(store.changed_outside())
        for n in range(5):
            await store.receive(inbox_row(f"item:{n}"))
            StoreReader(URL, tmp_path).counts()
            await clock.advance(1)
        assert not changed.done()
        changed.cancel()

    async def test_a_change_between_two_waits_is_noticed(
        self, store: SqliteStore, clock: VirtualClock, tmp_path: Path
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a")]))
        await at_desk(tmp_path, "a")
        changed = asyncio.create_task(store.changed_outside())
        await clock.advance(1)
        await changed

    async def test_nobody_is_outside_of_memory(self) -> None:
        clock = VirtualClock()
        store = SqliteStore(":memory:", clock=clock)
        await store.open()
        changed = asyncio.create_task(store.changed_outside())
        await clock.advance(3600)
        assert not changed.done()
        changed.cancel()
        await store.close()

    async def test_one_is_dropped_once_and_a_bot_need_not_run(
        self, store: SqliteStore, tmp_path: Path
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a"), dead_letter("b", DeadKind.EFFECT)]))
        await store.close()
        desk = Desk(URL, tmp_path)
        assert [each.id for each in desk.dead_letters()] == ["b", "a"]
        assert desk.drop("a")
        assert not desk.drop("a")
        assert not desk.revive("unknown")
        assert desk.dead_letter("b") == dead_letter("b", DeadKind.EFFECT)
        assert desk.dead_letter("a") is None


class TestReader:
    async def test_it_sees_what_the_bot_wrote(self, store: SqliteStore, tmp_path: Path) -> None:
        reader = StoreReader(URL, tmp_path)
        await store.receive(inbox_row("item:1"))
        await store.commit(
            Commit(
                session=session_row("s"),
                journal=[line("s", b"1"), line("", b"2")],
                outbox=[effect_row("e")],
                notes={"schedule:a": b"1", "schedule:b": b"2", "other": b"3"},
            )
        )
        await store.commit(Commit(session=session_row("t", deadline=later(5))))
        await store.commit(Commit(session=session_row("u", is_open=False)))
        assert [row.id for row in reader.latest(-1)] == ["u", "t", "s"]
        assert [row.id for row in reader.latest(1)] == ["u"]
        assert [row.id for row in reader.latest(5, only_open=True)] == ["t", "s"]
        assert reader.session("s") == session_row("s")
        assert [row.data for row in reader.journal("")] == [b"2"]
        assert reader.notes("schedule:") == {"schedule:a": b"1", "schedule:b": b"2"}
        counts = reader.counts()
        assert (counts.inbox, counts.outbox, counts.dead, counts.open_sessions) == (1, 1, 0, 2)
        assert counts.oldest_inbox == NOON

    async def test_a_file_without_tables_holds_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "bot.db").touch()
        reader = StoreReader(URL, tmp_path)
        assert reader.latest(-1) == ()
        assert reader.counts().inbox == 0
        assert reader.dead_letters() == ()

    def test_no_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no such database") as caught:
            StoreReader(URL, tmp_path)
        assert caught.value.remedy

    async def test_an_older_database_is_refused_with_the_command(
        self, store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await store.close()
        monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(StoreError, match="older botkit") as caught:
            StoreReader(URL, tmp_path).counts()
        assert "botkit db upgrade" in caught.value.remedy
