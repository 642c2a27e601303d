"""What another program does with the database of a bot that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from botkit.model.errors import UsageError
from botkit.ports.store import Commit, DeadKind, Store, StoreError
from botkit.store import SqliteStore, open_store, schema
from botkit.store.reading import Desk, StoreReader
from botkit.testing.clock import VirtualClock
from tests.contract.store_rows import NOON, dead_letter, effect_row, inbox_row, later, line, session_row
from tests.postgres import Server

SQLITE = "sqlite:///bot.db"

T = TypeVar("T")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """Of a database that a bot has."""
    if request.param == "sqlite":
        return SQLITE
    server: Server = request.getfixturevalue("postgres")
    return server.new_schema()


@pytest.fixture
def clock() -> VirtualClock:
    """By which a store looks outside that has to look."""
    return VirtualClock()


@pytest.fixture
async def store(url: str, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Store]:
    """The bot's, which runs."""
    store = SqliteStore(tmp_path / "bot.db", clock=clock) if url == SQLITE else open_store(url, tmp_path)
    assert hasattr(store, "busy")
    clock.watch(lambda: store.busy)
    await store.open()
    yield store
    await store.close()


@dataclass
class Command:
    """Another program."""

    url: str
    folder: Path

    async def do(self, work: Callable[[Desk], T]) -> T:
        """A connection of its own, without the owner's lock."""

        def run() -> T:
            desk = Desk(self.url, self.folder)
            try:
                return work(desk)
            finally:
                desk.close()

        return await asyncio.to_thread(run)

    async def revive(self, dead_id: str) -> bool:
        return await self.do(lambda desk: desk.revive(dead_id))


@pytest.fixture
def command(url: str, tmp_path: Path) -> Iterator[Command]:
    return Command(url, tmp_path)


class TestDesk:
    async def test_an_event_that_is_revived_is_taken_by_the_bot_that_runs(
        self, store: Store, clock: VirtualClock, command: Command
    ) -> None:
        await store.receive(inbox_row("first"))
        await store.commit(Commit(dead=[dead_letter("a")]))
        changed = asyncio.create_task(store.changed_outside())
        await clock.advance(10)
        assert not changed.done()
        assert await command.revive("a")
        await clock.advance(1)
        await changed
        for expected in ("first", "a"):
            row = await store.take()
            assert row is not None
            assert row.id == expected
            await store.commit(Commit(done=expected))
        assert await store.dead_letters() == []

    async def test_what_is_taken_stays_taken(
        self, store: Store, clock: VirtualClock, command: Command
    ) -> None:
        await store.receive(inbox_row("busy"))
        await store.take()
        await store.commit(Commit(dead=[dead_letter("a")]))
        changed = asyncio.create_task(store.changed_outside())
        await command.revive("a")
        await clock.advance(1)
        await changed
        assert await store.take() is None

    async def test_an_effect_that_is_revived_goes_behind_those_of_its_key(
        self, store: Store, command: Command
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a", DeadKind.EFFECT)], outbox=[effect_row("b")]))
        assert await command.revive("a")
        assert [effect.id for effect in await store.effects()] == ["b"]
        await store.commit(Commit(confirmed=["b"]))
        revived = (await store.effects())[0]
        assert (revived.id, revived.tries, revived.attempted_at) == ("a", 0, None)

    async def test_an_effect_that_is_revived_counts_before_it_is_noticed(
        self, store: Store, clock: VirtualClock, command: Command
    ) -> None:
        """Behind the only one of its key, and in front of the next one."""
        dead = [dead_letter(f"dead {key}", DeadKind.EFFECT, key=key) for key in "kl"]
        await store.commit(Commit(dead=dead))
        await store.commit(Commit(outbox=[effect_row(f"first {key}", key=key) for key in "klmno"]))
        await store.commit(Commit(confirmed=[f"first {key}" for key in "lmno"]))
        changed = asyncio.create_task(store.changed_outside())
        for letter in dead:
            assert await command.revive(letter.id)
        await store.commit(Commit(confirmed=["first k"], outbox=[effect_row("second l", key="l")]))
        await clock.advance(1)
        await changed
        while len(await store.effects()) < len(dead):  # PostgreSQL tells of each by itself
            await store.changed_outside()
        assert [effect.id for effect in await store.effects()] == ["dead k", "dead l"]
        await store.commit(Commit(confirmed=["dead k", "dead l"]))
        assert [effect.id for effect in await store.effects()] == ["second l"]

    async def test_an_effect_that_is_revived_is_carried_out_by_the_bot_that_runs(
        self, store: Store, clock: VirtualClock, command: Command
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a", DeadKind.EFFECT)]))
        assert await store.effects() == []
        changed = asyncio.create_task(store.changed_outside())
        assert await command.revive("a")
        await clock.advance(1)
        await changed
        assert [effect.id for effect in await store.effects()] == ["a"]

    async def test_what_the_bot_writes_itself_is_no_news(
        self, store: Store, clock: VirtualClock, command: Command
    ) -> None:
        changed = asyncio.create_task(store.changed_outside())
        for n in range(3):
            await store.receive(inbox_row(f"item:{n}"))
            await command.do(lambda desk: desk.counts())
            await clock.advance(1)
        assert not changed.done()
        changed.cancel()

    async def test_a_change_between_two_waits_is_noticed(
        self, store: Store, clock: VirtualClock, command: Command
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a"), dead_letter("b", key="other")]))
        for dead_id in ("a", "b"):
            await command.revive(dead_id)
            changed = asyncio.create_task(store.changed_outside())
            await clock.advance(1)
            await changed
            row = await store.take()
            assert row is not None
            assert row.id == dead_id

    async def test_one_is_dropped_once_and_a_bot_need_not_run(self, store: Store, command: Command) -> None:
        await store.commit(Commit(dead=[dead_letter("a"), dead_letter("b", DeadKind.EFFECT)]))
        await store.close()
        assert [each.id for each in await command.do(lambda desk: desk.dead_letters())] == ["b", "a"]
        assert await command.do(lambda desk: desk.drop("a"))
        assert not await command.do(lambda desk: desk.drop("a"))
        assert not await command.revive("unknown")
        assert await command.do(lambda desk: desk.dead_letter("b")) == dead_letter("b", DeadKind.EFFECT)
        assert await command.do(lambda desk: desk.dead_letter("a")) is None


async def test_nobody_is_outside_of_memory() -> None:
    clock = VirtualClock()
    store = SqliteStore(":memory:", clock=clock)
    await store.open()
    changed = asyncio.create_task(store.changed_outside())
    await clock.advance(3600)
    assert not changed.done()
    changed.cancel()
    await store.close()


class TestReader:
    async def test_it_sees_what_the_bot_wrote(self, store: Store, command: Command) -> None:
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

        def look(reader: StoreReader) -> None:
            assert [row.id for row in reader.latest(-1)] == ["u", "t", "s"]
            assert [row.id for row in reader.latest(1)] == ["u"]
            assert [row.id for row in reader.latest(5, only_open=True)] == ["t", "s"]
            assert reader.session("s") == session_row("s")
            assert reader.session("x") is None
            assert [row.data for row in reader.journal("")] == [b"2"]
            assert reader.notes("schedule:") == {"schedule:a": b"1", "schedule:b": b"2"}
            counts = reader.counts()
            assert (counts.inbox, counts.outbox, counts.dead, counts.open_sessions) == (1, 1, 0, 2)
            assert counts.oldest_inbox == NOON

        await command.do(look)

    def test_a_database_without_tables_holds_nothing(self, url: str, tmp_path: Path) -> None:
        (tmp_path / "bot.db").touch()
        reader = StoreReader(url, tmp_path)
        assert reader.latest(-1) == ()
        assert reader.counts().inbox == 0
        assert reader.dead_letters() == ()
        reader.close()

    def test_no_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no such database") as caught:
            StoreReader(SQLITE, tmp_path)
        assert caught.value.remedy

    async def test_an_older_database_is_refused_with_the_command(
        self, store: Store, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await store.close()
        monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
        with pytest.raises(StoreError, match="older botkit") as caught:
            await command.do(lambda desk: desk.counts())
        assert "botkit db upgrade" in caught.value.remedy


async def test_lines_are_followed_by_their_numbers(store: Store, command: Command) -> None:
    assert await command.do(lambda desk: (desk.newest_line(), desk.lines_after("s", 0))) == (0, ())
    for n in range(3):
        await store.commit(Commit(journal=[line("s", b"%d" % n), line("other", b"x")]))
    found = await command.do(lambda desk: desk.lines_after("s", 0))
    assert [row.data for _, row in found] == [b"0", b"1", b"2"]
    numbers = [number for number, _ in found]
    assert numbers == sorted(set(numbers))
    assert await command.do(lambda desk: desk.lines_after("s", numbers[1])) == found[2:]
    assert list(await command.do(lambda desk: desk.lines_after("s", numbers[2]))) == []
    assert await command.do(lambda desk: desk.newest_line()) > numbers[2]
    before = await command.do(lambda desk: desk.newest_line())
    assert set(await command.do(lambda desk: desk.written_after(0))) == {"s", "other"}
    await store.commit(Commit(journal=[line("s", b"3")]))
    assert list(await command.do(lambda desk: desk.written_after(before))) == ["s"]
    ((number, row),) = await command.do(lambda desk: desk.lines_after("s", numbers[2]))
    assert (number, row.data) == (await command.do(lambda desk: desk.newest_line()), b"3")


async def test_an_event_from_outside_is_taken_by_the_bot_that_runs_once(
    store: Store, clock: VirtualClock, command: Command
) -> None:
    changed = asyncio.create_task(store.changed_outside())
    await clock.settle()
    assert await command.do(lambda desk: desk.receive(inbox_row("a")))
    assert not await command.do(lambda desk: desk.receive(inbox_row("a")))
    await clock.advance(1)
    await changed
    row = await store.take()
    assert row is not None
    assert row.id == "a"
    assert not await store.receive(inbox_row("a"))
    await store.commit(Commit(done="a"))
    assert await store.take() is None
