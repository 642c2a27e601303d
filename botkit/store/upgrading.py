"""The version of a database's tables, and its upgrade; for commands, from outside of an event loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from botkit.ports.store import StoreError

from . import schema
from .lock import OwnerLock
from .sqlite import SqliteStore
from .sqlite_outside import address_to_read, existing
from .urls import open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """What there was to do."""

    where: str
    """The database, as it may be shown."""
    found: int
    """Version of its tables; 0 = it has none yet."""
    current: int
    """The one that this botkit works on."""


def status(url: str, base: Path) -> Upgrade:
    """How old a database is. Raises `UsageError`, `StoreError`."""
    store = open_store(url, base)
    if isinstance(store, SqliteStore):
        path = existing(store.path)
        with _connected(path, address_to_read(path)) as db:
            found = schema.version_of(db, str(path))
        return Upgrade(where=str(path), found=found, current=schema.VERSION)
    from .postgres.connection import connect, where_of
    from .postgres.owner import version_of

    where = where_of(url)

    async def look() -> int:
        db = await connect(url, "botkit db status", {})
        try:
            return await version_of(db, where)
        finally:
            db.terminate()

    return Upgrade(where=where, found=asyncio.run(look()), current=schema.VERSION)


def upgrade(url: str, base: Path) -> Upgrade:
    """Bring a database up to date, whose bot must not run. Raises `UsageError`, `StoreError`."""
    store = open_store(url, base)
    if isinstance(store, SqliteStore):
        path = existing(store.path)
        lock = OwnerLock(path)
        try:
            lock.acquire()
        except OSError as error:
            raise _unusable(path, error.strerror or repr(error)) from error
        try:
            with _connected(path, f"file:{quote(str(path.absolute()))}?mode=rw") as db:
                found = schema.version_of(db, str(path))
                schema.migrate(db, found)
        finally:
            lock.release()
        return Upgrade(where=str(path), found=found, current=schema.VERSION)
    from .migrations import postgresql
    from .postgres.connection import where_of

    found = asyncio.run(postgresql.upgrade(url))
    return Upgrade(where=where_of(url), found=found, current=schema.VERSION)


@contextmanager
def _connected(path: Path, address: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as db:
            yield db
    except sqlite3.Error as error:
        raise _unusable(path, str(error)) from error


def _unusable(path: Path, why: str) -> StoreError:
    return StoreError(
        f"this cannot be used: {why}.",
        where=str(path),
        remedy="Check that it is a bot's database, that you may write to it and to its folder, and the disk's"
        " free space.",
    )
