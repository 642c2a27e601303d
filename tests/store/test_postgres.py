"""PostgreSQL: whose the database is, and what becomes of calls when the connection or the server goes."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from botkit.ports.store import Commit, Durability, StaleSession, Store, StoreError
from botkit.store import SqliteStore, schema, upgrading
from botkit.store.reading import Desk
from tests.contract.store_rows import dead_letter, effect_row, inbox_row, line, session_row
from tests.postgres import Server, running_server
from tests.store.test_together import PLACES, Turns

pytestmark = pytest.mark.postgres
pytest.importorskip("asyncpg")

from botkit.store.postgres import PostgresStore, pruning, queries  # noqa: E402
from botkit.store.postgres.connection import Connection  # noqa: E402


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_schema()


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    store = PostgresStore(url)
    await store.open()
    yield store
    await store.close()


async def again(store: PostgresStore) -> None:
    """Until a call gets through: what the runtime does, without its pauses."""
    for _ in range(100):
        try:
            await store.counts()
        except StoreError:
            continue
        return
    raise AssertionError("it never got through")


class TestOwner:
    async def test_a_second_store_is_refused(self, store: PostgresStore, url: str) -> None:
        second = PostgresStore(url)
        with pytest.raises(StoreError, match=r"another bot has this database open \(botkit .+ at ") as caught:
            await second.open()
        assert "--standby" in caught.value.remedy
        assert await store.receive(inbox_row("a"))
        with pytest.raises(StoreError, match="not open"):
            await second.take()

    async def test_who_closes_lets_the_next_one_in(self, store: PostgresStore, url: str) -> None:
        await store.receive(inbox_row("a"))
        await store.close()
        following = PostgresStore(url)
        await following.open()
        taken = await following.take()
        assert taken is not None
        assert (taken.id, taken.begun) == ("a", 0)
        await following.close()

    async def test_another_schema_is_another_bots(self, store: PostgresStore, postgres: Server) -> None:
        other = PostgresStore(postgres.new_schema())
        await other.open()
        await store.receive(inbox_row("a"))
        assert await other.receive(inbox_row("a"))
        await other.close()

    async def test_who_lost_the_database_to_another_writes_nothing_more(
        self, store: PostgresStore, url: str, postgres: Server
    ) -> None:
        await store.receive(inbox_row("a"))
        await store.take()
        opened, ended = threading.Event(), threading.Event()
        found: list[object] = []

        async def other_bot() -> None:
            following = PostgresStore(url)
            await following.open()
            opened.set()
            await asyncio.to_thread(ended.wait)
            found.extend((await following.take(), await following.journal("s")))
            await following.close()

        # In a loop of its own: this one stands still, so that it cannot connect anew before.
        other = threading.Thread(target=lambda: asyncio.run(other_bot()))
        postgres.cut()
        other.start()
        assert opened.wait(20)
        turn = Commit(done="a", session=session_row("s"), journal=[line("s")])
        for _ in range(3):
            with pytest.raises(StoreError):
                await store.commit(turn)
        with pytest.raises(StoreError, match="another bot has this database open"):
            await store.commit(turn)
        ended.set()
        await asyncio.to_thread(other.join)
        assert found == [replace(inbox_row("a"), begun=0), []]


class TestLoss:
    async def test_a_connection_that_was_cut_is_made_anew(
        self, store: PostgresStore, postgres: Server
    ) -> None:
        await store.receive(inbox_row("a"))
        await store.take()
        await store.receive(inbox_row("b", key="other"))
        for _ in range(3):
            postgres.cut()
            await again(store)
        # Who is out stays out: its turn goes on.
        row = await store.take()
        assert row is not None
        assert row.id == "b"
        assert await store.take() is None
        await store.commit(Commit(done="a"))
        with pytest.raises(StaleSession):
            await store.commit(Commit(done="a"))

    async def test_calls_under_way_fail_and_the_rows_tell(
        self, store: PostgresStore, postgres: Server
    ) -> None:
        results: dict[str, object] = {}

        async def receive(row_id: str) -> None:
            try:
                results[row_id] = await store.receive(inbox_row(row_id, key=row_id))
            except StoreError as error:
                results[row_id] = error

        async def many() -> None:
            for n in range(2000):
                await receive(f"item:{n}")

        work = asyncio.create_task(many())
        for _ in range(5):
            await asyncio.to_thread(postgres.cut)
        await work
        await again(store)
        assert any(isinstance(each, StoreError) for each in results.values())
        waiting = set()
        while (row := await store.take()) is not None:
            waiting.add(row.id)
        # Every one that was promised is there; of those that failed, some may be.
        assert {name for name, told in results.items() if told is True} <= waiting
        for name in results:
            assert await store.receive(inbox_row(name, key=name)) is (name not in waiting)

    async def test_whoever_waits_for_news_is_told_to_look_again(
        self, store: PostgresStore, postgres: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("botkit.store.postgres.writer.RETRY", 0.01)
        changed = asyncio.create_task(store.changed_outside())
        await asyncio.sleep(0)
        postgres.cut()
        await changed

    async def test_news_that_could_not_be_looked_at_are_still_news(
        self, store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await store.commit(Commit(dead=[dead_letter("a")]))
        changed = asyncio.create_task(store.changed_outside())
        await asyncio.sleep(0)

        async def refused(db: object) -> None:
            raise TypeError("it cannot be read now")

        with monkeypatch.context() as once:
            once.setattr(queries, "inbox", refused)
            store._changed.set()
            with pytest.raises(TypeError):
                await changed
        async with asyncio.timeout(30):
            await store.changed_outside()

    async def test_a_server_that_was_away_is_found_again(self) -> None:
        with running_server() as server:
            store = PostgresStore(server.new_schema())
            await store.open()
            await store.commit(Commit(outbox=[effect_row("e")], session=session_row("s")))
            server.cluster.stop()
            with pytest.raises(StoreError):
                await store.counts()
            with pytest.raises(StoreError, match="cannot be reached") as caught:
                await store.receive(inbox_row("a"))
            assert caught.value.remedy
            server.cluster.start()
            await again(store)
            assert await store.effects() == [effect_row("e")]
            assert await store.receive(inbox_row("a"))
            await store.close()


class TestRefusals:
    async def refused(self, url: str, told: str, durability: Durability = Durability.PROCESS) -> StoreError:
        with pytest.raises(StoreError, match=told) as caught:
            await PostgresStore(url, durability=durability).open()
        assert caught.value.remedy
        return caught.value

    async def test_a_wrong_password_is_told_without_it(self, postgres: Server) -> None:
        error = await self.refused(postgres.tcp("wr0ng"), "password authentication failed")
        assert "wr0ng" not in error.paragraph()
        assert "botkit@127.0.0.1" in error.where

    def test_a_schema_that_is_not_there_is_no_empty_one(self, postgres: Server) -> None:
        url = f"{postgres.new_schema().rpartition('=')[0]}=nowhere"
        with pytest.raises(StoreError, match="does not exist") as caught:
            upgrading.status(url, Path())
        assert caught.value.where.endswith("/postgres?search_path=nowhere")

    async def test_the_right_one_opens(self, postgres: Server) -> None:
        schema_name = postgres.new_schema().rpartition("=")[2]
        store = PostgresStore(postgres.tcp("right", schema_name))
        await store.open()
        await store.close()

    async def test_a_schema_that_is_not_there(self, postgres: Server) -> None:
        await self.refused(postgres.url("nowhere"), "does not exist")

    async def test_no_server(self) -> None:
        await self.refused("postgresql://botkit@127.0.0.1:1/bot", "cannot be reached")

    async def test_tables_of_another_program(self, postgres: Server, url: str) -> None:
        postgres.sql(f"CREATE TABLE {url.rpartition('=')[2]}.shopping (what text)")
        await self.refused(url, "another program")

    async def test_a_newer_database(self, store: PostgresStore, postgres: Server, url: str) -> None:
        await store.close()
        name = url.rpartition("=")[2]
        postgres.sql(f"UPDATE {name}.alembic_version SET version_num = '{schema.VERSION + 1:04}'")
        await self.refused(url, "newer botkit")
        postgres.sql(f"UPDATE {name}.alembic_version SET version_num = '{schema.VERSION - 1:04}'")
        error = await self.refused(url, "older botkit")
        assert "botkit db upgrade" in error.remedy

    async def test_a_server_that_forgets_in_a_power_cut(self, url: str) -> None:
        await self.refused(url, "survives no power cut", Durability.POWER)


async def test_what_text_cannot_hold_is_kept_all_the_same(store: PostgresStore) -> None:
    await store.commit(Commit(dead=[dead_letter("a", cause="a\0b")]))
    assert [letter.cause for letter in await store.dead_letters()] == ["a\N{REPLACEMENT CHARACTER}b"]


async def test_an_id_that_text_cannot_hold_is_no_trouble_of_the_store(store: PostgresStore) -> None:
    # A `StoreError` would be tried again for ever, by whoever is to keep it, before all that comes later.
    with pytest.raises(ValueError, match="cannot be kept"):
        await store.receive(inbox_row("form:\0"))
    with pytest.raises(ValueError, match="cannot be kept"):
        await store.commit(Commit(journal=[line("\0")]))
    assert await store.receive(inbox_row("form:1"))


async def test_a_request_that_the_server_refuses_fails_alone(store: PostgresStore) -> None:
    results = await asyncio.gather(
        store.receive(inbox_row("a\0")),
        store.commit(Commit(outbox=[effect_row("good")])),
        store.receive(inbox_row("b")),
        return_exceptions=True,
    )
    assert isinstance(results[0], ValueError)
    assert list(results[1:]) == [None, True]
    assert await store.receive(inbox_row("c"))


async def test_a_batch_is_answered_to_the_last_also_when_nobody_goes_on(store: PostgresStore) -> None:
    async with asyncio.timeout(10):
        news = await asyncio.gather(*(store.receive(inbox_row(str(n))) for n in range(100)))
    assert all(news)
    assert not store.busy


async def test_it_is_busy_with_the_first_thing_that_it_is_asked(url: str) -> None:
    store = PostgresStore(url)
    await store.open()
    seen: list[bool] = []

    async def watch() -> None:
        while True:
            seen.append(store.busy)
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await store.session("nobody's")
    watching.cancel()
    assert seen.count(False) <= 1, "but for the round of the loop in which it is answered"
    await store.close()


async def test_a_command_that_cannot_tell_the_bot_has_done_nothing(
    url: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.commit(Commit(dead=[dead_letter("lost")]))

    async def fail(db: object) -> None:
        raise OSError("the command is killed")

    monkeypatch.setattr(queries, "tell_owner", fail)

    def command() -> None:
        desk = Desk(url, Path())
        with pytest.raises((OSError, StoreError)):
            desk.receive(inbox_row("new"))
        with pytest.raises((OSError, StoreError)):
            desk.revive("lost")
        desk.close()

    await asyncio.to_thread(command)
    counts = await store.counts()
    assert (counts.inbox, counts.outbox, counts.dead) == (0, 0, 1)


async def outcome(store: Store, turns: list[Commit]) -> list[object]:
    """What becomes of `turns` that come at once, and what the store says then."""
    results = await asyncio.gather(*map(store.commit, turns), return_exceptions=True)
    waiting = []
    while (row := await store.take()) is not None:
        waiting.append(row.id)
    for inbox_id in waiting:
        await store.give_back(inbox_id)
    return [
        [type(result).__name__ for result in results],
        sorted(waiting),
        [await store.session(session_id) for session_id in "abc"],
        [await store.find(place) is None for place in PLACES[2]],
        [await store.journal(session_id) for session_id in ("", *"abc")],
        [(row.id, row.not_before) for row in await store.effects()],
        [letter.id for letter in await store.dead_letters()],
        await store.notes(""),
        await store.counts(),
    ]


@pytest.mark.parametrize("seed", range(6))
async def test_turns_leave_what_they_leave_on_sqlite(store: PostgresStore, seed: int) -> None:
    draw, other = Turns(seed), SqliteStore(":memory:")
    await other.open()
    for _ in range(40):
        turns = [draw.one()]
        assert await outcome(store, turns) == await outcome(other, turns)
    await other.close()


async def test_a_step_of_pruning_reads_no_more_than_it_removes(store: PostgresStore) -> None:
    """Also without statistics, as after a restore, where it read the whole journal each time."""

    async def plan(db: Connection) -> str:
        await db.execute("ALTER TABLE journal SET (autovacuum_enabled = false)")
        await db.execute(
            "INSERT INTO journal (session_id, at, kind, data)"
            " SELECT 's' || number % 1000, 0, 'turn', '' FROM generate_series(1, 20000) number"
        )
        names, newest = [f"s{number}" for number in range(200)], [10**6] * 200
        rows = await db.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {pruning.BENEATH}", names, newest, 100)
        return "\n".join(row[0] for row in rows)

    told = await store._run(plan)
    assert max(int(rows) for rows in re.findall(r"rows=(\d+)", told)) == 100, told
    assert "Rows Removed" not in told
