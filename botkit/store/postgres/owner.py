"""One bot owns one schema of a database: a lock that lives and dies with the connection that writes."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Awaitable, Callable
from importlib.resources import files

from botkit.ports.store import Durability, StoreError, StoreTaken
from botkit.store import schema

from .connection import Connection, connect, explained, where_of

LOCK = 0x626F746B
"""`botk`: the first half of the advisory lock's key; the second is the schema's name, hashed."""

_ANOTHER_SCHEMA = "Let the URL name another schema, by `?search_path=NAME`, or another database."


class Owner:
    """Makes connections that may write: the server gives the lock to one of them, and frees it when that one
    ends. So who has lost it can write no more: that is the fence."""

    def __init__(self, url: str, durability: Durability) -> None:
        self._url = url
        self.where = where_of(url)
        self._durability = durability
        # The server's own setting is what its keeper wants; a power cut is survived only by `on`.
        self._settings = {"synchronous_commit": "on"} if durability is Durability.POWER else {}
        self._name = f"botkit {socket.gethostname()}:{os.getpid()} {secrets.token_hex(4)}"[:63]
        self._write = files(__package__).joinpath("write.sql").read_text("utf-8")

    async def connect(self, connected: Callable[[Connection], Awaitable[None]]) -> Connection:
        """`connected` is called with it before it is handed out. Raises `StoreTaken`, `StoreError`."""
        db = await connect(self._url, self._name, self._settings)
        try:
            await self.own(db)
            await self._check(db)
            found = await version_of(db, self.where)
            if found == 0:
                await create(db)
            refuse_older(found or schema.VERSION, self.where)
            await db.execute(self._write)
            await connected(db)
        except Exception as error:
            db.terminate()
            told = explained(error, self.where)
            raise told from told.__cause__
        except BaseException:
            db.terminate()
            raise
        return db

    async def own(self, db: Connection) -> None:
        """Take the lock for as long as `db` lives. Raises `StoreTaken`."""
        lock = "pg_try_advisory_lock($1, hashtext(current_schema()))"
        row = await db.fetchrow(f"SELECT {lock}, current_schema()", LOCK)
        assert row is not None
        if row[1] is None:
            raise _no_schema(self.where)
        if row[0]:
            return
        holder = await db.fetchrow(
            "SELECT pid, application_name, client_addr FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND granted AND classid = $1 AND objsubid = 2"
            " AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND objid = (hashtext(current_schema())::bigint & 4294967295)::oid",
            LOCK,
        )
        if holder is not None and holder[1] == self._name:
            # This bot's own connection of before, which the server still believes in.
            await db.execute("SELECT pg_terminate_backend($1)", holder[0])
        who = f"{holder[1]} at {holder[2] or 'this machine'}" if holder is not None else "unknown"
        raise StoreTaken(
            f"another bot has this database open ({who}).",
            where=self.where,
            remedy=f"Stop that bot, or wait for its end with `botkit run --standby`. {_ANOTHER_SCHEMA}",
        )

    async def _check(self, db: Connection) -> None:
        if self._durability is Durability.POWER:
            row = await db.fetchrow("SELECT current_setting('fsync'), current_setting('full_page_writes')")
            if row is None or "off" in tuple(row):
                raise StoreError(
                    "this server survives no power cut: its `fsync` or `full_page_writes` is off.",
                    where=self.where,
                    remedy="Switch both on, or let `store:` say `durability: process`.",
                )
        row = await db.fetchrow("SELECT getdatabaseencoding()")
        if row is None or row[0] != "UTF8":
            raise StoreError(
                "the database keeps its text in another encoding than UTF-8.",
                where=self.where,
                remedy="Make one with: CREATE DATABASE NAME ENCODING 'UTF8' TEMPLATE template0.",
            )


def _no_schema(where: str) -> StoreError:
    return StoreError(
        "the schema that `search_path` names does not exist.",
        where=where,
        remedy="Make it: CREATE SCHEMA NAME AUTHORIZATION USER.",
    )


async def version_of(db: Connection, where: str) -> int:
    """Of the schema; 0 for an empty one. Raises `StoreError` for one that we must not touch."""
    row = await db.fetchrow(
        "SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('inbox') IS NOT NULL,"
        " (SELECT count(*) FROM pg_class"
        " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'), current_schema()"
    )
    assert row is not None
    versioned, ours, tables, name = row
    if name is None:
        raise _no_schema(where)
    if tables == 0:
        return 0
    found = await db.fetchrow("SELECT version_num FROM alembic_version") if versioned and ours else None
    if found is None or not str(found[0]).isdigit():
        raise StoreError("this schema holds tables of another program.", where=where, remedy=_ANOTHER_SCHEMA)
    version = int(found[0])
    if version > schema.VERSION:
        raise StoreError(
            f"a newer botkit wrote this database (schema {version}, this botkit knows {schema.VERSION}).",
            where=where,
            remedy="Run that botkit, or let `store:` name another database.",
        )
    return version


def refuse_older(version: int, where: str) -> None:
    """Raises `StoreError` for a schema that has to be upgraded first, which its keeper decides."""
    if version < schema.VERSION:
        raise StoreError(
            f"the database is of an older botkit (schema {version}, this one works on {schema.VERSION}).",
            where=where,
            remedy="Stop its bot, back it up, and say `botkit db upgrade`.",
        )


async def create(db: Connection) -> None:
    """All tables, in a schema that is empty."""
    async with db.transaction():
        for _, text in schema.steps("postgresql"):
            await db.execute(text)
        await db.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        await db.execute("INSERT INTO alembic_version VALUES ($1)", f"{schema.VERSION:04}")
