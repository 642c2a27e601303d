"""A bot's SQLite file as another program sees it: beside a running bot, without its lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from botkit.model.errors import UsageError
from botkit.ports.keeping import Horizon, Position, Pruned, Unfinished
from botkit.ports.store import Counts, DeadLetter, InboxRow, JournalRow, SessionRow, StoreError

from . import dead_table, following, inbox_table, pruning, schema, tables

T = TypeVar("T")


def existing(path: Path | None) -> Path:
    """`path`; None = in memory. Raises `UsageError` when there is no such file, `StoreError` when nobody may
    tell."""
    try:
        found = path is not None and path.is_file()
    except OSError as error:
        raise StoreError(
            f"the database cannot be looked at: {error.strerror}.",
            where=str(path),
            remedy="Say this as the user who runs the bot.",
        ) from error
    if path is None or not found:
        raise UsageError(
            "there is no such database; the bot writes it when it runs.",
            where=str(path or "in memory"),
            remedy="Check the path, and whether the bot has run.",
        )
    return path


def address_to_read(path: Path) -> str:
    """The URI of a file that nothing is written to or beside. Without a log beside it nobody writes, and
    SQLite shall make no files to look for writers."""
    log = path.with_name(path.name + "-wal")
    unused = "" if log.exists() else "&immutable=1"
    return f"file:{quote(str(path.absolute()))}?mode=ro{unused}"


class SqliteOutside:
    """`reading.Outside` on a file. Reading never writes, not even a file beside the database."""

    def __init__(self, path: Path | None) -> None:
        """Raises as `existing` does."""
        self._path = existing(path)
        self._pruning: sqlite3.Connection | None = None

    def latest(self, limit: int, *, only_open: bool) -> Sequence[SessionRow]:
        return self._read(lambda db: tables.latest(db, limit, only_open)) or ()

    def session(self, session_id: str) -> SessionRow | None:
        return self._read(lambda db: tables.session(db, session_id))

    def journal(self, session_id: str) -> Sequence[JournalRow]:
        return self._read(lambda db: tables.journal(db, session_id)) or ()

    def newest_line(self) -> int | None:
        return self._read(following.newest)

    def written_after(self, number: int) -> Sequence[str]:
        return self._read(lambda db: following.written_after(db, number)) or ()

    def lines_after(self, session_id: str, number: int) -> Sequence[tuple[int, JournalRow]]:
        return self._read(lambda db: following.lines_after(db, session_id, number)) or ()

    def dead_letters(self, limit: int) -> Sequence[DeadLetter]:
        return self._read(lambda db: dead_table.dead_letters(db, limit)) or ()

    def dead_letter(self, dead_id: str) -> DeadLetter | None:
        return self._read(lambda db: dead_table.dead_letter(db, dead_id))

    def notes(self, prefix: str) -> Mapping[str, bytes]:
        return self._read(lambda db: tables.notes(db, prefix)) or {}

    def counts(self) -> Counts | None:
        return self._read(tables.counts)

    def receive(self, row: InboxRow) -> bool:
        return self._write(lambda db: inbox_table.receive(db, row))

    def revive(self, dead_id: str) -> bool:
        return self._write(lambda db: dead_table.revive(db, dead_id)) is not None

    def drop(self, dead_id: str) -> bool:
        return self._write(lambda db: dead_table.drop(db, dead_id))

    def unfinished(self, after: Position) -> Unfinished:
        found = self._read(lambda db: pruning.unfinished(db, after))
        return Unfinished(payloads=(), rest=None) if found is None else found

    def prune(self, horizon: Horizon, after: Position, *, dry: bool) -> Pruned:
        if dry or self._read(lambda _: True) is None:
            found = self._read(lambda db: pruning.prune(db, horizon, after, dry=True))
            return Pruned() if found is None else found
        try:
            if self._pruning is None:
                # It moves the log itself: with no bot beside it nobody else does, before it closes.
                self._pruning = self._opened()
            return _in_transaction(self._pruning, lambda db: pruning.prune(db, horizon, after, dry=False))
        except sqlite3.Error as error:
            raise self._told("written", error) from error

    def close(self) -> None:
        """But for the one that prunes, no connection outlives its call."""
        if self._pruning is not None:
            self._pruning.close()
            self._pruning = None

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """None when the database has no tables yet."""
        try:
            with closing(sqlite3.connect(address_to_read(self._path), uri=True)) as db:
                db.execute("PRAGMA query_only = on")
                found = schema.version_of(db, str(self._path))
                if not found:
                    return None
                self._refuse_older(found)
                return work(db)
        except sqlite3.Error as error:
            raise self._told("read", error) from error

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """In one transaction, which waits for the bot's to end; a bot that runs notices it."""
        try:
            with closing(self._opened()) as db:
                # The bot moves the log itself, off its writer; the last one to close would do it too.
                db.execute("PRAGMA wal_autocheckpoint = 0")
                return _in_transaction(db, work)
        except sqlite3.Error as error:
            raise self._told("written", error) from error

    def _opened(self) -> sqlite3.Connection:
        """To write."""
        db = sqlite3.connect(self._path, isolation_level=None)
        try:
            self._refuse_older(schema.version_of(db, str(self._path)))
        except BaseException:
            db.close()
            raise
        return db

    def _refuse_older(self, found: int) -> None:
        if found < schema.VERSION:
            raise StoreError(
                f"the database is of an older botkit (schema {found}, this one works on {schema.VERSION}).",
                where=str(self._path),
                remedy="Start its bot with this botkit, or say `botkit db upgrade`.",
            )

    def _told(self, done: str, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the database cannot be {done}: {error}.",
            where=str(self._path),
            remedy="Check that it is a bot's, and that you may use it and its folder.",
        )


def _in_transaction(db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
    db.execute("BEGIN IMMEDIATE")
    try:
        done = work(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return done
