"""The inbox's table, and the ids that ever came. Each function runs inside a transaction of the writer's."""

from __future__ import annotations

import sqlite3

from botkit.ports.store import InboxRow

from .stamps import day_of, digest, moment_of, stamp


def receive(db: sqlite3.Connection, row: InboxRow) -> bool:
    """Whether `row` was new and is in the inbox now."""
    new = see(db, row)
    if new:
        wait(db, row)
    return new


def see(db: sqlite3.Connection, row: InboxRow) -> bool:
    """Whether its id was new; it is known from now on."""
    seen = db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (digest(row.id), day_of(row.at)))
    return seen.rowcount > 0


def wait(db: sqlite3.Connection, row: InboxRow) -> None:
    """Put `row` at the end, whether or not its id was seen."""
    db.execute(
        "INSERT INTO inbox (id, key, payload, at) VALUES (?, ?, ?, ?)",
        (row.id, row.key, row.payload, stamp(row.at)),
    )


def inbox(db: sqlite3.Connection) -> list[InboxRow]:
    """All that waits, oldest first: what an earlier process left behind."""
    rows = db.execute("SELECT id, key, payload, at, begun FROM inbox ORDER BY seq")
    return [
        InboxRow(id=row_id, key=key, payload=payload, at=moment_of(at), begun=begun)
        for row_id, key, payload, at, begun in rows
    ]


def begin(db: sqlite3.Connection, inbox_id: str) -> None:
    db.execute("UPDATE inbox SET begun = begun + 1 WHERE id = ?", (inbox_id,))
