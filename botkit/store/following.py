"""The journal's lines on SQLite for whoever follows it, by their numbers: only what came is read."""

from __future__ import annotations

import sqlite3

from botkit.ports.store import JournalRow

from .stamps import moment_of


def newest(db: sqlite3.Connection) -> int:
    """The number of the newest line of all; 0 = there is none. Later lines have higher numbers."""
    number: int = db.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
    return number


def written_after(db: sqlite3.Connection, number: int) -> list[str]:
    """What has lines with higher numbers: sessions, and `""` for those outside of any. All rows are looked
    at: an index would cost every turn, and this is for whoever watches."""
    return [name for (name,) in db.execute("SELECT id FROM sessions WHERE last_line > ?", (number,))]


def lines_after(db: sqlite3.Connection, session_id: str, number: int) -> list[tuple[int, JournalRow]]:
    """A session's lines with higher numbers, with their own, oldest first."""
    rows = db.execute(
        "WITH RECURSIVE chain (seq) AS ("
        "SELECT last_line FROM sessions WHERE id = ?1 AND last_line > ?2 UNION ALL"
        " SELECT previous FROM journal JOIN chain USING (seq) WHERE previous > ?2)"
        " SELECT seq, at, kind, data FROM chain JOIN journal USING (seq) ORDER BY seq",
        (session_id, number),
    )
    return [
        (seq, JournalRow(session_id=session_id, at=moment_of(at), kind=kind, data=data))
        for seq, at, kind, data in rows
    ]
