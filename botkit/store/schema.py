"""The tables, and how an older database becomes a current one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from botkit.ports.store import StoreError

APPLICATION_ID = 0x626F746B
"""`botk`: tells a botkit database from somebody else's."""

VERSION = 5
"""Of the tables, the same for both databases.

Times are microseconds since 1970, UTC. `seen` keeps a 16-byte digest per inbox id, and the day it came.
On SQLite a session's journal is a chain: `sessions.last_line` is its newest line, `journal.previous` the one
before. An index instead costs every turn a third more, since it dirties a page per session. A row of
`sessions` without a `state` only heads such a chain. `outbox.head` marks the oldest effect of each key:
what waits behind it, for hours where a platform is away, is never looked at. `versions` holds what the
flows were made of on which open sessions run, `sessions.version` names one; empty = written before there
were any. `dead` holds what left inbox or outbox without being dealt with, `notes` small values by name.
"""

_SQL = Path(__file__).with_name("migrations") / "sql"


def steps(database: str) -> Sequence[tuple[int, str]]:
    """The steps of `sqlite` or `postgresql`: (the version it leads to, its SQL). One that was released never
    changes."""
    return [(int(file.stem), file.read_text("utf-8")) for file in sorted((_SQL / database).glob("*.sql"))]


def version_of(db: sqlite3.Connection, where: str) -> int:
    """The database's version, 0 for an empty one. Raises `StoreError` for one we must not touch."""
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if owner != APPLICATION_ID and not (empty and owner == 0 and found == 0):
        raise StoreError(
            "this is a database of another program.",
            where=where,
            remedy="Let `store:` name another file; botkit creates it.",
        )
    if found > VERSION:
        raise StoreError(
            f"a newer botkit wrote this database (schema {found}, this botkit knows {VERSION}).",
            where=where,
            remedy="Run that botkit, or let `store:` name another file.",
        )
    return found


def migrate(db: sqlite3.Connection, found: int) -> None:
    """Make the tables of a new database, or bring those of an older one up to date, each version in a
    transaction of its own. Raises `StoreError`, `sqlite3.Error`."""
    if found == 0:
        sql = "".join(text for version, text in steps("sqlite") if version <= VERSION)
        db.executescript(
            f"BEGIN IMMEDIATE; {sql}"
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"
        )
    elif found < VERSION:
        # Imports what takes longer than all the rest of a start.
        from .migrations.sqlite import upgrade

        upgrade(db.execute("PRAGMA database_list").fetchone()[2], found)
