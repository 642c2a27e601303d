"""What `botkit.ports.store.Store` promises, for every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from botkit.ports.store import (
    Commit,
    StaleSession,
    Store,
    StoreError,
    StoreTaken,
)
from botkit.store import open_store
from botkit.testing.clock import VirtualClock
from tests.contract.store_rows import NOON, Reopen, effect_row, inbox_row, later, line, session_row


class TestInbox:
    async def test_nothing_waits_at_first(self, store: Store) -> None:
        assert await store.take() is None

    async def test_a_row_comes_out_as_it_went_in(self, store: Store) -> None:
        row = replace(inbox_row("item:1", payload=b'["X",{}]\x00\xff'), at=NOON + timedelta(microseconds=1))
        assert await store.receive(row)
        assert await store.take() == row

    async def test_an_id_is_received_once(self, store: Store) -> None:
        assert await store.receive(inbox_row("item:1"))
        assert not await store.receive(inbox_row("item:1", key="conversation:2"))
        await store.take()
        assert await store.take() is None

    async def test_an_id_stays_known_when_it_is_done(self, store: Store) -> None:
        await store.receive(inbox_row("item:1"))
        await store.take()
        await store.commit(Commit(done="item:1"))
        assert not await store.receive(inbox_row("item:1"))
        assert await store.take() is None

    async def test_one_id_received_many_times_at_once_is_new_once(self, store: Store) -> None:
        news = await asyncio.gather(*(store.receive(inbox_row("item:1")) for _ in range(20)))
        assert sum(news) == 1

    async def test_rows_of_one_key_come_one_at_a_time_in_order(self, store: Store) -> None:
        for n in range(3):
            await store.receive(inbox_row(f"item:{n}"))
        for n in range(3):
            row = await store.take()
            assert row is not None
            assert row.id == f"item:{n}"
            assert await store.take() is None
            await store.commit(Commit(done=row.id))

    async def test_the_oldest_row_of_a_free_key_comes_first(self, store: Store) -> None:
        for row_id, key in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c"), ("b2", "b")):
            await store.receive(inbox_row(row_id, key=key))
        assert [(await store.take() or inbox_row("none")).id for _ in range(4)] == ["a1", "b1", "c1", "none"]
        await store.commit(Commit(done="b1"))
        await store.commit(Commit(done="a1"))
        assert [(await store.take() or inbox_row("none")).id for _ in range(3)] == ["a2", "b2", "none"]

    async def test_a_row_given_back_keeps_its_place(self, store: Store) -> None:
        for row_id, key in (("a1", "a"), ("a2", "a"), ("b1", "b")):
            await store.receive(inbox_row(row_id, key=key))
        await store.take()
        await store.give_back("a1")
        row = await store.take()
        assert row is not None
        assert row.id == "a1"

    async def test_giving_back_what_is_not_taken_is_no_error(self, store: Store) -> None:
        await store.receive(inbox_row("a1", key="a"))
        await store.receive(inbox_row("a2", key="a"))
        await store.take()
        await store.give_back("a2")
        await store.give_back("unknown")
        assert await store.take() is None

    async def test_takers_that_race_never_get_the_same_key(self, store: Store) -> None:
        for n in range(60):
            await store.receive(inbox_row(f"item:{n}", key=f"conversation:{n % 7}"))
        out: set[str] = set()
        order: dict[str, list[int]] = {}

        async def taker() -> None:
            while (row := await store.take()) is not None:
                assert row.key not in out
                out.add(row.key)
                order.setdefault(row.key, []).append(int(row.id.removeprefix("item:")))
                await asyncio.sleep(0)
                out.discard(row.key)
                await store.commit(Commit(done=row.id))

        # A taker ends when all keys are out; those that hold them come back for the rest.
        await asyncio.gather(*(taker() for _ in range(10)))
        assert sorted(n for numbers in order.values() for n in numbers) == list(range(60))
        assert all(numbers == sorted(numbers) for numbers in order.values())

    async def test_a_turn_may_receive_rows_and_known_ones_are_left_out(self, store: Store) -> None:
        await store.receive(inbox_row("a"))
        await store.take()
        await store.commit(Commit(done="a", inbox=[inbox_row("a"), inbox_row("b"), inbox_row("b")]))
        row = await store.take()
        assert row is not None
        assert row.id == "b"
        await store.commit(Commit(done="b"))
        assert await store.take() is None

    async def test_a_row_is_done_by_one_commit_only(self, store: Store) -> None:
        await store.receive(inbox_row("a"))
        await store.take()
        await store.commit(Commit(done="a", outbox=[effect_row("a:1")]))
        with pytest.raises(StaleSession):
            await store.commit(Commit(done="a", outbox=[effect_row("a:2")]))
        assert [effect.id for effect in await store.effects()] == ["a:1"]

    async def test_a_cancelled_receive_still_hands_out_its_row(self, store: Store) -> None:
        receiving = asyncio.create_task(store.receive(inbox_row("a")))
        await asyncio.sleep(0)
        receiving.cancel()
        await asyncio.wait([receiving])
        assert not await store.receive(inbox_row("a"))
        row = await store.take()
        assert row is not None
        assert row.id == "a"


class TestSessions:
    async def test_an_unknown_session_is_none(self, store: Store) -> None:
        assert await store.session("s") is None
        assert await store.session("") is None

    async def test_a_session_comes_out_as_it_went_in(self, store: Store) -> None:
        row = session_row("s", places=("direct:1", "form:ä"), deadline=later(0.000001), state=b"\x00\xff")
        await store.commit(Commit(session=row))
        assert await store.session("s") == row

    async def test_revisions_follow_one_another(self, store: Store) -> None:
        for revision in (1, 2, 3):
            await store.commit(Commit(session=session_row("s", revision)))
        stored = await store.session("s")
        assert stored is not None
        assert stored.revision == 3

    async def test_a_session_may_be_written_as_it_is_at_first(self, store: Store) -> None:
        await store.commit(Commit(session=session_row("s", 0)))
        with pytest.raises(StaleSession):
            await store.commit(Commit(session=session_row("s", 0)))
        await store.commit(Commit(session=session_row("s", 1)))

    @pytest.mark.parametrize("revision", [0, 1, 2, 4])
    async def test_any_other_revision_is_stale_and_writes_nothing(self, store: Store, revision: int) -> None:
        await store.receive(inbox_row("a"))
        await store.take()
        for known in (1, 2):
            await store.commit(Commit(session=session_row("s", known, places=("direct:1",))))
        turn = Commit(
            done="a",
            session=session_row("s", revision, places=("direct:2",)),
            journal=[line("s")],
            outbox=[effect_row("s:1")],
            inbox=[inbox_row("b")],
        )
        with pytest.raises(StaleSession):
            await store.commit(turn)
        assert await store.journal("s") == []
        assert await store.effects() == []
        assert await store.find("direct:2") is None
        assert await store.find("direct:1") == await store.session("s")
        assert await store.receive(inbox_row("b"))
        await store.give_back("a")
        row = await store.take()
        assert row is not None
        assert row.id == "a"

    async def test_of_turns_that_race_one_wins_and_the_rest_go_unharmed(self, store: Store) -> None:
        async def turn(n: int) -> bool:
            try:
                await store.commit(Commit(session=session_row("s", 1, state=str(n).encode())))
            except StaleSession:
                return False
            return True

        others = [store.commit(Commit(session=session_row(f"other-{n}"))) for n in range(10)]
        won, _ = await asyncio.gather(asyncio.gather(*(turn(n) for n in range(10))), asyncio.gather(*others))
        stored = await store.session("s")
        assert stored is not None
        assert won.count(True) == 1
        assert stored.state == str(won.index(True)).encode()
        assert all([await store.session(f"other-{n}") for n in range(10)])

    async def test_what_a_store_cannot_keep_fails_alone(self, store: Store) -> None:
        bad = Commit(journal=[replace(line("s"), at=NOON.replace(tzinfo=None))], outbox=[effect_row("bad")])
        results = await asyncio.gather(
            store.commit(Commit(outbox=[effect_row("good", key="a")])),
            store.commit(bad),
            store.commit(Commit(outbox=[effect_row("fine", key="b")])),
            return_exceptions=True,
        )
        assert results[0] is None
        assert isinstance(results[1], TypeError)
        assert results[2] is None
        assert [effect.id for effect in await store.effects()] == ["good", "fine"]

    async def test_an_open_session_is_found_in_each_of_its_places(self, store: Store) -> None:
        row = session_row("s", places=("direct:1", "form:1"))
        await store.commit(Commit(session=row))
        assert await store.find("direct:1") == row
        assert await store.find("form:1") == row
        assert await store.find("direct:2") is None
        assert await store.find("direct:") is None

    async def test_a_session_that_moved_is_found_only_where_it_is(self, store: Store) -> None:
        await store.commit(Commit(session=session_row("s", 1, places=("direct:1", "form:1"))))
        await store.commit(Commit(session=session_row("s", 2, places=("direct:1", "form:2"))))
        assert await store.find("form:1") is None
        assert await store.find("form:2") is not None
        assert await store.find("direct:1") is not None

    async def test_an_ended_session_is_found_nowhere_and_still_read(self, store: Store) -> None:
        await store.commit(Commit(session=session_row("s", 1, places=("direct:1",), deadline=NOON)))
        ended = session_row("s", 2, places=("direct:1",), is_open=False, deadline=NOON)
        await store.commit(Commit(session=ended))
        assert await store.find("direct:1") is None
        assert await store.open_sessions("direct:") == []
        assert await store.due(later(1)) == []
        assert await store.next_deadline() is None
        assert await store.session("s") == ended

    async def test_of_two_in_one_place_the_younger_is_found(self, store: Store) -> None:
        await store.commit(Commit(session=session_row("z-older", places=("direct:1",))))
        younger = session_row("a-younger", places=("direct:1",))
        await store.commit(Commit(session=younger))
        await store.commit(Commit(session=session_row("z-older", 2, places=("direct:1",))))
        assert await store.find("direct:1") == younger
        await store.commit(Commit(session=session_row("a-younger", 2, is_open=False)))
        found = await store.find("direct:1")
        assert found is not None
        assert found.id == "z-older"

    async def test_open_sessions_are_listed_by_the_beginning_of_a_place(self, store: Store) -> None:
        for name, places in (("b", ("call:1", "call:2")), ("a", ("call:3",)), ("c", ("calls:4",)), ("d", ())):
            await store.commit(Commit(session=session_row(name, places=places)))
        assert [row.id for row in await store.open_sessions("call:")] == ["b", "a"]
        assert [row.id for row in await store.open_sessions("call")] == ["b", "a", "c"]
        assert await store.open_sessions("cal%") == []

    async def test_due_are_those_whose_deadline_has_come(self, store: Store) -> None:
        for name, seconds in (("late", 30), ("now", 10), ("soon", 10.000001), ("early", 5)):
            await store.commit(Commit(session=session_row(name, deadline=later(seconds))))
        await store.commit(Commit(session=session_row("never")))
        assert await store.next_deadline() == later(5)
        assert [row.id for row in await store.due(later(10))] == ["early", "now"]
        assert [row.id for row in await store.due(later(10), limit=1)] == ["early"]
        assert await store.due(later(4.999999)) == []

    async def test_the_newest_line_of_all_has_its_time(self, store: Store) -> None:
        assert await store.last_written() is None
        await store.commit(Commit(journal=[line("a"), replace(line("b"), at=later(7.25))]))
        assert await store.last_written() == later(7.25)


class TestBegun:
    async def test_a_row_of_this_process_was_begun_by_nobody_before(self, store: Store) -> None:
        await store.receive(inbox_row("a"))
        row = await store.take()
        assert row is not None
        assert row.begun is None

    async def test_beginning_what_is_done_is_no_error(self, store: Store) -> None:
        await store.receive(inbox_row("a"))
        await store.begin("a")
        await store.commit(Commit(done="a"))
        await store.begin("a")
        await store.begin("unknown")

    async def test_the_next_life_knows_how_often(self, store: Store, reopen: Reopen) -> None:
        for row_id in ("a", "b"):
            await store.receive(inbox_row(row_id, key=row_id))
        for _ in range(2):
            await store.begin("b")
        following = await reopen(store)
        found = [await following.take(), await following.take()]
        assert [(row.id, row.begun) for row in found if row] == [("a", 0), ("b", 2)]


class TestJournal:
    async def test_no_line_is_an_empty_journal(self, store: Store) -> None:
        assert await store.journal("s") == []

    async def test_a_session_reads_its_own_lines_oldest_first(self, store: Store) -> None:
        for n in range(1, 4):
            await store.commit(
                Commit(
                    session=session_row("s", n),
                    journal=[line("s", f"{n}a".encode()), line("t", b"other"), line("s", f"{n}b".encode())],
                )
            )
        await store.commit(Commit(journal=[line("s", b"4a", kind="posted")]))
        lines = await store.journal("s")
        assert [row.data for row in lines] == [b"1a", b"1b", b"2a", b"2b", b"3a", b"3b", b"4a"]
        assert lines[-1] == line("s", b"4a", kind="posted")
        assert [row.data for row in await store.journal("t")] == [b"other"] * 3

    async def test_lines_may_come_before_their_session(self, store: Store) -> None:
        await store.commit(Commit(journal=[line("s", b"1")]))
        assert await store.session("s") is None
        await store.commit(Commit(session=session_row("s", 1), journal=[line("s", b"2")]))
        assert [row.data for row in await store.journal("s")] == [b"1", b"2"]
        assert await store.session("s") == session_row("s", 1)

    async def test_lines_outside_any_session_are_kept_together(self, store: Store) -> None:
        await store.commit(Commit(journal=[line("", b"1")]))
        await store.commit(Commit(journal=[line("", b"2")]))
        assert [row.data for row in await store.journal("")] == [b"1", b"2"]
        assert await store.session("") is None

    async def test_lines_of_a_kind_are_found_from_the_newest_back(self, store: Store) -> None:
        assert await store.lines_since("posted", NOON) == []
        for number in range(5):
            lines = [
                replace(line(f"{number}", f"{number}{kind}".encode(), kind=kind), at=later(number))
                for kind in ("turn", "posted")
            ]
            await store.commit(Commit(journal=lines))
        assert await store.lines_since("posted", later(2)) == [b"4posted", b"3posted", b"2posted"]
        assert len(await store.lines_since("posted", NOON)) == 5
        assert await store.lines_since("posted", later(4.5)) == []


class TestLife:
    async def test_a_store_that_is_not_open_says_so(self, store: Store) -> None:
        await store.close()
        for call in (store.take(), store.receive(inbox_row("a")), store.effects()):
            with pytest.raises(StoreError, match="not open"):
                await call

    async def test_closing_twice_is_no_error(self, store: Store) -> None:
        await store.close()
        await store.close()

    async def test_what_was_asked_for_before_closing_is_done(self, store: Store) -> None:
        receiving = [asyncio.create_task(store.receive(inbox_row(f"item:{n}"))) for n in range(20)]
        await asyncio.sleep(0)
        await store.close()
        assert all(await asyncio.gather(*receiving))


class NotedClock(VirtualClock):
    """Tells when somebody sleeps by it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.asked.set()
        await super().sleep(seconds)


class TestStandby:
    async def test_a_second_store_waits_for_the_end_of_the_first(
        self, store: Store, store_url: str, tmp_path: Path
    ) -> None:
        if "memory" in store_url:
            pytest.skip("a store in memory is nobody else's")
        clock = NotedClock()
        second = open_store(store_url, tmp_path)
        second._clock = clock  # type: ignore[attr-defined]
        with pytest.raises(StoreTaken):
            await second.open()
        await store.receive(inbox_row("a"))
        waiting = asyncio.create_task(second.open(standby=True))
        await clock.asked.wait()  # it was refused, and will look again
        assert not waiting.done()
        await store.close()
        while not waiting.done():
            await clock.advance(1)
            await asyncio.sleep(0)
        await waiting
        row = await second.take()
        assert row is not None
        assert row.id == "a"
        await second.close()
