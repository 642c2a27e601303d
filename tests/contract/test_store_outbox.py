"""What `botkit.ports.store.Store` promises, for every store: what is to be carried out, what was given
up, and what is noted and kept."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from botkit.ports.store import (
    Commit,
    Counts,
    DeadKind,
    EffectGone,
    StaleSession,
    Store,
    StoreError,
)
from tests.contract.store_rows import NOON, dead_letter, effect_row, inbox_row, later, line, session_row


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

    @pytest.mark.parametrize("confirmed", [("a1", "a2"), ("a2", "a1"), ("a2",)])
    @pytest.mark.parametrize("more", [True, False])
    async def test_of_one_key_several_are_confirmed_at_once(
        self, store: Store, confirmed: tuple[str, ...], more: bool
    ) -> None:
        names = ["a1", "a2", "a3"] if more else ["a1", "a2"]
        await store.commit(Commit(outbox=[effect_row(name, key="a") for name in names]))
        await store.commit(Commit(confirmed=confirmed))
        for left in [name for name in names if name not in confirmed]:
            assert [effect.id for effect in await store.effects()] == [left]
            await store.commit(Commit(confirmed=[left]))
        assert await store.effects() == []

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
