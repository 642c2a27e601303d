"""What is over and old leaves the tables of PostgreSQL, a little in each transaction.

Each function is a step. Of a session that is half gone the newest line goes last, since it says how old the
session is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from botkit.ports.keeping import NOTE, START, Horizon, Position, Pruned, Unfinished
from botkit.ports.store import DeadKind
from botkit.store.stamps import day_of, digest, stamp

from .connection import Connection

SESSIONS = 200
"""Looked at in one transaction."""
LINES = 200
"""Removed in one transaction."""
OTHERS = 500
"""Lines looked at in one transaction where each has an age of its own."""
IDS = 1_000
"""Looked at in one transaction."""
PAYLOADS = 100
"""Read in one transaction."""

_SESSIONS, _OTHERS, _SEEN = 0, 1, 2
"""Phases, in this order: sessions with their lines, lines outside of any session, ids."""

_PAGE = """\
SELECT s.num, s.id, j.seq, j.at
FROM (SELECT num, id, open FROM sessions WHERE num >= $1 ORDER BY num LIMIT $2) s
LEFT JOIN LATERAL (
    SELECT seq, at FROM journal WHERE session_id = s.id AND NOT s.open
    ORDER BY session_id DESC, seq DESC LIMIT 1) j ON true
ORDER BY s.num"""
BENEATH = """\
SELECT lines.seq FROM unnest($1::text[], $2::bigint[]) AS v (id, newest)
CROSS JOIN LATERAL (
    SELECT seq FROM journal WHERE session_id = v.id AND seq < v.newest
    ORDER BY session_id, seq LIMIT $3) lines LIMIT $3"""
"""The oldest lines of sessions, $3 in all; NULL = all. Session by session: of a join the planner makes one of
the whole journal where there are no statistics, as after a restore."""
_NEEDED = """\
SELECT session_id FROM outbox WHERE session_id = ANY ($1)
UNION SELECT session_id FROM dead WHERE session_id = ANY ($1)"""


class _Session(NamedTuple):
    """One that is over, with its newest line."""

    number: int
    name: str
    newest: int
    whole: bool
    """It goes as a whole, else all lines but the newest."""


async def prune(db: Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    """One step. `dry`: nothing goes, it is only counted."""
    async with db.transaction():
        if after == START and not dry:
            await _note(db, horizon)
        match after.phase:
            case 0:
                if horizon.sessions is None and horizon.journal is None:
                    return Pruned(rest=Position(_SEEN))
                return await _sessions(db, horizon, after, dry=dry)
            case 1:
                return await _others(db, horizon, after, dry=dry)
            case _:
                return await _seen(db, horizon, after, dry=dry)


async def _note(db: Connection, horizon: Horizon) -> None:
    row = await db.fetchrow("SELECT data FROM notes WHERE name = $1", NOTE)
    whole = horizon.after(None if row is None else Horizon.load(row[0]))
    await db.execute(
        "INSERT INTO notes (name, data) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET data = excluded.data",
        NOTE,
        whole.dump(),
    )


async def _last(db: Connection) -> int | None:
    """The newest line of all, which stays: it tells when the bot was last alive."""
    row = await db.fetchrow("SELECT max(seq) FROM journal")
    return None if row is None else row[0]


async def _sessions(db: Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    page = await db.fetch(_PAGE, after.number, SESSIONS)
    rest = Position(number=page[-1][0] + 1) if len(page) == SESSIONS else Position(_OTHERS)
    old = _old(page, horizon, await _last(db))
    if old:
        needed = {row[0] for row in await db.fetch(_NEEDED, [each.name for each in old])}
        old = [each for each in old if each.name not in needed]
    if not old:
        return Pruned(rest=rest)
    beneath = ([each.name for each in old], [each.newest for each in old])
    whole = [each for each in old if each.whole]
    if dry:
        row = await db.fetchrow(f"SELECT count(*) FROM ({BENEATH}) AS beneath", *beneath, None)  # noqa: S608
        return Pruned(sessions=len(whole), lines=(row[0] if row else 0) + len(whole), rest=rest)
    lines = await db.fetch(BENEATH, *beneath, LINES)
    await _delete_lines(db, [row[0] for row in lines])
    if len(lines) == LINES:
        return Pruned(lines=LINES, rest=after)
    await _delete_lines(db, [each.newest for each in whole])
    await db.execute("DELETE FROM sessions WHERE num = ANY ($1)", [each.number for each in whole])
    return Pruned(sessions=len(whole), lines=len(lines) + len(whole), rest=rest)


def _old(page: Sequence[Sequence[int | str | None]], horizon: Horizon, last: int | None) -> list[_Session]:
    """Those of a page that something goes of."""
    found = []
    for number, name, newest, at in page:
        if not (isinstance(number, int) and isinstance(newest, int) and isinstance(at, int)):
            continue
        whole = horizon.sessions is not None and at < stamp(horizon.sessions) and newest != last
        if whole or (horizon.journal is not None and at < stamp(horizon.journal)):
            found.append(_Session(number, str(name), newest, whole))
    return found


async def _others(db: Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    if horizon.journal is None:
        return Pruned(rest=Position(_SEEN))
    page = await db.fetch(
        "SELECT seq, session_id, at FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2", after.number, OTHERS
    )
    limit, last = stamp(horizon.journal), await _last(db)
    old = [(seq, name) for seq, name, at in page if at < limit and seq != last]
    names = list({name for _, name in old})
    known = {row[0] for row in await db.fetch("SELECT id FROM sessions WHERE id = ANY ($1)", names)}
    gone = [seq for seq, name in old if name not in known]
    if not dry:
        await _delete_lines(db, gone)
    # Lines come in the order of their time, give or take what somebody did to the clock.
    more = len(page) == OTHERS and any(at < limit for _, _, at in page)
    return Pruned(lines=len(gone), rest=Position(_OTHERS, page[-1][0]) if more else Position(_SEEN))


async def _delete_lines(db: Connection, numbers: Sequence[int]) -> None:
    if numbers:
        await db.execute("DELETE FROM journal WHERE seq = ANY ($1)", numbers)


async def _seen(db: Connection, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
    if horizon.seen is None:
        return Pruned()
    page = await db.fetch(
        "SELECT digest, day FROM seen WHERE digest > $1 ORDER BY digest LIMIT $2", after.digest, IDS
    )
    first_day = day_of(horizon.seen)
    old = {bytes(each) for each, day in page if day < first_day}
    if old:
        old -= await _waiting(db)
    if old and not dry:
        await db.execute("DELETE FROM seen WHERE digest = ANY ($1)", list(old))
    rest = Position(_SEEN, digest=bytes(page[-1][0])) if len(page) == IDS else None
    return Pruned(seen=len(old), rest=rest)


async def _waiting(db: Connection) -> set[bytes]:
    """Ids that stay known whatever their age: what waits under them would come a second time."""
    rows = await db.fetch(
        "SELECT id FROM inbox UNION ALL SELECT id FROM dead WHERE kind = $1", str(DeadKind.EVENT)
    )
    return {digest(row[0]) for row in rows}


_UNFINISHED = (
    "SELECT seq, payload FROM inbox WHERE seq > $1 ORDER BY seq LIMIT $2",
    "SELECT num, state FROM sessions WHERE open AND num > $1 ORDER BY num LIMIT $2",
    "SELECT seq, payload FROM outbox WHERE seq > $1 ORDER BY seq LIMIT $2",
    "SELECT seq, payload FROM dead WHERE seq > $1 ORDER BY seq LIMIT $2",
)
"""By phase, in the order in which most names wander on."""


async def unfinished(db: Connection, after: Position) -> Unfinished:
    """One step."""
    found = await db.fetch(_UNFINISHED[after.phase], after.number, PAYLOADS)
    rest: Position | None = Position(after.phase + 1) if after.phase + 1 < len(_UNFINISHED) else None
    if len(found) == PAYLOADS:
        rest = Position(after.phase, found[-1][0])
    return Unfinished(payloads=[bytes(row[1]) for row in found], rest=rest)
