"""What is read from the tables, and the rare writes. Each function takes a connection."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from botkit.ports.store import (
    Counts,
    DeadKind,
    DeadLetter,
    InboxRow,
    JournalRow,
    OutboxRow,
    SessionRow,
)
from botkit.store.heads import Head
from botkit.store.stamps import day_of, digest, moment_of, stamp

from .connection import Connection

CHANNEL = "botkit"
"""Of NOTIFY: somebody else than the bot has written; the payload is the schema's name."""

_session = "SELECT id, revision, open, places, deadline, state, version FROM sessions "
_dead = "SELECT id, kind, key, session_id, payload, at, tries, cause FROM dead "
_END = chr(0x10FFFF)
"""Sorts behind all text: what begins with a prefix lies between it and the prefix with this behind."""


async def inbox(db: Connection) -> list[InboxRow]:
    """All that waits, oldest first."""
    return [
        InboxRow(id=row_id, key=key, payload=payload, at=moment_of(at), begun=begun)
        for row_id, key, payload, at, begun in await db.fetch(
            "SELECT id, key, payload, at, begun FROM inbox ORDER BY seq"
        )
    ]


async def sessions(db: Connection, session_ids: Sequence[str]) -> dict[str, SessionRow]:
    """Those of them that there are."""
    rows = await db.fetch(_session + "WHERE id = ANY ($1)", session_ids)
    return {row[0]: _session_row(row) for row in rows}


async def found(db: Connection, places: Sequence[str]) -> dict[str, SessionRow]:
    """The youngest open session in each of `places`."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (place) id, revision, open, places, deadline, state, version, place"
        " FROM places JOIN sessions s ON s.num = session WHERE place = ANY ($1)"
        " ORDER BY place, session DESC",
        places,
    )
    return {row[7]: _session_row(row) for row in rows}


async def latest(db: Connection, limit: int, only_open: bool) -> list[SessionRow]:
    """The sessions that began last, newest first; a negative `limit` = all."""
    rows = await db.fetch(
        _session + "WHERE open OR NOT $2 ORDER BY num DESC LIMIT $1", None if limit < 0 else limit, only_open
    )
    return [_session_row(row) for row in rows]


async def open_sessions(db: Connection, prefix: str) -> list[SessionRow]:
    standing = "SELECT session FROM places WHERE place >= $1 AND place < $2"
    rows = await db.fetch(f"{_session} WHERE num IN ({standing}) ORDER BY num", prefix, prefix + _END)
    return [_session_row(row) for row in rows]


async def due(db: Connection, moment: datetime, limit: int) -> list[SessionRow]:
    rows = await db.fetch(
        _session + "WHERE open AND deadline <= $1 ORDER BY deadline LIMIT $2", stamp(moment), limit
    )
    return [_session_row(row) for row in rows]


async def next_deadline(db: Connection) -> datetime | None:
    return _moment(
        await db.fetchrow(
            "SELECT deadline FROM sessions WHERE open AND deadline IS NOT NULL ORDER BY deadline LIMIT 1"
        )
    )


async def heads(db: Connection) -> list[Head]:
    """The oldest effect of each key, oldest first."""
    rows = await db.fetch(
        "SELECT seq, id, key, session_id, payload, attempted_at, tries, not_before FROM outbox"
        " WHERE head ORDER BY seq"
    )
    return [head_of(*row) for row in rows]


def head_of(
    place: int,
    effect_id: str,
    key: str,
    session_id: str,
    payload: bytes,
    attempted: int | None,
    tries: int,
    not_before: int | None,
) -> Head:
    """Of a row of `outbox`."""
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


async def dead_letters(db: Connection, limit: int) -> list[DeadLetter]:
    """Newest first; a negative `limit` = all."""
    rows = await db.fetch(_dead + "ORDER BY seq DESC LIMIT $1", None if limit < 0 else limit)
    return [_letter(row) for row in rows]


async def dead_letter(db: Connection, dead_id: str) -> DeadLetter | None:
    row = await db.fetchrow(_dead + "WHERE id = $1", dead_id)
    return None if row is None else _letter(row)


async def receive(db: Connection, row: InboxRow) -> bool:
    """Put an event into the inbox, beside the bot; False when its id was seen before."""
    async with db.transaction():
        new = await db.fetchrow(
            "INSERT INTO seen (digest, day) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING day",
            digest(row.id),
            day_of(row.at),
        )
        if new is not None:
            await db.execute(
                "INSERT INTO inbox (id, key, payload, at) VALUES ($1, $2, $3, $4)",
                row.id,
                row.key,
                row.payload,
                stamp(row.at),
            )
        return new is not None


async def revive(db: Connection, dead_id: str) -> InboxRow | OutboxRow | None:
    """What it is now, in its table again; None when there is no such letter."""
    async with db.transaction():
        row = await db.fetchrow(
            "DELETE FROM dead WHERE id = $1 RETURNING kind, key, session_id, payload, at", dead_id
        )
        if row is None:
            return None
        kind, key, session_id, payload, at = row
        if kind == DeadKind.EVENT:
            await db.execute(
                "INSERT INTO inbox (id, key, payload, at) VALUES ($1, $2, $3, $4)", dead_id, key, payload, at
            )
            return InboxRow(id=dead_id, key=key, payload=payload, at=moment_of(at))
        await db.execute(
            "INSERT INTO outbox (id, key, session_id, payload, tries, head)"
            " VALUES ($1, $2, $3, $4, 0, NOT EXISTS (SELECT FROM outbox WHERE key = $2))",
            dead_id,
            key,
            session_id,
            payload,
        )
        return OutboxRow(id=dead_id, key=key, session_id=session_id, payload=payload)


async def drop(db: Connection, dead_id: str) -> bool:
    return await db.fetchrow("DELETE FROM dead WHERE id = $1 RETURNING id", dead_id) is not None


async def tell_owner(db: Connection) -> None:
    """Let the bot that runs look again."""
    await db.execute("SELECT pg_notify($1, current_schema())", CHANNEL)


async def note(db: Connection, name: str) -> bytes | None:
    row = await db.fetchrow("SELECT data FROM notes WHERE name = $1", name)
    return None if row is None else bytes(row[0])


async def notes(db: Connection, prefix: str) -> dict[str, bytes]:
    rows = await db.fetch(
        "SELECT name, data FROM notes WHERE name >= $1 AND name < $2 ORDER BY name", prefix, prefix + _END
    )
    return {row[0]: row[1] for row in rows}


async def counts(db: Connection) -> Counts:
    row = await db.fetchrow(
        "SELECT (SELECT count(*) FROM inbox), (SELECT min(at) FROM inbox), (SELECT count(*) FROM outbox),"
        " (SELECT count(*) FROM dead), (SELECT count(*) FROM sessions WHERE open)"
    )
    assert row is not None
    waiting, oldest, outbox, dead, open_now = row
    return Counts(
        inbox=waiting,
        outbox=outbox,
        dead=dead,
        open_sessions=open_now,
        oldest_inbox=None if oldest is None else moment_of(oldest),
    )


async def last_written(db: Connection) -> datetime | None:
    return _moment(await db.fetchrow("SELECT at FROM journal ORDER BY seq DESC LIMIT 1"))


async def journal(db: Connection, session_id: str) -> list[JournalRow]:
    rows = await db.fetch(
        "SELECT at, kind, data FROM journal WHERE session_id = $1 ORDER BY session_id, seq", session_id
    )
    return [
        JournalRow(session_id=session_id, at=moment_of(at), kind=kind, data=data) for at, kind, data in rows
    ]


async def lines_since(db: Connection, kind: str, moment: datetime) -> list[bytes]:
    rows = await db.fetch(
        # Lines are in order of time, so the first that is older is soon found from the end.
        "SELECT data FROM journal WHERE kind = $1 AND seq >"
        " coalesce((SELECT seq FROM journal WHERE at < $2 ORDER BY seq DESC LIMIT 1), 0) ORDER BY seq DESC",
        kind,
        stamp(moment),
    )
    return [data for (data,) in rows]


async def keep_versions(db: Connection, versions: Mapping[str, bytes]) -> None:
    await db.executemany(
        "INSERT INTO versions (id, data) VALUES ($1, $2) ON CONFLICT DO NOTHING", list(versions.items())
    )


async def version(db: Connection, version_id: str) -> bytes | None:
    row = await db.fetchrow("SELECT data FROM versions WHERE id = $1", version_id)
    return None if row is None else bytes(row[0])


async def versions_in_use(db: Connection) -> dict[str, int]:
    rows = await db.fetch(
        "SELECT version, count(*) FROM sessions WHERE open AND version <> '' GROUP BY version"
    )
    return {row[0]: row[1] for row in rows}


async def forget_versions(db: Connection, but: Collection[str]) -> None:
    await db.execute(
        "DELETE FROM versions v WHERE id <> ALL ($1::text[])"
        " AND NOT EXISTS (SELECT FROM sessions s WHERE s.open AND s.version = v.id)",
        list(but),
    )


def _moment(row: Sequence[int | None] | None) -> datetime | None:
    return None if row is None or row[0] is None else moment_of(row[0])


def _session_row(row: Sequence[Any]) -> SessionRow:
    session_id, revision, is_open, places, deadline, state, version = row[:7]
    return SessionRow(
        id=session_id,
        revision=revision,
        open=is_open,
        places=tuple(json.loads(places)),
        deadline=None if deadline is None else moment_of(deadline),
        state=state,
        version=version,
    )


def _letter(row: Sequence[Any]) -> DeadLetter:
    dead_id, kind, key, session_id, payload, at, tries, cause = row
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
