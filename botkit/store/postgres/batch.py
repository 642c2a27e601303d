"""Requests to write, as rows of tables, and how many of them become one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from botkit.ports.store import Commit, InboxRow, OutboxRow, SessionRow
from botkit.store.stamps import day_of, digest, stamp

LONGEST = 256
"""Requests a batch. Bounds how long the first of them waits."""

COLUMNS: Mapping[str, int] = {
    "done": 1,
    "sessions": 7,
    "places": 2,
    "journal": 4,
    "confirmed": 1,
    "postponed": 2,
    "outbox": 8,
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


@dataclass(slots=True)
class Write:
    """What one request writes."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    """Table of `COLUMNS` -> rows."""
    touches: set[tuple[str, str]] = field(default_factory=set)
    """Sessions, inbox rows and effects that no other request of its batch may touch."""

    def add(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)


def of_turn(turn: Commit) -> Write:
    """Raises what a value raises that cannot be kept."""
    write = Write()
    if turn.done:
        write.add("done", (turn.done,))
        write.touches.add(("inbox", turn.done))
    if turn.session is not None:
        _add_session(write, turn.session)
    for line in turn.journal:
        write.add("journal", (line.session_id, stamp(line.at), line.kind, line.data))
    for effect_id in turn.confirmed:
        write.add("confirmed", (effect_id,))
    for effect_id, moment in turn.postponed.items():
        write.add("postponed", (effect_id, stamp(moment)))
    for effect in turn.outbox:
        write.add("outbox", outbox_row(effect))
    write.touches.update(("effect", each) for each in (*turn.confirmed, *turn.postponed))
    write.touches.update(("effect", each.id) for each in turn.outbox)
    for each in {letter.id: letter for letter in turn.dead}.values():
        write.add(
            "dead",
            (
                each.id,
                str(each.kind),
                each.key,
                each.session_id,
                each.payload,
                stamp(each.at),
                each.tries,
                # The one character that PostgreSQL keeps in no text.
                each.cause.replace("\0", "\N{REPLACEMENT CHARACTER}"),
            ),
        )
        write.touches.add(("dead", each.id))
    for name, data in turn.notes.items():
        write.add("notes", (name, data))
        write.touches.add(("note", name))
    for row in turn.inbox:
        _add_inbox(write, row)
    return write


def of_event(row: InboxRow) -> Write:
    """For `receive`."""
    write = Write()
    _add_inbox(write, row)
    return write


def of_attempt(effect_id: str, at: datetime) -> Write:
    """For `attempt`."""
    return Write({"attempts": [(effect_id, stamp(at))]}, {("effect", effect_id)})


def of_beginning(inbox_id: str) -> Write:
    """For `begin`."""
    return Write({"begun": [(inbox_id,)]}, {("inbox", inbox_id)})


def outbox_row(effect: OutboxRow) -> Row:
    """As `COLUMNS` has it."""
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


def arguments(writes: Iterable[Write]) -> list[Sequence[object]]:
    """Those of `CALL`: the columns of all rows. An id that several receive is the first one's."""
    rows: dict[str, list[Row]] = {table: [] for table in COLUMNS}
    for write in writes:
        for table, more in write.rows.items():
            rows[table].extend(more)
    rows["inbox"] = list({row[2]: row for row in reversed(rows["inbox"])}.values())[::-1]
    columns: list[Sequence[object]] = []
    for table, count in COLUMNS.items():
        columns.extend(zip(*rows[table], strict=True) if rows[table] else [()] * count)
    return columns


def _add_session(write: Write, row: SessionRow) -> None:
    deadline = None if row.deadline is None else stamp(row.deadline)
    write.add(
        "sessions",
        (row.id, row.revision, row.open, json.dumps(row.places), deadline, row.state, row.version),
    )
    for place in set(row.places) if row.open else ():
        write.add("places", (row.id, place))
    write.touches.add(("session", row.id))


def _add_inbox(write: Write, row: InboxRow) -> None:
    write.add("inbox", (digest(row.id), day_of(row.at), row.id, row.key, row.payload, stamp(row.at)))
