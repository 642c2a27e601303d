"""The outbox's table. Each function runs inside a transaction of the writer's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime

from botkit.ports.store import EffectGone, OutboxRow, StoreError

from .stamps import moment_of, stamp


def send(db: sqlite3.Connection, effect: OutboxRow) -> None:
    """Put an effect behind those of its key. Raises `StoreError` for one that is there already."""
    attempted = None if effect.attempted_at is None else stamp(effect.attempted_at)
    try:
        db.execute(
            "INSERT INTO outbox (id, key, session_id, payload, attempted_at, tries, not_before, head)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NOT EXISTS (SELECT 1 FROM outbox WHERE key = ?2))",
            (
                effect.id,
                effect.key,
                effect.session_id,
                effect.payload,
                attempted,
                effect.tries,
                None if effect.not_before is None else stamp(effect.not_before),
            ),
        )
    except sqlite3.IntegrityError as error:
        raise StoreError(f"the effect {effect.id} is in the outbox already.") from error


def confirm(db: sqlite3.Connection, effect_id: str) -> None:
    """Remove an effect; the next of its key moves up."""
    for (key,) in db.execute("DELETE FROM outbox WHERE id = ? RETURNING key", (effect_id,)).fetchall():
        db.execute(
            "UPDATE outbox SET head = 1 WHERE seq = (SELECT min(seq) FROM outbox WHERE key = ?)", (key,)
        )


def postpone(db: sqlite3.Connection, effect_id: str, moment: datetime) -> None:
    """Let an effect rest, as one that is known not to have happened."""
    db.execute(
        "UPDATE outbox SET not_before = ?, attempted_at = NULL WHERE id = ?", (stamp(moment), effect_id)
    )


def effects(
    db: sqlite3.Connection, limit: int, moment: datetime | None, busy: Collection[str]
) -> list[OutboxRow]:
    rows = db.execute(
        "SELECT id, key, session_id, payload, attempted_at, tries, not_before FROM outbox"
        " WHERE head AND (not_before IS NULL OR ?1 IS NULL OR not_before <= ?1)"
        " AND key NOT IN (SELECT value FROM json_each(?2)) ORDER BY seq LIMIT ?3",
        (None if moment is None else stamp(moment), json.dumps(list(busy)), limit),
    )
    return [
        OutboxRow(
            id=effect_id,
            key=key,
            session_id=session_id,
            payload=payload,
            attempted_at=None if attempted is None else moment_of(attempted),
            tries=tries,
            not_before=None if not_before is None else moment_of(not_before),
        )
        for effect_id, key, session_id, payload, attempted, tries, not_before in rows
    ]


def next_effect(db: sqlite3.Connection, moment: datetime) -> datetime | None:
    first = db.execute(
        "SELECT min(not_before) FROM outbox WHERE head AND not_before > ?", (stamp(moment),)
    ).fetchone()
    return None if first[0] is None else moment_of(first[0])


def attempt(db: sqlite3.Connection, effect_id: str, at: datetime) -> None:
    begun = db.execute(
        "UPDATE outbox SET attempted_at = ?, tries = tries + 1 WHERE id = ?", (stamp(at), effect_id)
    )
    if begun.rowcount == 0:
        raise EffectGone(f"the effect {effect_id} is confirmed already.", remedy="Do not carry it out.")
