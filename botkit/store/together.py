"""Turns that are written together: for most tables a statement a batch, and no look at what is known.

One process owns the database, so how the sessions stand that it wrote last, and how many effects there are
under a key, is known in memory; to read that back, row by row, was half of what the writer did. What another
program has written (`reading.Desk`) is noticed at the next batch. What is wrong in memory is refused by the
tables: then nothing of the batch is written, and its turns are written one after the other (`tables.write`),
which goes by the tables alone.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from botkit.ports.store import Commit, InboxRow, JournalRow, OutboxRow, SessionRow, StaleSession

from . import outbox_table
from .heads import Head
from .stamps import day_of, digest, stamp
from .tables import Written, outside, write

KNOWN = 1_000
"""Sessions, and keys of effects, that are kept in mind: those that are busy. Of more all are read anew."""


class _Stood:
    """A row of `sessions` as it was last written."""

    __slots__ = ("is_open", "last", "number", "places", "revision", "told", "version")

    def __init__(
        self,
        number: int | None = None,
        revision: int | None = None,
        is_open: bool | None = None,
        told: str | None = None,
        version: str = "",
        last: int | None = None,
    ) -> None:
        self.number = number
        """None: there is none."""
        self.revision = revision
        """None: it only heads a chain of lines."""
        self.is_open = bool(is_open)
        self.version = version
        self.told = told or "[]"
        """Its places as the table has them."""
        self.places: tuple[str, ...] = tuple(json.loads(self.told))
        self.last = last


class Together:
    """Writes batches of turns, within the writer's transaction and thread."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Stood] = {}
        self._effects: dict[str, int] = {}
        """Key -> how many there are under it."""
        self._numbers: dict[str, tuple[int, str]] = {}
        """Id of an effect -> its number in the table, and its key."""
        self._next_line: int | None = None
        self._next_effect: int | None = None
        self._outside: int | None = None
        """`tables.outside` when it was looked at last."""
        self._begin()

    def forget(self) -> None:
        """The tables are not what they were known to be."""
        self._sessions.clear()
        self._effects.clear()
        self._numbers.clear()
        self._next_line = self._next_effect = None
        self._begin()

    def write(self, db: sqlite3.Connection, turns: Iterable[tuple[Commit, InboxRow | None]]) -> list[Written]:
        """All of them, in order, each with what it is done with, if that is in no table. Raises
        `StaleSession` or what the tables raise; what was written by then has to be rolled back, and
        forgotten here."""
        now = outside(db)
        if now != self._outside:  # under a key there may be an effect more: unseen, it would wait for ever
            self.forget()
            self._outside = now
        written = [self._turn(db, turn, accepted) for turn, accepted in turns]
        self._flush(db)
        if len(self._sessions) > KNOWN:
            self._sessions.clear()
        if len(self._effects) > KNOWN or len(self._numbers) > KNOWN:
            self._effects.clear()
            self._numbers.clear()
        return written

    def _begin(self) -> None:
        """The rows of a batch, by table."""
        self._done: list[tuple[str]] = []
        self._seen: list[tuple[bytes, int]] = []
        self._received: dict[str, InboxRow] = {}
        self._lines: list[tuple[int, int | None, int, str, bytes]] = []
        self._heads: dict[int, int | None] = {}
        """Sessions of which only the newest line changes: number -> that line."""
        self._written: set[str] = set()
        """Sessions whose turn is among them."""
        self._changed: dict[int, tuple[object, ...]] = {}
        self._moved: dict[int, tuple[object, ...]] = {}
        """Sessions as open as they were, on the version they were on: nearly all, and two indices less."""
        self._left: list[tuple[str, int]] = []
        self._found: list[tuple[str, int]] = []
        self._sent: list[tuple[object, ...]] = []
        self._confirmed: list[tuple[int, str]] = []

    def _turn(self, db: sqlite3.Connection, turn: Commit, accepted: InboxRow | None) -> Written:
        if turn.postponed or turn.dead or turn.notes:  # seldom
            self._flush(db)
            self.forget()
            return write(db, turn, accepted)
        if accepted is not None:
            self._seen.append((digest(accepted.id), day_of(accepted.at)))
        elif turn.done:
            if turn.done in self._received:
                self._flush(db)
            self._done.append((turn.done,))
        row = turn.session
        own = None if row is None else row.id
        others = turn.journal
        if row is not None:
            stood = self._stood(db, row.id)
            for line in turn.journal:
                if line.session_id == own:
                    stood.last = self._line(db, line, stood.last)
            self._session(db, row, stood)
            others = [line for line in turn.journal if line.session_id != own]
        for line in others:
            stood = self._stood(db, line.session_id)
            stood.last = self._line(db, line, stood.last)
            self._head(db, line.session_id, stood)
        heads = []
        for effect_id in turn.confirmed:
            head = self._confirm(db, effect_id)
            if head is not None:
                heads.append(head)
        for effect in turn.outbox:
            head = self._send(db, effect)
            if head is not None:
                heads.append(head)
        for each in turn.inbox:
            if each.id in self._received:  # the first one counts, which the careful way sorts out
                raise sqlite3.IntegrityError("an id that comes twice")
            self._received[each.id] = each
            self._seen.append((digest(each.id), day_of(each.at)))
        return Written(turn.inbox, heads)

    def _stood(self, db: sqlite3.Connection, session_id: str) -> _Stood:
        stood = self._sessions.get(session_id)
        if stood is None:
            found = db.execute(
                "SELECT num, revision, open, places, version, last_line FROM sessions WHERE id = ?",
                (session_id,),
            ).fetchone()
            stood = self._sessions[session_id] = _Stood(*(found or ()))
        return stood

    def _line(self, db: sqlite3.Connection, line: JournalRow, previous: int | None) -> int:
        """Its number."""
        if self._next_line is None:
            self._next_line = db.execute("SELECT coalesce(max(seq), 0) + 1 FROM journal").fetchone()[0]
        number = self._next_line
        self._next_line = number + 1
        self._lines.append((number, previous, stamp(line.at), line.kind, line.data))
        return number

    def _head(self, db: sqlite3.Connection, session_id: str, stood: _Stood) -> None:
        """Its newest line is another one."""
        if stood.number is None:
            stood.number = db.execute(
                "INSERT INTO sessions (id, last_line) VALUES (?, ?)", (session_id, stood.last)
            ).lastrowid
        else:
            self._heads[stood.number] = stood.last

    def _session(self, db: sqlite3.Connection, row: SessionRow, stood: _Stood) -> None:
        if row.revision - (stood.revision or 0) != 1 and not (stood.revision is None and row.revision == 0):
            raise StaleSession(f"session {row.id} stands at revision {stood.revision}.")
        if row.id in self._written:
            self._flush(db)
        self._written.add(row.id)
        same = stood.places == row.places
        told = stood.told if same else json.dumps(row.places)
        deadline = None if row.deadline is None else stamp(row.deadline)
        values = (row.revision, row.open, told, deadline, row.state, row.version, stood.last)
        if stood.number is None:
            stood.number = db.execute(
                "INSERT INTO sessions (revision, open, places, deadline, state, version, last_line, id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, row.id),
            ).lastrowid
        else:
            if stood.revision is not None and (row.open, row.version) == (stood.is_open, stood.version):
                moved = (row.revision, told, deadline, row.state, stood.last, stood.number, stood.revision)
                self._moved[stood.number] = moved
            else:
                self._changed[stood.number] = (*values, stood.number, stood.revision)
            self._heads.pop(stood.number, None)
        assert stood.number is not None, "SQLite numbers what it inserts"
        if not (same and stood.is_open == row.open):
            before = set(stood.places) if stood.is_open else set()
            now = set(row.places) if row.open else set()
            self._left += [(place, stood.number) for place in before - now]
            self._found += [(place, stood.number) for place in now - before]
        stood.revision, stood.is_open, stood.version = row.revision, row.open, row.version
        stood.places, stood.told = row.places, told

    def _confirm(self, db: sqlite3.Connection, effect_id: str) -> Head | None:
        known = self._numbers.pop(effect_id, None)
        if known is not None:
            number, key = known
            self._confirmed.append((number, effect_id))
        else:
            self._flush_outbox(db)
            removed = outbox_table.remove(db, effect_id)
            if removed is None:
                return None
            key = removed
        left = self._effects[key] = self._count(db, key, but=0 if known else 1) - 1
        if not left:
            return None
        self._flush_outbox(db)
        return outbox_table.move_up(db, key)

    def _send(self, db: sqlite3.Connection, effect: OutboxRow) -> Head | None:
        there = self._count(db, effect.key)
        if self._next_effect is None:
            self._next_effect = db.execute("SELECT coalesce(max(seq), 0) + 1 FROM outbox").fetchone()[0]
        place = self._next_effect
        self._sent.append(outbox_table.row_at(place, effect, is_head=not there))
        self._next_effect = place + 1
        self._effects[effect.key] = there + 1
        self._numbers[effect.id] = (place, effect.key)
        return None if there else Head(place, effect)

    def _count(self, db: sqlite3.Connection, key: str, but: int = 0) -> int:
        """Effects under a key; `but` = so many that the table has no more."""
        count = self._effects.get(key)
        if count is None:
            found: int = db.execute("SELECT count(*) FROM outbox WHERE key = ?", (key,)).fetchone()[0]
            return found + but
        return count

    def _flush_outbox(self, db: sqlite3.Connection) -> None:
        if self._sent:
            db.executemany(outbox_table.INSERT, self._sent)
            self._sent = []
        if self._confirmed:
            _each(db, "DELETE FROM outbox WHERE seq = ? AND id = ?", self._confirmed)
            self._confirmed = []

    def _flush(self, db: sqlite3.Connection) -> None:
        """Write the rows of the batch so far."""
        self._flush_outbox(db)
        if self._done:
            _each(db, "DELETE FROM inbox WHERE id = ?", self._done)
        if self._lines:
            db.executemany("INSERT INTO journal VALUES (?, ?, ?, ?, ?)", self._lines)
        if self._changed:
            _each(
                db,
                "UPDATE sessions SET revision = ?, open = ?, places = ?, deadline = ?, state = ?,"
                " version = ?, last_line = ? WHERE num = ? AND revision IS ?",
                list(self._changed.values()),
            )
        if self._moved:
            _each(
                db,
                "UPDATE sessions SET revision = ?, places = ?, deadline = ?, state = ?, last_line = ?"
                " WHERE num = ? AND revision IS ?",
                list(self._moved.values()),
            )
        if self._heads:
            newest = [(last, number) for number, last in self._heads.items()]
            _each(db, "UPDATE sessions SET last_line = ? WHERE num = ?", newest)
        if self._left:
            db.executemany("DELETE FROM places WHERE place = ? AND session = ?", self._left)
        if self._found:
            db.executemany("INSERT INTO places VALUES (?, ?)", self._found)
        if self._seen:
            db.executemany("INSERT INTO seen VALUES (?, ?)", self._seen)
        if self._received:
            rows = self._received.values()
            db.executemany(
                "INSERT INTO inbox (id, key, payload, at) VALUES (?, ?, ?, ?)",
                [(row.id, row.key, row.payload, stamp(row.at)) for row in rows],
            )
        self._begin()


def _each(db: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Raises `StaleSession` unless each of them changes a row."""
    if db.executemany(statement, rows).rowcount != len(rows):
        raise StaleSession("memory is wrong, or a turn is: the tables tell.")
