"""Requests to write, as rows of tables, and how many of them become one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from botkit.ports.store import Commit, DeadLetter, InboxRow, OutboxRow, SessionRow
from botkit.store.stamps import day_of, digest, stamp

LONGEST = 256
"""Requests a batch. Bounds how long the first of them waits."""

COLUMNS: Mapping[str, int] = {
    "done": 1,
    "accepted": 3,
    "sessions": 7,
    "places": 2,
    "journal": 4,
    "confirmed": 1,
    "postponed": 2,
    "outbox": 9,
    "dead": 8,
    "notes": 2,
    "inbox": 6,
    "attempts": 2,
    "begun": 1,
}
"""Table -> its columns, in the order of the arguments of `botkit_write`."""

_PLACES = ", ".join(f"${n}" for n in range(1, sum(COLUMNS.values()) + 1))
CALL = f"SELECT * FROM pg_temp.botkit_write({_PLACES})"  # noqa: S608 - numbers alone

Row = tuple[object, ...]
Rows = Mapping[str, list[Row]]
"""Table of `COLUMNS` -> rows."""


class Write:
    """What one request writes."""

    __slots__ = ("fill", "touches")

    def __init__(self, fill: Callable[[Rows], None], touches: Sequence[str] = ()) -> None:
        self.fill = fill
        """Adds its rows. Raises what a value raises that cannot be kept."""
        self.touches = touches
        """Ids of what no other request of its batch may touch. That an inbox row and a session may share one
        keeps two requests apart at worst."""


def of_turn(turn: Commit, accepted: InboxRow | None = None) -> Write:
    """For `commit`; `accepted` is what the turn is done with, if that is in no table."""
    touches = [*turn.confirmed, *turn.postponed, *turn.notes]
    if turn.done:
        touches.append(turn.done)
    if turn.session is not None:
        touches.append(turn.session.id)
    touches += [effect.id for effect in turn.outbox]
    touches += [letter.id for letter in turn.dead]

    def fill(rows: Rows) -> None:
        if accepted is not None:
            rows["accepted"].append((accepted.id, digest(accepted.id), day_of(accepted.at)))
        elif turn.done:
            rows["done"].append((turn.done,))
        if turn.session is not None:
            _add_session(rows, turn.session)
        rows["journal"] += [(line.session_id, stamp(line.at), line.kind, line.data) for line in turn.journal]
        rows["outbox"] += [_outbox_row(effect) for effect in turn.outbox]
        if turn.confirmed:
            rows["confirmed"] += [(effect_id,) for effect_id in turn.confirmed]
        if turn.postponed:
            rows["postponed"] += [(effect_id, stamp(until)) for effect_id, until in turn.postponed.items()]
        if turn.dead:
            rows["dead"] += [_dead_row(letter) for letter in {each.id: each for each in turn.dead}.values()]
        if turn.notes:
            rows["notes"] += turn.notes.items()
        if turn.inbox:
            rows["inbox"] += [_inbox_row(row) for row in turn.inbox]

    return Write(fill, touches)


def of_event(row: InboxRow) -> Write:
    """For `receive`."""
    return Write(lambda rows: rows["inbox"].append(_inbox_row(row)))


def of_attempt(effect_id: str, at: datetime) -> Write:
    """For `attempt`."""
    return Write(lambda rows: rows["attempts"].append((effect_id, stamp(at))), (effect_id,))


def of_beginning(inbox_id: str) -> Write:
    """For `begin`."""
    return Write(lambda rows: rows["begun"].append((inbox_id,)), (inbox_id,))


def _outbox_row(effect: OutboxRow) -> Row:
    """But for whether it comes first under its key."""
    return (
        effect.id,
        effect.key,
        effect.session_id,
        effect.payload,
        None if effect.attempted_at is None else stamp(effect.attempted_at),
        effect.tries,
        None if effect.not_before is None else stamp(effect.not_before),
        None if effect.ahead is None else stamp(effect.ahead),
    )


def arguments(writes: Iterable[Write]) -> list[Sequence[object] | None]:
    """Those of `CALL`: the columns of all rows; None where there are none, which costs less than an empty
    array. An id that several receive is the first one's. Raises what a value raises that cannot be kept."""
    rows: Rows = {table: [] for table in COLUMNS}
    for write in writes:
        write.fill(rows)
    columns: list[Sequence[object] | None] = []
    for table, count in COLUMNS.items():
        found = rows[table]
        if not found:
            columns += [None] * count
            continue
        if table == "inbox":
            found = list({row[2]: row for row in reversed(found)}.values())[::-1]
        elif table == "outbox":
            firsts = {row[1]: row for row in reversed(found)}
            found = [(*row, firsts[row[1]] is row) for row in found]
        columns += zip(*found, strict=True)
    return columns


def _add_session(rows: Rows, row: SessionRow) -> None:
    deadline = None if row.deadline is None else stamp(row.deadline)
    places = msgspec.json.encode(row.places).decode()
    rows["sessions"].append((row.id, row.revision, row.open, places, deadline, row.state, row.version))
    if row.open:
        rows["places"] += [(row.id, place) for place in set(row.places)]


def _dead_row(letter: DeadLetter) -> Row:
    return (
        letter.id,
        str(letter.kind),
        letter.key,
        letter.session_id,
        letter.payload,
        stamp(letter.at),
        letter.tries,
        # The one character that PostgreSQL keeps in no text.
        letter.cause.replace("\0", "\N{REPLACEMENT CHARACTER}"),
    )


def _inbox_row(row: InboxRow) -> Row:
    return digest(row.id), day_of(row.at), row.id, row.key, row.payload, stamp(row.at)
