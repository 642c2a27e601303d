"""Turns that share a transaction leave what they would have left one after the other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from random import Random

import pytest

from botkit.ports.store import Commit, StoreError
from botkit.store import SqliteStore, outbox_table, schema, tables
from tests.contract.store_rows import NOON, dead_letter, effect_row, inbox_row, later, line, session_row

PLACES = ((), ("direct:1",), ("direct:1", "form:2"), ("form:2",))

HALVES = ((range(0, 30, 2), range(1, 30, 2)), (range(1, 30, 2), range(0, 30, 2)))
"""Effects that a turn may bring, and those that it may confirm: none does both with one."""

DUMPS = (
    "SELECT id, key, payload, at, begun FROM inbox ORDER BY seq",
    "SELECT digest, day FROM seen ORDER BY digest",
    "SELECT * FROM sessions ORDER BY num",
    "SELECT * FROM places ORDER BY place, session",
    "SELECT * FROM journal ORDER BY seq",
    "SELECT id, key, session_id, payload, attempted_at, tries, not_before, head FROM outbox ORDER BY seq",
    "SELECT id, kind, cause FROM dead ORDER BY seq",
    "SELECT * FROM notes ORDER BY name",
)


class Turns:
    """Any turns, right and wrong ones: few ids, so that they meet again and again."""

    def __init__(self, seed: int) -> None:
        self._draw = Random(seed)
        self._revisions: dict[str, int] = {}

    def one(self) -> Commit:
        draw, session = self._draw, None
        if draw.random() < 0.6:
            name = draw.choice("abc")
            revision = self._revisions.get(name, 0) + 1
            if draw.random() < 0.9:
                self._revisions[name] = revision
            else:
                revision += 1
            session = session_row(
                name,
                revision,
                places=draw.choice(PLACES),
                is_open=draw.random() < 0.7,
                deadline=later(revision) if draw.random() < 0.5 else None,
                version=draw.choice(("", "v1")),
            )
        sent, known = draw.choice(HALVES)
        return Commit(
            done=f"in{draw.randrange(6)}" if draw.random() < 0.3 else "",
            session=session,
            journal=[line(draw.choice(("", "a", "b", "c"))) for _ in range(draw.randrange(3))],
            outbox=[
                effect_row(f"out{draw.choice(sent)}", key=draw.choice("kl"), ahead=draw.choice((None, NOON)))
                for _ in range(draw.randrange(2))
            ],
            inbox=[
                inbox_row(f"in{draw.randrange(9)}", key=draw.choice("kl")) for _ in range(draw.randrange(2))
            ],
            confirmed=[f"out{draw.choice(known)}" for _ in range(draw.randrange(3))],
            postponed={f"out{draw.choice(known)}": later(9)} if draw.random() < 0.05 else {},
            dead=[dead_letter("d")] if draw.random() < 0.03 else [],
            notes={"n": draw.choice((None, b"x"))} if draw.random() < 0.03 else {},
        )


async def together(batches: Sequence[Sequence[Commit]]) -> tuple[list[str], list[object]]:
    """Each turn's outcome, and all tables, when so many at a time are asked for."""
    store = SqliteStore(":memory:")
    await store.open()
    outcomes = []
    for batch in batches:
        results = await asyncio.gather(*map(store.commit, batch), return_exceptions=True)
        outcomes += [type(result).__name__ for result in results]
    tables = await store._run(dumped)
    heads = [row.id for row in await store.effects()]
    await store.close()
    return outcomes, [*tables, heads]


def one_by_one(turns: Sequence[Commit]) -> tuple[list[str], list[object]]:
    """The same, of turns that go by what the tables say alone."""
    outcomes = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        schema.migrate(db, 0)
        for turn in turns:
            db.execute("SAVEPOINT turn")
            try:
                tables.write(db, turn)
                outcomes.append("NoneType")
            except StoreError as error:
                db.execute("ROLLBACK TO turn")
                outcomes.append(type(error).__name__)
            db.execute("RELEASE turn")
        return outcomes, [*dumped(db), [head.row.id for head in outbox_table.heads(db)]]


def dumped(db: sqlite3.Connection) -> list[object]:
    return [db.execute(query).fetchall() for query in DUMPS]


@pytest.mark.parametrize("seed", range(20))
async def test_a_batch_leaves_what_its_turns_would_have_left_one_by_one(seed: int) -> None:
    all_turns = Turns(seed)
    turns = [all_turns.one() for _ in range(60)]
    draw, batches, rest = Random(seed), [], turns
    while rest:
        size = draw.randrange(1, 12)
        batches.append(rest[:size])
        rest = rest[size:]

    assert await together(batches) == one_by_one(turns)


async def test_who_fails_in_a_batch_fails_alone() -> None:
    store = SqliteStore(":memory:")
    await store.open()
    good = [Commit(session=session_row(name), outbox=[effect_row(f"{name}:1:0", key=name)]) for name in "ab"]
    stale = Commit(session=session_row("c", 7), journal=[line("c")])

    results = await asyncio.gather(*map(store.commit, (good[0], stale, good[1])), return_exceptions=True)

    assert [type(result).__name__ for result in results] == ["NoneType", "StaleSession", "NoneType"]
    assert [row.id for row in await store.effects()] == ["a:1:0", "b:1:0"]
    assert await store.journal("c") == []
    await store.close()


async def test_a_session_that_takes_two_turns_in_a_batch_stands_where_the_second_left_it() -> None:
    store = SqliteStore(":memory:")
    await store.open()
    turns = [session_row("a", 1, places=("direct:1",)), session_row("a", 2, places=("form:2",))]

    await asyncio.gather(*(store.commit(Commit(session=row)) for row in turns))

    assert await store.find("direct:1") is None
    assert await store.find("form:2") == turns[1]
    await store.close()
