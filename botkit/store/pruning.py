"""What is over and old leaves the tables of SQLite, a little in each transaction.

Each function runs inside a transaction of the writer's, or of `Desk`'s. A process that dies between two of
them leaves whole chains: of a session that is half gone the newest line goes last, since it says how old the
session is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from typing import NamedTuple

from botkit.ports.keeping import NOTE, START, Horizon, Position, Pruned, Unfinished
from botkit.ports.store import DeadKind

from .stamps import day_of, digest, stamp

SESSIONS = 200
"""Looked at in one transaction."""
LINES = 100
"""Removed in one transaction, or looked at where each has an age of its own."""
IDS = 1_000
"""Looked at in one transaction."""
PAYLOADS = 100
"""Read in one transaction."""

_SESSIONS, _SEEN = 0, 1
"""Phases, in this order."""


class _Session(NamedTuple):
    """A row of `sessions`, with its newest line."""

    number: int
    name: str
    is_open: bool
    is_head: bool
    """It only heads the lines of something that is no session."""
    newest: int | None
    at: int | None
    previous: int | None


def prune(db: sqlite3.Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    """One step. `dry`: nothing goes, it is only counted."""
    if after == START and not dry:
        _note(db, horizon)
    if after.phase == _SESSIONS:
        if horizon.sessions is None and horizon.journal is None:
            return Pruned(rest=Position(_SEEN))
        return _sessions(db, horizon, after, dry=dry)
    return Pruned() if horizon.seen is None else _seen(db, horizon, after, dry=dry)


def _note(db: sqlite3.Connection, horizon: Horizon) -> None:
    found = db.execute("SELECT data FROM notes WHERE name = ?", (NOTE,)).fetchone()
    whole = horizon.after(Horizon.load(found[0]) if found else None)
    db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (NOTE, whole.dump()))


def _sessions(db: sqlite3.Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    last: int | None = db.execute("SELECT max(seq) FROM journal").fetchone()[0]
    page = [
        _Session(*row)
        for row in db.execute(
            "SELECT s.num, s.id, s.open, s.state IS NULL, s.last_line, j.at, j.previous"
            " FROM (SELECT * FROM sessions WHERE num >= ? ORDER BY num LIMIT ?) s"
            " LEFT JOIN journal j ON j.seq = s.last_line ORDER BY s.num",
            (after.number, SESSIONS),
        )
    ]
    done, left = Pruned(), LINES
    needed: Collection[str] | None = None
    for each in page:
        if left <= 0:
            return done + Pruned(rest=Position(number=each.number))
        if each.is_head:
            line = after.line if each.number == after.number else 0
            part = _head(db, horizon, each, line, last, dry=dry)
            left -= LINES // 10 + part.lines
        elif not each.is_open and _is_old(each, horizon):
            if needed is None:
                needed = _needed(db)
            if each.name in needed:
                continue
            part = _session(db, horizon, each, left, last, dry=dry)
            left -= part.lines
        else:
            continue
        done += part
        if part.rest is not None:
            return done
    rest = Position(number=page[-1].number + 1) if len(page) == SESSIONS else Position(_SEEN)
    return done + Pruned(rest=rest)


def _is_old(session: _Session, horizon: Horizon) -> bool:
    limits = [stamp(each) for each in (horizon.sessions, horizon.journal) if each is not None]
    return session.at is not None and session.at < max(limits)


def _needed(db: sqlite3.Connection) -> set[str]:
    """Sessions that something is still to be done for."""
    rows = db.execute("SELECT session_id FROM outbox UNION SELECT session_id FROM dead")
    return {name for (name,) in rows}


def _session(
    db: sqlite3.Connection, horizon: Horizon, session: _Session, most: int, last: int | None, *, dry: bool
) -> Pruned:
    """One that is over: so many lines beneath its newest, then, if it goes as a whole, that and itself."""
    assert session.at is not None
    whole = horizon.sessions is not None and session.at < stamp(horizon.sessions) and session.newest != last
    if not whole and (horizon.journal is None or session.at >= stamp(horizon.journal)):
        return Pruned()
    lines = [] if session.previous is None else _chain(db, session.previous, -1 if dry else most)
    rest = lines[-1][1] if lines else None
    if dry:
        return Pruned(sessions=int(whole), lines=len(lines) + int(whole))
    if lines:
        db.executemany("DELETE FROM journal WHERE seq = ?", [(seq,) for seq, _, _ in lines])
        db.execute("UPDATE journal SET previous = ? WHERE seq = ?", (rest, session.newest))
    if rest is not None:
        return Pruned(lines=len(lines), rest=Position(number=session.number))
    if whole:
        db.execute("DELETE FROM journal WHERE seq = ?", (session.newest,))
        db.execute("DELETE FROM sessions WHERE num = ?", (session.number,))
    return Pruned(sessions=int(whole), lines=len(lines) + int(whole))


def _head(
    db: sqlite3.Connection, horizon: Horizon, head: _Session, line: int, last: int | None, *, dry: bool
) -> Pruned:
    """Lines outside of any session, each by its age, from the one beneath `line` on; 0 = from the newest."""
    if horizon.journal is None:
        return Pruned()
    limit = stamp(horizon.journal)
    above: int | None = line or None
    first = head.newest
    if above is not None:
        found = db.execute("SELECT previous FROM journal WHERE seq = ?", (above,)).fetchone()
        first = found[0] if found else None
    lines = [] if first is None else _chain(db, first, LINES)
    gone = [seq for seq, _, at in lines if at < limit and seq != last]
    kept = [seq for seq, _, at in lines if at >= limit or seq == last]
    rest = lines[-1][1] if lines else None
    if gone and not dry:
        db.executemany("DELETE FROM journal WHERE seq = ?", [(seq,) for seq in gone])
        for upper, lower in zip([above, *kept], [*kept, rest], strict=True):
            if upper is None:
                db.execute("UPDATE sessions SET last_line = ? WHERE num = ?", (lower, head.number))
            else:
                db.execute("UPDATE journal SET previous = ? WHERE seq = ?", (lower, upper))
    above = kept[-1] if kept else above
    if rest is not None:
        # In a dry run what goes is there still: on beneath it all the same.
        under = lines[-1][0] if dry else above or 0
        return Pruned(lines=len(gone), rest=Position(number=head.number, line=under))
    if above is None and not dry:
        db.execute("DELETE FROM sessions WHERE num = ?", (head.number,))
    return Pruned(lines=len(gone))


def _chain(db: sqlite3.Connection, first: int, most: int) -> Sequence[tuple[int, int | None, int]]:
    """(number, the one before, time) of a line and so many in all, newest first; a negative number = all."""
    return db.execute(
        "WITH RECURSIVE chain (seq, previous, at) AS (SELECT seq, previous, at FROM journal WHERE seq = ?1"
        " UNION ALL SELECT j.seq, j.previous, j.at FROM chain JOIN journal j ON j.seq = chain.previous"
        " LIMIT ?2) SELECT seq, previous, at FROM chain",
        (first, most),
    ).fetchall()


def _seen(db: sqlite3.Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    assert horizon.seen is not None
    found = db.execute(
        "SELECT digest, day FROM seen WHERE digest > ? ORDER BY digest LIMIT ?", (after.digest, IDS)
    ).fetchall()
    first_day = day_of(horizon.seen)
    old = {each for each, day in found if day < first_day}
    if old:
        old -= _waiting(db)
    if old and not dry:
        db.executemany("DELETE FROM seen WHERE digest = ?", [(each,) for each in sorted(old)])
    rest = Position(_SEEN, digest=found[-1][0]) if len(found) == IDS else None
    return Pruned(seen=len(old), rest=rest)


def _waiting(db: sqlite3.Connection) -> set[bytes]:
    """Ids that stay known whatever their age: what waits under them would come a second time."""
    rows = db.execute("SELECT id FROM inbox UNION ALL SELECT id FROM dead WHERE kind = ?", (DeadKind.EVENT,))
    return {digest(name) for (name,) in rows}


_UNFINISHED = (
    "SELECT seq, payload FROM inbox WHERE seq > ? ORDER BY seq LIMIT ?",
    "SELECT num, state FROM sessions WHERE num IN (SELECT num FROM sessions INDEXED BY sessions_by_version"
    " WHERE open AND num > ? ORDER BY num LIMIT ?) ORDER BY num",
    "SELECT seq, payload FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?",
    "SELECT seq, payload FROM dead WHERE seq > ? ORDER BY seq LIMIT ?",
)
"""By phase, in the order in which most names wander on."""


def unfinished(db: sqlite3.Connection, after: Position) -> Unfinished:
    """One step."""
    found = db.execute(_UNFINISHED[after.phase], (after.number, PAYLOADS)).fetchall()
    rest: Position | None = Position(after.phase + 1) if after.phase + 1 < len(_UNFINISHED) else None
    if len(found) == PAYLOADS:
        rest = Position(after.phase, found[-1][0])
    return Unfinished(payloads=[payload for _, payload in found], rest=rest)
