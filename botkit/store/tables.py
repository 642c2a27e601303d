"""What the store's calls do to the tables together, and to those of sessions, journal, notes and versions.

Each function runs inside a transaction of the writer's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from botkit.ports.store import Commit, Counts, InboxRow, JournalRow, SessionRow, StaleSession

from .dead_table import bury
from .heads import Head
from .inbox_table import receive, see
from .outbox_table import confirm, postpone, send
from .stamps import moment_of, stamp

_select_session = "SELECT id, revision, open, places, deadline, state, version FROM sessions "


class Written(Struct, frozen=True, gc=False):
    """What a turn has changed in the lines of inbox and outbox."""

    inbox: Sequence[InboxRow]
    """Those of its rows that were new."""
    heads: Sequence[Head]
    """Effects before which nothing stands now under their keys."""


def write(db: sqlite3.Connection, turn: Commit, accepted: InboxRow | None = None) -> Written:
    """The whole turn; `accepted` is what it is done with, if that is in no table."""
    if accepted is not None:
        if not see(db, accepted):
            raise StaleSession(f"the event {accepted.id} came before.", remedy="Take the next one.")
    elif turn.done and db.execute("DELETE FROM inbox WHERE id = ?", (turn.done,)).rowcount == 0:
        raise StaleSession(f"the inbox row {turn.done} is done already.", remedy="Take the next one.")
    lines = turn.journal
    if turn.session is not None:
        own = turn.session.id
        _write_session(db, turn.session, [line for line in lines if line.session_id == own])
        lines = [line for line in lines if line.session_id != own]
    for line in lines:
        _append(db, line)
    heads = [confirm(db, effect_id) for effect_id in turn.confirmed]
    for effect_id, moment in turn.postponed.items():
        postpone(db, effect_id, moment)
    heads += [send(db, effect) for effect in turn.outbox]
    for letter in turn.dead:
        bury(db, letter)
    for name, data in turn.notes.items():
        if data is None:
            db.execute("DELETE FROM notes WHERE name = ?", (name,))
        else:
            db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, data))
    return Written(
        [row for row in turn.inbox if receive(db, row)], [head for head in heads if head is not None]
    )


def _write_session(db: sqlite3.Connection, row: SessionRow, lines: Iterable[JournalRow]) -> None:
    """The session, with its lines of the journal."""
    known = db.execute(
        "SELECT num, revision, open, places, last_line FROM sessions WHERE id = ?", (row.id,)
    ).fetchone()
    number, stored, was_open, stood_at, last = known or (None, None, 0, None, None)
    if row.revision - (stored or 0) != 1 and not (stored is None and row.revision == 0):
        raise StaleSession(
            f"session {row.id} stands at revision {stored or 0}, the turn was made for {row.revision - 1}.",
            remedy="Take its input again.",
        )
    for line in lines:
        last = _write_line(db, line, last)
    places = json.dumps(row.places)
    deadline = None if row.deadline is None else stamp(row.deadline)
    values = (row.revision, row.open, places, deadline, row.state, row.version, last)
    if number is None:
        number = db.execute(
            "INSERT INTO sessions (revision, open, places, deadline, state, version, last_line, id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, row.id),
        ).lastrowid
    else:
        db.execute(
            "UPDATE sessions SET revision = ?, open = ?, places = ?, deadline = ?, state = ?, version = ?,"
            " last_line = ? WHERE num = ?",
            (*values, number),
        )
    if was_open == row.open and stood_at == places:
        return
    found_at = set(json.loads(stood_at)) if was_open and stood_at else set()
    find_at = set(row.places) if row.open else set()
    db.executemany(
        "DELETE FROM places WHERE place = ? AND session = ?", ((p, number) for p in found_at - find_at)
    )
    db.executemany("INSERT INTO places VALUES (?, ?)", ((p, number) for p in find_at - found_at))


def _append(db: sqlite3.Connection, line: JournalRow) -> None:
    """A line of a session that is not written with it."""
    head = db.execute("SELECT num, last_line FROM sessions WHERE id = ?", (line.session_id,)).fetchone()
    number, last = head or (None, None)
    last = _write_line(db, line, last)
    if number is None:
        db.execute("INSERT INTO sessions (id, last_line) VALUES (?, ?)", (line.session_id, last))
    else:
        db.execute("UPDATE sessions SET last_line = ? WHERE num = ?", (last, number))


def _write_line(db: sqlite3.Connection, line: JournalRow, previous: int | None) -> int | None:
    """Its number in the journal."""
    return db.execute(
        "INSERT INTO journal (previous, at, kind, data) VALUES (?, ?, ?, ?)",
        (previous, stamp(line.at), line.kind, line.data),
    ).lastrowid


def outside(db: sqlite3.Connection) -> int:
    """Another number after each transaction of another connection, also one of another process."""
    number: int = db.execute("PRAGMA data_version").fetchone()[0]
    return number


def session(db: sqlite3.Connection, session_id: str) -> SessionRow | None:
    found = db.execute(_select_session + "WHERE id = ? AND state IS NOT NULL", (session_id,)).fetchone()
    return _session(*found) if found else None


def latest(db: sqlite3.Connection, limit: int, only_open: bool) -> list[SessionRow]:
    """The sessions that began last, newest first; a negative `limit` = all."""
    which = "WHERE open AND state IS NOT NULL" if only_open else "WHERE state IS NOT NULL"
    rows = db.execute(f"{_select_session}{which} ORDER BY num DESC LIMIT ?", (limit,))
    return [_session(*row) for row in rows]


def find(db: sqlite3.Connection, place: str) -> SessionRow | None:
    found = db.execute(
        _select_session + "JOIN places ON session = num WHERE place = ? ORDER BY num DESC LIMIT 1", (place,)
    ).fetchone()
    return _session(*found) if found else None


def open_sessions(db: sqlite3.Connection, prefix: str) -> list[SessionRow]:
    rows = db.execute(
        _select_session + "JOIN places ON session = num"
        " WHERE place >= ?1 AND place < ?1 || char(0x10FFFF) GROUP BY num ORDER BY num",
        (prefix,),
    )
    return [_session(*row) for row in rows]


def due(db: sqlite3.Connection, moment: datetime, limit: int) -> list[SessionRow]:
    rows = db.execute(
        _select_session + "WHERE open AND deadline <= ? ORDER BY deadline LIMIT ?",
        (stamp(moment), limit),
    )
    return [_session(*row) for row in rows]


def next_deadline(db: sqlite3.Connection) -> datetime | None:
    first = db.execute(
        "SELECT deadline FROM sessions WHERE open AND deadline IS NOT NULL ORDER BY deadline LIMIT 1"
    ).fetchone()
    return moment_of(first[0]) if first else None


def note(db: sqlite3.Connection, name: str) -> bytes | None:
    found = db.execute("SELECT data FROM notes WHERE name = ?", (name,)).fetchone()
    return found[0] if found else None


def notes(db: sqlite3.Connection, prefix: str) -> dict[str, bytes]:
    return dict(
        db.execute(
            "SELECT name, data FROM notes WHERE name >= ?1 AND name < ?1 || char(0x10FFFF) ORDER BY name",
            (prefix,),
        )
    )


def counts(db: sqlite3.Connection) -> Counts:
    inbox, oldest, outbox, dead, sessions = db.execute(
        "SELECT (SELECT count(*) FROM inbox), (SELECT min(at) FROM inbox), (SELECT count(*) FROM outbox),"
        " (SELECT count(*) FROM dead), (SELECT count(*) FROM sessions WHERE open)"
    ).fetchone()
    return Counts(
        inbox=inbox,
        outbox=outbox,
        dead=dead,
        open_sessions=sessions,
        oldest_inbox=None if oldest is None else moment_of(oldest),
    )


def last_written(db: sqlite3.Connection) -> datetime | None:
    newest = db.execute("SELECT at FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return moment_of(newest[0]) if newest else None


def journal(db: sqlite3.Connection, session_id: str) -> list[JournalRow]:
    rows = db.execute(
        "WITH RECURSIVE chain (seq) AS (SELECT last_line FROM sessions WHERE id = ? UNION ALL"
        " SELECT previous FROM journal JOIN chain USING (seq) WHERE previous IS NOT NULL)"
        " SELECT at, kind, data FROM chain JOIN journal USING (seq) ORDER BY seq",
        (session_id,),
    )
    return [
        JournalRow(session_id=session_id, at=moment_of(at), kind=kind, data=data) for at, kind, data in rows
    ]


def lines_since(db: sqlite3.Connection, kind: str, moment: datetime) -> list[bytes]:
    rows = db.execute(
        # Lines are in order of time, so the first that is older is soon found from the end.
        "SELECT data FROM journal WHERE kind = ?1 AND seq >"
        " coalesce((SELECT seq FROM journal WHERE at < ?2 ORDER BY seq DESC LIMIT 1), 0) ORDER BY seq DESC",
        (kind, stamp(moment)),
    )
    return [data for (data,) in rows]


def keep_versions(db: sqlite3.Connection, versions: Mapping[str, bytes]) -> None:
    db.executemany("INSERT OR IGNORE INTO versions VALUES (?, ?)", versions.items())


def version(db: sqlite3.Connection, version_id: str) -> bytes | None:
    found = db.execute("SELECT data FROM versions WHERE id = ?", (version_id,)).fetchone()
    return found[0] if found else None


def versions_in_use(db: sqlite3.Connection) -> dict[str, int]:
    return dict(
        db.execute("SELECT version, count(*) FROM sessions WHERE open AND version <> '' GROUP BY version")
    )


def forget_versions(db: sqlite3.Connection, but: Collection[str]) -> None:
    db.execute(
        "DELETE FROM versions WHERE id NOT IN (SELECT value FROM json_each(?))"
        " AND id NOT IN (SELECT version FROM sessions WHERE open)",
        (json.dumps(list(but)),),
    )


def _session(
    session_id: str,
    revision: int,
    is_open: int,
    places: str,
    deadline: int | None,
    state: bytes,
    version: str,
) -> SessionRow:
    return SessionRow(
        id=session_id,
        revision=revision,
        open=bool(is_open),
        places=tuple(json.loads(places)),
        deadline=None if deadline is None else moment_of(deadline),
        state=state,
        version=version,
    )
