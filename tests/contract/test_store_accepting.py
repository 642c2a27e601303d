"""Events that are dealt with at once: what came of them is written together with their ids."""

from __future__ import annotations

import asyncio

import pytest

from botkit.ports.store import Commit, InboxRow, StaleSession, Store
from tests.contract.store_rows import Reopen, effect_row, inbox_row, line, session_row


def turn_of(row: InboxRow, session_id: str = "s") -> Commit:
    return Commit(
        done=row.id,
        session=session_row(session_id),
        journal=[line(session_id)],
        outbox=[effect_row(f"{row.id}:1", key=session_id, session_id=session_id)],
    )


async def test_its_id_is_known_from_the_commit_on(store: Store) -> None:
    row = inbox_row("item:1")
    assert store.accept(row)
    await store.commit(turn_of(row))
    assert store.release(row.id)
    assert not await store.receive(row)
    assert await store.take() is None
    assert [effect.id for effect in await store.effects()] == ["item:1:1"]


async def test_one_that_comes_to_nothing_is_not_known(store: Store) -> None:
    row = inbox_row("item:1")
    assert store.accept(row)
    assert not store.release(row.id)
    assert await store.receive(row)
    assert await store.take() == row


async def test_one_that_came_before_is_refused_and_nothing_is_written(store: Store) -> None:
    row = inbox_row("item:1")
    await store.receive(row)
    await store.take()
    await store.commit(Commit(done=row.id))
    assert store.accept(row)
    with pytest.raises(StaleSession):
        await store.commit(turn_of(row))
    assert not store.release(row.id)
    assert await store.session("s") is None
    assert await store.journal("s") == []
    assert await store.effects() == []


async def test_of_many_at_once_the_one_that_came_before_is_refused_alone(store: Store) -> None:
    rows = [inbox_row(f"item:{n}", key=f"conversation:{n}") for n in range(20)]
    await store.receive(rows[7])
    await store.take()
    await store.commit(Commit(done=rows[7].id))
    assert all(store.accept(row) for row in rows)
    turns = [store.commit(turn_of(row, row.id)) for row in rows]
    results = await asyncio.gather(*turns, return_exceptions=True)
    assert [isinstance(result, StaleSession) for result in results] == [n == 7 for n in range(20)]
    assert [store.release(row.id) for row in rows] == [n != 7 for n in range(20)]
    assert [await store.session(row.id) is None for row in rows] == [n == 7 for n in range(20)]


async def test_it_overtakes_nobody_of_its_key(store: Store) -> None:
    await store.receive(inbox_row("item:1"))
    assert not store.accept(inbox_row("item:2"))
    await store.take()
    assert not store.accept(inbox_row("item:2"))
    assert store.accept(inbox_row("item:3", key="conversation:2"))
    await store.commit(Commit(done="item:1"))
    assert store.accept(inbox_row("item:2"))


async def test_it_is_accepted_once_at_a_time(store: Store) -> None:
    assert store.accept(inbox_row("item:1"))
    assert not store.accept(inbox_row("item:1"))
    assert not store.accept(inbox_row("item:1", key="conversation:2"))


async def test_who_comes_after_it_waits_for_it(store: Store) -> None:
    first = inbox_row("item:1")
    store.accept(first)
    assert not store.any_wait
    await store.receive(inbox_row("item:2"))
    assert store.any_wait
    assert await store.take() is None
    await store.commit(turn_of(first))
    assert await store.take() == inbox_row("item:2")
    assert not store.any_wait


async def test_who_comes_after_one_that_came_to_nothing_is_next(store: Store) -> None:
    store.accept(inbox_row("item:1"))
    await store.receive(inbox_row("item:2"))
    store.release("item:1")
    assert await store.take() == inbox_row("item:2")


async def test_of_one_that_a_process_dies_with_nothing_is_left(store: Store, reopen: Reopen) -> None:
    row = inbox_row("item:1")
    store.accept(row)
    following = await reopen(store)
    assert await following.take() is None
    assert await following.receive(row)


async def test_the_same_event_kept_meanwhile_is_dealt_with_once(store: Store) -> None:
    """Told twice, under two keys: whoever is written first has it."""
    row = inbox_row("item:1")
    store.accept(row)
    assert await store.receive(inbox_row("item:1", key="conversation:2"))
    with pytest.raises(StaleSession):
        await store.commit(turn_of(row))
    assert not store.release(row.id)
    again = await store.take()
    assert again is not None
    await store.commit(turn_of(again))


async def test_a_turn_may_do_all_that_others_may(store: Store) -> None:
    row = inbox_row("item:1")
    store.accept(row)
    await store.commit(
        Commit(done=row.id, inbox=[inbox_row("item:2"), inbox_row("item:2")], notes={"name": b"value"})
    )
    assert await store.note("name") == b"value"
    assert not await store.receive(row)
    assert await store.take() == inbox_row("item:2")
