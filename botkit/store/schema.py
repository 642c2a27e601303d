"""The tables, and how an older database becomes a current one."""

from __future__ import annotations

import sqlite3

from botkit.ports.store import StoreError

APPLICATION_ID = 0x626F746B
"""`botk`: tells a botkit database from somebody else's."""

MIGRATIONS = (
    """
    CREATE TABLE inbox (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL,
        payload BLOB NOT NULL,
        at INTEGER NOT NULL
    );
    CREATE TABLE seen (digest BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE sessions (
        num INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        last_line INTEGER,
        revision INTEGER,
        open INTEGER,
        places TEXT,
        deadline INTEGER,
        state BLOB
    );
    CREATE INDEX sessions_by_deadline ON sessions (deadline) WHERE open AND deadline IS NOT NULL;
    CREATE TABLE places (
        place TEXT NOT NULL,
        session INTEGER NOT NULL,
        PRIMARY KEY (place, session)
    ) WITHOUT ROWID;
    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        previous INTEGER,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        data BLOB NOT NULL
    );
    CREATE TABLE outbox (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL,
        session_id TEXT NOT NULL,
        payload BLOB NOT NULL,
        attempted_at INTEGER
    );
    CREATE INDEX outbox_by_key ON outbox (key, seq);
    """,
    """
    ALTER TABLE outbox ADD COLUMN head INTEGER NOT NULL DEFAULT 0;
    UPDATE outbox SET head = 1 WHERE seq IN (SELECT min(seq) FROM outbox GROUP BY key);
    CREATE INDEX outbox_heads ON outbox (seq) WHERE head;
    """,
    """
    CREATE TABLE versions (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
    ALTER TABLE sessions ADD COLUMN version TEXT NOT NULL DEFAULT '';
    CREATE INDEX sessions_by_version ON sessions (version) WHERE open;
    """,
    """
    ALTER TABLE inbox ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE outbox ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE outbox ADD COLUMN not_before INTEGER;
    CREATE INDEX outbox_resting ON outbox (not_before) WHERE head AND not_before IS NOT NULL;
    CREATE TABLE dead (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        session_id TEXT NOT NULL,
        payload BLOB NOT NULL,
        at INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        cause TEXT NOT NULL
    );
    CREATE TABLE notes (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
    """,
)
"""Step n leads from version n to n + 1; a step that was released never changes.

Times are microseconds since 1970, UTC. `seen` keeps a 16-byte digest per inbox id that ever came.
A session's journal is a chain: `sessions.last_line` is its newest line, `journal.previous` the one
before. An index instead costs every turn a third more, since it dirties a page per session. A row of
`sessions` without a `state` only heads such a chain. `outbox.head` marks the oldest effect of each key:
what waits behind it, for hours where a platform is away, is never looked at. `versions` holds what the
flows were made of on which open sessions run, `sessions.version` names one; empty = written before there
were any. `dead` holds what left inbox or outbox without being dealt with, `notes` small values by name.
"""

VERSION = len(MIGRATIONS)


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
    """Bring the tables up to date, each version in a transaction of its own."""
    for step in range(found, VERSION):
        db.executescript(
            f"BEGIN IMMEDIATE; {MIGRATIONS[step]}"
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {step + 1}; COMMIT;"
        )
