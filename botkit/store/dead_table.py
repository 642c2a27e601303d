"""The dead letters' table. Each function runs inside a transaction of the writer's, or of `Desk`'s."""

from __future__ import annotations

import sqlite3

from botkit.ports.store import DeadKind, DeadLetter, InboxRow, OutboxRow

from .heads import Head
from .inbox_table import wait
from .outbox_table import send
from .stamps import moment_of, stamp

_select_dead = "SELECT id, kind, key, session_id, payload, at, tries, cause FROM dead "


def bury(db: sqlite3.Connection, letter: DeadLetter) -> None:
    """Keep a dead letter; a younger one takes the place of an older of its id."""
    db.execute(
        "INSERT OR REPLACE INTO dead (id, kind, key, session_id, payload, at, tries, cause)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            letter.id,
            letter.kind,
            letter.key,
            letter.session_id,
            letter.payload,
            stamp(letter.at),
            letter.tries,
            letter.cause,
        ),
    )


def dead_letters(db: sqlite3.Connection, limit: int) -> list[DeadLetter]:
    return [_dead(*row) for row in db.execute(_select_dead + "ORDER BY seq DESC LIMIT ?", (limit,))]


def dead_letter(db: sqlite3.Connection, dead_id: str) -> DeadLetter | None:
    found = db.execute(_select_dead + "WHERE id = ?", (dead_id,)).fetchone()
    return _dead(*found) if found else None


def revive(db: sqlite3.Connection, dead_id: str) -> InboxRow | OutboxRow | Head | None:
    """What it is now, in its table again (`Head`: nothing stands before it); None when there is no such
    letter."""
    found = db.execute(
        "DELETE FROM dead WHERE id = ? RETURNING kind, key, session_id, payload, at", (dead_id,)
    ).fetchone()
    if found is None:
        return None
    kind, key, session_id, payload, at = found
    if kind == DeadKind.EVENT:
        row = InboxRow(id=dead_id, key=key, payload=payload, at=moment_of(at))
        wait(db, row)
        return row
    effect = OutboxRow(id=dead_id, key=key, session_id=session_id, payload=payload)
    return send(db, effect) or effect


def drop(db: sqlite3.Connection, dead_id: str) -> bool:
    return db.execute("DELETE FROM dead WHERE id = ?", (dead_id,)).rowcount > 0


def _dead(
    dead_id: str, kind: str, key: str, session_id: str, payload: bytes, at: int, tries: int, cause: str
) -> DeadLetter:
    return DeadLetter(
        id=dead_id,
        kind=DeadKind(kind),
        key=key,
        session_id=session_id,
        payload=payload,
        at=moment_of(at),
        tries=tries,
        cause=cause,
    )
