"""The journal's lines on PostgreSQL for whoever follows it, by their numbers: only what came is read."""

from __future__ import annotations

from botkit.ports.store import JournalRow
from botkit.store.stamps import moment_of

from .connection import Connection


async def newest(db: Connection) -> int:
    """The number of the newest line of all; 0 = there is none. Later lines have higher numbers."""
    row = await db.fetchrow("SELECT coalesce(max(seq), 0) FROM journal")
    return 0 if row is None else int(row[0])


async def written_after(db: Connection, number: int) -> list[str]:
    """What has lines with higher numbers: sessions, and `""` for those outside of any."""
    rows = await db.fetch("SELECT DISTINCT session_id FROM journal WHERE seq > $1", number)
    return [row[0] for row in rows]


async def lines_after(db: Connection, session_id: str, number: int) -> list[tuple[int, JournalRow]]:
    """A session's lines with higher numbers, with their own, oldest first."""
    rows = await db.fetch(
        "SELECT seq, at, kind, data FROM journal WHERE session_id = $1 AND seq > $2 ORDER BY session_id, seq",
        session_id,
        number,
    )
    return [
        (seq, JournalRow(session_id=session_id, at=moment_of(at), kind=kind, data=data))
        for seq, at, kind, data in rows
    ]
