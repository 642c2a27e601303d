"""The outbox's table. Each function runs inside a transaction of the writer's."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from botkit.ports.store import EffectGone, OutboxRow, StoreError

from .heads import Head
from .stamps import moment_of, stamp

_move_up = (
    "UPDATE outbox SET head = 1 WHERE seq = (SELECT min(seq) FROM outbox WHERE key = ?)"
    " RETURNING seq, id, key, session_id, payload, attempted_at, tries, not_before"
)
_select_heads = (
    "SELECT seq, id, key, session_id, payload, attempted_at, tries, not_before FROM outbox"
    " WHERE head ORDER BY seq"
)


def send(db: sqlite3.Connection, effect: OutboxRow) -> Head | None:
    """Put an effect behind those of its key; what it is now, if there are none. Raises `StoreError` for one
    that is in the outbox already."""
    try:
        place, is_head = db.execute(
            "INSERT INTO outbox (id, key, session_id, payload, attempted_at, tries, not_before, head)"
            " SELECT ?1, ?2, ?3, ?4, iif(?8 AND first, ?8, ?5), iif(?8 AND first, ?6 + 1, ?6), ?7, first"
            " FROM (SELECT NOT EXISTS (SELECT 1 FROM outbox WHERE key = ?2) AS first) RETURNING seq, head",
            (
                effect.id,
                effect.key,
                effect.session_id,
                effect.payload,
                None if effect.attempted_at is None else stamp(effect.attempted_at),
                effect.tries,
                None if effect.not_before is None else stamp(effect.not_before),
                None if effect.ahead is None else stamp(effect.ahead),
            ),
        ).fetchone()
    except sqlite3.IntegrityError as error:
        raise StoreError(f"the effect {effect.id} is in the outbox already.") from error
    return Head(place, effect) if is_head else None


INSERT = (
    "INSERT INTO outbox (seq, id, key, session_id, payload, attempted_at, tries, not_before, head)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
"""`send` for who knows that a place is free and comes last, and whether anything stands before it: of what
`row_at` makes. Raises `sqlite3.IntegrityError` for an effect that is in the outbox already."""


def row_at(place: int, effect: OutboxRow, *, is_head: bool) -> tuple[object, ...]:
    """What `INSERT` takes."""
    attempted, tries = effect.attempted_at, effect.tries
    if is_head and effect.ahead is not None:
        attempted, tries = effect.ahead, tries + 1
    return (
        place,
        effect.id,
        effect.key,
        effect.session_id,
        effect.payload,
        None if attempted is None else stamp(attempted),
        tries,
        None if effect.not_before is None else stamp(effect.not_before),
        is_head,
    )


def confirm(db: sqlite3.Connection, effect_id: str) -> Head | None:
    """Remove an effect; the next of its key, which moves up."""
    gone = remove(db, effect_id)
    return None if gone is None else move_up(db, gone)


def remove(db: sqlite3.Connection, effect_id: str) -> str | None:
    """Its key; None when there is no such effect. Who calls it lets the next one of the key move up."""
    gone = db.execute("DELETE FROM outbox WHERE id = ? RETURNING key", (effect_id,)).fetchone()
    return None if gone is None else gone[0]


def move_up(db: sqlite3.Connection, key: str) -> Head | None:
    """The oldest effect of a key is its head from now on."""
    found = db.execute(_move_up, (key,)).fetchone()
    return None if found is None else _head(*found)


def postpone(db: sqlite3.Connection, effect_id: str, moment: datetime) -> None:
    """Let an effect rest, as one that is known not to have happened."""
    db.execute(
        "UPDATE outbox SET not_before = ?, attempted_at = NULL WHERE id = ?", (stamp(moment), effect_id)
    )


def heads(db: sqlite3.Connection) -> list[Head]:
    """The oldest effect of each key, oldest first."""
    return [_head(*row) for row in db.execute(_select_heads)]


def attempt(db: sqlite3.Connection, effect_id: str, at: datetime) -> None:
    begun = db.execute(
        "UPDATE outbox SET attempted_at = ?, tries = tries + 1 WHERE id = ?", (stamp(at), effect_id)
    )
    if begun.rowcount == 0:
        raise EffectGone(f"the effect {effect_id} is confirmed already.", remedy="Do not carry it out.")


def _head(
    place: int,
    effect_id: str,
    key: str,
    session_id: str,
    payload: bytes,
    attempted: int | None,
    tries: int,
    not_before: int | None,
) -> Head:
    return Head(
        place,
        OutboxRow(
            id=effect_id,
            key=key,
            session_id=session_id,
            payload=payload,
            attempted_at=None if attempted is None else moment_of(attempted),
            tries=tries,
            not_before=None if not_before is None else moment_of(not_before),
        ),
    )
