"""What the store's calls do to the tables. Each function runs inside a transaction of the writer's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from botkit.ports.store import (
    Commit,
    Counts,
    DeadKind,
    DeadLetter,
    EffectGone,
    InboxRow,
    JournalRow,
    OutboxRow,
    SessionRow,
    StaleSession,
    StoreError,
)

_epoch = datetime(1970, 1, 1, tzinfo=UTC)
_microsecond = timedelta(microseconds=1)

_select_session = "SELECT id, revision, open, places, deadline, state, version FROM sessions "


def _stamp(moment: datetime) -> int:
    return (moment - _epoch) // _microsecond


def _moment(stamp: int) -> datetime:
    return _epoch + timedelta(microseconds=stamp)


def receive(db: sqlite3.Connection, row: InboxRow) -> bool:
    """Whether `row` was new and is in the inbox now."""
    digest = blake2b(row.id.encode(), digest_size=16).digest()
    if db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (digest,)).rowcount == 0:
        return False
    _wait(db, row)
    return True


def _wait(db: sqlite3.Connection, row: InboxRow) -> None:
    db.execute(
        "INSERT INTO inbox (id, key, payload, at) VALUES (?, ?, ?, ?)",
        (row.id, row.key, row.payload, _stamp(row.at)),
    )


def inbox(db: sqlite3.Connection) -> list[InboxRow]:
    """All that waits, oldest first: what an earlier process left behind."""
    rows = db.execute("SELECT id, key, payload, at, begun FROM inbox ORDER BY seq")
    return [
        InboxRow(id=row_id, key=key, payload=payload, at=_moment(at), begun=begun)
        for row_id, key, payload, at, begun in rows
    ]


def begin(db: sqlite3.Connection, inbox_id: str) -> None:
    db.execute("UPDATE inbox SET begun = begun + 1 WHERE id = ?", (inbox_id,))


def write(db: sqlite3.Connection, turn: Commit) -> list[InboxRow]:
    """The whole turn; returns those of its inbox rows that were new."""
    if turn.done and db.execute("DELETE FROM inbox WHERE id = ?", (turn.done,)).rowcount == 0:
        raise StaleSession(f"the inbox row {turn.done} is done already.", remedy="Take the next one.")
    if turn.session is not None:
        _write_session(db, turn.session)
    _append(db, turn.journal)
    for effect_id in turn.confirmed:
        _confirm(db, effect_id)
    for effect_id, moment in turn.postponed.items():
        db.execute(
            "UPDATE outbox SET not_before = ?, attempted_at = NULL WHERE id = ?", (_stamp(moment), effect_id)
        )
    for effect in turn.outbox:
        _send(db, effect)
    for letter in turn.dead:
        _bury(db, letter)
    for name, data in turn.notes.items():
        if data is None:
            db.execute("DELETE FROM notes WHERE name = ?", (name,))
        else:
            db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, data))
    return [row for row in turn.inbox if receive(db, row)]


def _write_session(db: sqlite3.Connection, row: SessionRow) -> None:
    known = db.execute("SELECT num, revision, open, places FROM sessions WHERE id = ?", (row.id,)).fetchone()
    stored = known[1] if known else None
    if row.revision - (stored or 0) != 1 and not (stored is None and row.revision == 0):
        raise StaleSession(
            f"session {row.id} stands at revision {stored or 0}, the turn was made for {row.revision - 1}.",
            remedy="Take its input again.",
        )
    places = json.dumps(row.places)
    deadline = None if row.deadline is None else _stamp(row.deadline)
    values = (row.revision, row.open, places, deadline, row.state, row.version)
    if known is None:
        number = db.execute(
            "INSERT INTO sessions (revision, open, places, deadline, state, version, id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*values, row.id),
        ).lastrowid
    else:
        number = known[0]
        db.execute(
            "UPDATE sessions SET revision = ?, open = ?, places = ?, deadline = ?, state = ?, version = ?"
            " WHERE num = ?",
            (*values, number),
        )
    found_at = set(json.loads(known[3])) if known and known[2] else set()
    find_at = set(row.places) if row.open else set()
    db.executemany(
        "DELETE FROM places WHERE place = ? AND session = ?", ((p, number) for p in found_at - find_at)
    )
    db.executemany("INSERT INTO places VALUES (?, ?)", ((p, number) for p in find_at - found_at))


def _append(db: sqlite3.Connection, lines: Iterable[JournalRow]) -> None:
    heads: dict[str, int | None] = {}
    for line in lines:
        name = line.session_id
        if name not in heads:
            head = db.execute("SELECT last_line FROM sessions WHERE id = ?", (name,)).fetchone()
            heads[name] = head[0] if head else None
        heads[name] = db.execute(
            "INSERT INTO journal (previous, at, kind, data) VALUES (?, ?, ?, ?)",
            (heads[name], _stamp(line.at), line.kind, line.data),
        ).lastrowid
    db.executemany(
        "INSERT INTO sessions (id, last_line) VALUES (?, ?)"
        " ON CONFLICT (id) DO UPDATE SET last_line = excluded.last_line",
        heads.items(),
    )


def _send(db: sqlite3.Connection, effect: OutboxRow) -> None:
    attempted = None if effect.attempted_at is None else _stamp(effect.attempted_at)
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
                None if effect.not_before is None else _stamp(effect.not_before),
            ),
        )
    except sqlite3.IntegrityError as error:
        raise StoreError(f"the effect {effect.id} is in the outbox already.") from error


def _confirm(db: sqlite3.Connection, effect_id: str) -> None:
    """Remove an effect; the next of its key moves up."""
    for (key,) in db.execute("DELETE FROM outbox WHERE id = ? RETURNING key", (effect_id,)).fetchall():
        db.execute(
            "UPDATE outbox SET head = 1 WHERE seq = (SELECT min(seq) FROM outbox WHERE key = ?)", (key,)
        )


def session(db: sqlite3.Connection, session_id: str) -> SessionRow | None:
    found = db.execute(_select_session + "WHERE id = ? AND state IS NOT NULL", (session_id,)).fetchone()
    return _session(*found) if found else None


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
        (_stamp(moment), limit),
    )
    return [_session(*row) for row in rows]


def next_deadline(db: sqlite3.Connection) -> datetime | None:
    first = db.execute(
        "SELECT deadline FROM sessions WHERE open AND deadline IS NOT NULL ORDER BY deadline LIMIT 1"
    ).fetchone()
    return _moment(first[0]) if first else None


def effects(
    db: sqlite3.Connection, limit: int, moment: datetime | None, busy: Collection[str]
) -> list[OutboxRow]:
    rows = db.execute(
        "SELECT id, key, session_id, payload, attempted_at, tries, not_before FROM outbox"
        " WHERE head AND (not_before IS NULL OR ?1 IS NULL OR not_before <= ?1)"
        " AND key NOT IN (SELECT value FROM json_each(?2)) ORDER BY seq LIMIT ?3",
        (None if moment is None else _stamp(moment), json.dumps(list(busy)), limit),
    )
    return [
        OutboxRow(
            id=effect_id,
            key=key,
            session_id=session_id,
            payload=payload,
            attempted_at=None if attempted is None else _moment(attempted),
            tries=tries,
            not_before=None if not_before is None else _moment(not_before),
        )
        for effect_id, key, session_id, payload, attempted, tries, not_before in rows
    ]


def next_effect(db: sqlite3.Connection, moment: datetime) -> datetime | None:
    first = db.execute(
        "SELECT min(not_before) FROM outbox WHERE head AND not_before > ?", (_stamp(moment),)
    ).fetchone()
    return None if first[0] is None else _moment(first[0])


def attempt(db: sqlite3.Connection, effect_id: str, at: datetime) -> None:
    begun = db.execute(
        "UPDATE outbox SET attempted_at = ?, tries = tries + 1 WHERE id = ?", (_stamp(at), effect_id)
    )
    if begun.rowcount == 0:
        raise EffectGone(f"the effect {effect_id} is confirmed already.", remedy="Do not carry it out.")


def _bury(db: sqlite3.Connection, letter: DeadLetter) -> None:
    db.execute(
        "INSERT OR REPLACE INTO dead (id, kind, key, session_id, payload, at, tries, cause)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            letter.id,
            letter.kind,
            letter.key,
            letter.session_id,
            letter.payload,
            _stamp(letter.at),
            letter.tries,
            letter.cause,
        ),
    )


def dead_letters(db: sqlite3.Connection, limit: int) -> list[DeadLetter]:
    rows = db.execute(
        "SELECT id, kind, key, session_id, payload, at, tries, cause FROM dead ORDER BY seq DESC LIMIT ?",
        (limit,),
    )
    return [
        DeadLetter(
            id=dead_id,
            kind=DeadKind(kind),
            key=key,
            session_id=session_id,
            payload=payload,
            at=_moment(at),
            tries=tries,
            cause=cause,
        )
        for dead_id, kind, key, session_id, payload, at, tries, cause in rows
    ]


def revive(db: sqlite3.Connection, dead_id: str) -> InboxRow | OutboxRow | None:
    """What it is now, in its table again; None when there is no such letter."""
    found = db.execute(
        "DELETE FROM dead WHERE id = ? RETURNING kind, key, session_id, payload, at", (dead_id,)
    ).fetchone()
    if found is None:
        return None
    kind, key, session_id, payload, at = found
    if kind == DeadKind.EVENT:
        row = InboxRow(id=dead_id, key=key, payload=payload, at=_moment(at))
        _wait(db, row)
        return row
    effect = OutboxRow(id=dead_id, key=key, session_id=session_id, payload=payload)
    _send(db, effect)
    return effect


def drop(db: sqlite3.Connection, dead_id: str) -> bool:
    return db.execute("DELETE FROM dead WHERE id = ?", (dead_id,)).rowcount > 0


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
        oldest_inbox=None if oldest is None else _moment(oldest),
    )


def last_written(db: sqlite3.Connection) -> datetime | None:
    newest = db.execute("SELECT at FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    return _moment(newest[0]) if newest else None


def journal(db: sqlite3.Connection, session_id: str) -> list[JournalRow]:
    rows = db.execute(
        "WITH RECURSIVE chain (seq) AS (SELECT last_line FROM sessions WHERE id = ? UNION ALL"
        " SELECT previous FROM journal JOIN chain USING (seq) WHERE previous IS NOT NULL)"
        " SELECT at, kind, data FROM chain JOIN journal USING (seq) ORDER BY seq",
        (session_id,),
    )
    return [
        JournalRow(session_id=session_id, at=_moment(at), kind=kind, data=data) for at, kind, data in rows
    ]


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
        deadline=None if deadline is None else _moment(deadline),
        state=state,
        version=version,
    )
