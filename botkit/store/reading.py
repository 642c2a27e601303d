"""Looks into a bot's database from outside: beside a running bot, without its lock, never writing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from botkit.model.errors import UsageError
from botkit.ports.store import JournalRow, SessionRow, StoreError

from . import schema, tables
from .sqlite import SqliteStore
from .urls import open_store

T = TypeVar("T")


class StoreReader:
    """What a bot has written, as it is when asked. Every method may raise `StoreError`."""

    def __init__(self, url: str, base: Path) -> None:
        """`url` and `base` as for `open_store`. Raises `UsageError` when it names no file that is there."""
        store = open_store(url, base)
        path = store.path if isinstance(store, SqliteStore) else None
        if path is None or not path.is_file():
            raise UsageError(
                "there is no such database; the bot writes it when it runs.",
                where=str(path or url),
                remedy="Check the path, and whether the bot has run.",
            )
        self._path = path

    def latest(self, limit: int) -> Sequence[SessionRow]:
        """The sessions that began last, newest first; a negative `limit` = all."""

        def read(db: sqlite3.Connection) -> list[SessionRow]:
            names = db.execute(
                "SELECT id FROM sessions WHERE state IS NOT NULL ORDER BY num DESC LIMIT ?", (limit,)
            ).fetchall()
            return [row for (name,) in names if (row := tables.session(db, name)) is not None]

        return self._read(read) or ()

    def session(self, session_id: str) -> SessionRow | None:
        """As it was last written."""
        return self._read(lambda db: tables.session(db, session_id))

    def journal(self, session_id: str) -> Sequence[JournalRow]:
        """A session's lines, oldest first."""
        return self._read(lambda db: tables.journal(db, session_id)) or ()

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """None when the database has no tables yet."""
        try:
            with closing(sqlite3.connect(self._address(), uri=True)) as db:
                db.execute("PRAGMA query_only = on")
                return work(db) if schema.version_of(db, str(self._path)) else None
        except sqlite3.Error as error:
            raise StoreError(
                f"the database cannot be read: {error}.",
                where=str(self._path),
                remedy="Check that it is a bot's, and that you may read it and its folder.",
            ) from error

    def _address(self) -> str:
        """Without a log beside it nobody writes, and SQLite shall make no files to look for writers."""
        log = self._path.with_name(self._path.name + "-wal")
        unused = "" if log.exists() else "&immutable=1"
        return f"file:{quote(str(self._path.absolute()))}?mode=ro{unused}"
