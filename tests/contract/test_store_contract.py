"""What `botkit.ports.store.Store` promises, for every store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from botkit.ports.store import (
    Commit,
    Counts,
    DeadKind,
    EffectGone,
    StaleSession,
    Store,
    StoreError,
    StoreTaken,
)
from botkit.store import open_store
from botkit.testing.clock import VirtualClock
from tests.contract.store_rows import NOON, dead_letter, effect_row, inbox_row, later, line, session_row

Reopen = Callable[[Store], Awaitable[Store]]


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


class TestOutbox:
    async def test_an_effect_comes_out_as_it_went_in(self, store: Store) -> None:
        effect = replace(effect_row("s:1:0"), payload=b"\x00\xff", attempted_at=later(0.000001))
        await store.commit(Commit(outbox=[effect]))
        assert await store.effects() == [effect]

    async def test_per_key_the_oldest_is_handed_out(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1", key="a"), effect_row("a2", key="a")]))
        await store.commit(Commit(outbox=[effect_row("b1", key="b")]))
        assert [effect.id for effect in await store.effects()] == ["a1", "b1"]
        await store.commit(Commit(confirmed=["a1"]))
        assert [effect.id for effect in await store.effects()] == ["a2", "b1"]

    async def test_busy_keys_are_left_out_before_the_limit_counts(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row(f"e{n}", key=f"k{n}") for n in range(5)]))
        assert [effect.id for effect in await store.effects(2)] == ["e0", "e1"]
        assert [effect.id for effect in await store.effects(2, busy={"k0", "k1", "k3"})] == ["e2", "e4"]

    async def test_an_attempt_is_kept(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1")]))
        await store.attempt("a1", later(3))
        assert [effect.attempted_at for effect in await store.effects()] == [later(3)]

    async def test_a_confirmed_effect_is_not_attempted_again(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1")]))
        await store.commit(Commit(confirmed=["a1"]))
        assert await store.effects() == []
        with pytest.raises(EffectGone):
            await store.attempt("a1", NOON)

    async def test_an_attempt_that_the_commit_has_noted_is_noted_once(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1", ahead=NOON), effect_row("a2", ahead=NOON)]))
        await store.attempt("a1", later(1))
        assert [effect.tries for effect in await store.effects()] == [1]
        await store.attempt("a1", later(2))
        assert [(each.tries, each.attempted_at) for each in await store.effects()] == [(2, later(2))]
        await store.commit(Commit(confirmed=["a1"]))
        assert [(each.id, each.tries, each.attempted_at) for each in await store.effects()] == [
            ("a2", 0, None)
        ]

    async def test_confirming_twice_is_no_error(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1")]))
        await store.commit(Commit(confirmed=["a1"], journal=[line("s", kind="posted")]))
        await store.commit(Commit(confirmed=["a1", "unknown"]))

    async def test_an_effect_that_is_out_already_refuses_the_commit(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1")]))
        with pytest.raises(StoreError, match="a1"):
            await store.commit(Commit(outbox=[effect_row("b1", key="b"), effect_row("a1")]))
        assert [effect.id for effect in await store.effects()] == ["a1"]


class TestRest:
    """Effects that rest until a moment, and how often one was begun."""

    async def test_beginning_counts(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1")]))
        for n in (1, 2, 3):
            await store.attempt("a1", later(n))
            assert [(each.tries, each.attempted_at) for each in await store.effects()] == [(n, later(n))]

    async def test_one_that_rests_holds_those_behind_it_back(self, store: Store) -> None:
        await store.commit(Commit(outbox=[effect_row("a1", key="a"), effect_row("a2", key="a")]))
        await store.commit(Commit(outbox=[effect_row("b1", key="b")]))
        await store.attempt("a1", later(1))
        await store.commit(Commit(postponed={"a1": later(60)}))
        assert [each.id for each in await store.effects(moment=later(59.999999))] == ["b1"]
        assert [each.id for each in await store.effects(moment=later(60))] == ["a1", "b1"]
        resting = (await store.effects())[0]
        assert (resting.id, resting.tries, resting.attempted_at, resting.not_before) == (
            "a1",
            1,
            None,
            later(60),
        )

    async def test_an_effect_may_rest_from_the_first(self, store: Store) -> None:
        effect = replace(effect_row("a1"), not_before=later(5), tries=2)
        await store.commit(Commit(outbox=[effect]))
        assert await store.effects(moment=NOON) == []
        assert await store.effects(moment=later(5)) == [effect]

    async def test_the_next_to_wake_is_known(self, store: Store) -> None:
        assert await store.next_effect(NOON) is None
        await store.commit(
            Commit(
                outbox=[
                    replace(effect_row("a1", key="a"), not_before=later(50)),
                    replace(effect_row("a2", key="a"), not_before=later(10)),
                    replace(effect_row("b1", key="b"), not_before=later(30)),
                    effect_row("c1", key="c"),
                ]
            )
        )
        assert await store.next_effect(NOON) == later(30)
        assert await store.next_effect(later(30)) == later(50)
        assert await store.next_effect(later(50)) is None
        await store.commit(Commit(confirmed=["a1"]))
        assert await store.next_effect(NOON) == later(10)

    async def test_postponing_what_is_unknown_is_no_error(self, store: Store) -> None:
        await store.commit(Commit(postponed={"unknown": later(1)}))
        assert await store.effects() == []

    async def test_a_limit_counts_those_that_are_awake(self, store: Store) -> None:
        resting = [replace(effect_row(f"r{n}", key=f"r{n}"), not_before=later(9)) for n in range(3)]
        await store.commit(Commit(outbox=[*resting, effect_row("awake", key="k")]))
        assert [each.id for each in await store.effects(1, moment=NOON)] == ["awake"]


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


class TestDeadLetters:
    async def test_one_comes_out_as_it_went_in(self, store: Store) -> None:
        event = replace(dead_letter("a"), payload=b"\x00\xff", tries=5, cause="Straße \U0001f4a5")
        effect = replace(dead_letter("b", DeadKind.EFFECT), session_id="s", at=later(0.000001))
        await store.commit(Commit(dead=[event]))
        await store.commit(Commit(dead=[effect]))
        assert await store.dead_letters() == [effect, event]
        assert await store.dead_letters(1) == [effect]

    async def test_it_is_kept_with_the_turn_that_gave_it_up(self, store: Store) -> None:
        await store.receive(inbox_row("a"))
        await store.receive(inbox_row("b"))
        await store.take()
        await store.commit(Commit(done="a", dead=[dead_letter("a")]))
        row = await store.take()
        assert row is not None
        assert row.id == "b"
        with pytest.raises(StaleSession):
            await store.commit(Commit(done="a", dead=[dead_letter("again")]))
        assert [letter.id for letter in await store.dead_letters()] == ["a"]

    async def test_an_event_that_is_revived_is_taken_last(self, store: Store) -> None:
        await store.receive(inbox_row("a"))
        await store.receive(inbox_row("b"))
        await store.take()
        await store.commit(Commit(done="a", dead=[dead_letter("a", key="conversation:1")]))
        assert await store.revive("a")
        assert await store.dead_letters() == []
        for row_id in ("b", "a"):
            row = await store.take()
            assert row is not None
            assert row.id == row_id
            await store.commit(Commit(done=row_id))
        assert not await store.revive("a")

    async def test_an_effect_that_is_revived_was_never_begun(self, store: Store) -> None:
        letter = replace(dead_letter("e", DeadKind.EFFECT, key="k"), session_id="s", tries=7)
        await store.commit(Commit(dead=[letter], outbox=[effect_row("first", key="k")]))
        assert await store.revive("e")
        assert [each.id for each in await store.effects()] == ["first"]
        await store.commit(Commit(confirmed=["first"]))
        assert await store.effects() == [effect_row("e", key="k")]

    async def test_what_was_dropped_is_gone(self, store: Store) -> None:
        await store.commit(Commit(dead=[dead_letter("a")]))
        assert await store.drop("a")
        assert not await store.drop("a")
        assert not await store.revive("a")
        assert await store.dead_letters() == []

    async def test_one_may_die_again(self, store: Store) -> None:
        await store.commit(Commit(dead=[dead_letter("a"), dead_letter("b")]))
        await store.commit(Commit(dead=[replace(dead_letter("a"), cause="once more")]))
        assert [letter.cause for letter in await store.dead_letters()] == ["once more", "it broke"]


class TestNotes:
    async def test_what_was_last_written_is_read(self, store: Store) -> None:
        assert await store.note("a") is None
        await store.commit(Commit(notes={"a": b"\x00\xff"}))
        await store.commit(Commit(notes={"a": b"2", "b": b"3"}))
        assert await store.note("a") == b"2"
        await store.commit(Commit(notes={"a": None, "unknown": None}))
        assert await store.note("a") is None
        assert await store.note("b") == b"3"

    async def test_they_are_listed_by_the_beginning_of_their_name(self, store: Store) -> None:
        written = {"schedule:b": b"1", "schedule:a": b"2", "schedules": b"3", "x": b""}
        await store.commit(Commit(notes=written))
        assert list((await store.notes("schedule:")).items()) == [("schedule:a", b"2"), ("schedule:b", b"1")]
        assert await store.notes("") == written
        assert await store.notes("schedule%") == {}

    async def test_a_turn_that_is_refused_writes_none(self, store: Store) -> None:
        with pytest.raises(StaleSession):
            await store.commit(Commit(done="unknown", notes={"a": b"1"}))
        assert await store.note("a") is None


class TestCounts:
    async def test_an_empty_store_holds_nothing(self, store: Store) -> None:
        assert await store.counts() == Counts(inbox=0, outbox=0, dead=0, open_sessions=0, oldest_inbox=None)

    async def test_everything_is_counted(self, store: Store) -> None:
        for n in (3, 1, 2):
            await store.receive(replace(inbox_row(str(n), key=str(n)), at=later(n)))
        await store.take()
        await store.commit(Commit(session=session_row("s"), outbox=[effect_row("a"), effect_row("b")]))
        await store.commit(Commit(session=session_row("t", is_open=False), dead=[dead_letter("d")]))
        await store.commit(Commit(journal=[line("only-a-journal")]))
        assert await store.counts() == Counts(
            inbox=3, outbox=2, dead=1, open_sessions=1, oldest_inbox=later(1)
        )


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


class TestStandby:
    async def test_a_second_store_waits_for_the_end_of_the_first(
        self, store: Store, store_url: str, tmp_path: Path
    ) -> None:
        if "memory" in store_url:
            pytest.skip("a store in memory is nobody else's")
        clock = VirtualClock()
        second = open_store(store_url, tmp_path)
        second._clock = clock  # type: ignore[attr-defined]
        with pytest.raises(StoreTaken):
            await second.open()
        await store.receive(inbox_row("a"))
        waiting = asyncio.create_task(second.open(standby=True))
        await asyncio.sleep(0.1)
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


class TestVersions:
    async def test_what_is_kept_is_given_back(self, store: Store) -> None:
        await store.keep_versions({"a": b"\x00\xff", "b": b"two"})
        assert await store.version("a") == b"\x00\xff"
        assert await store.version("b") == b"two"
        assert await store.version("c") is None

    async def test_what_is_kept_stays_as_it_is(self, store: Store) -> None:
        await store.keep_versions({"a": b"first"})
        await store.keep_versions({"a": b"second", "b": b"new"})
        assert await store.version("a") == b"first"
        assert await store.version("b") == b"new"

    async def test_open_sessions_are_counted_by_their_version(self, store: Store) -> None:
        for name, version in (("s", "a"), ("t", "a"), ("u", "b"), ("v", "")):
            await store.commit(Commit(session=session_row(name, version=version)))
        assert await store.versions_in_use() == {"a": 2, "b": 1}
        await store.commit(Commit(session=session_row("t", 2, version="b")))
        await store.commit(Commit(session=session_row("s", 2, is_open=False, version="a")))
        assert await store.versions_in_use() == {"b": 2}
        row = await store.session("t")
        assert row is not None
        assert row.version == "b"

    async def test_versions_that_nobody_needs_are_forgotten(self, store: Store) -> None:
        await store.keep_versions({"open": b"1", "ended": b"2", "new": b"3", "old": b"4"})
        await store.commit(Commit(session=session_row("s", version="open")))
        await store.commit(Commit(session=session_row("t", is_open=False, version="ended")))
        await store.forget_versions(but=["new"])
        kept = [name for name in ("open", "ended", "new", "old") if await store.version(name)]
        assert kept == ["open", "new"]
        await store.forget_versions()
        assert await store.version("new") is None
