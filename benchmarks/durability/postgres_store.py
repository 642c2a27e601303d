"""A PostgreSQL store of the kill matrix; needs asyncpg, so it is imported only where there is a server."""

from __future__ import annotations

import asyncpg

from botkit.ports.store import Commit
from botkit.store.postgres import PostgresStore

from .stores import Told

TABLES = "inbox, seen, sessions, places, journal, outbox, dead, notes, versions"


class WatchedPostgres(PostgresStore):
    """In one schema, telling what is written. `fresh`: nothing is left there of any bot before."""

    def __init__(self, url: str, told: Told, *, fresh: bool) -> None:
        super().__init__(url)
        self._tell = told
        self._fresh = fresh

    async def open(self, *, standby: bool = False) -> None:
        if self._fresh:
            await self._empty()
        await super().open(standby=standby)

    async def commit(self, turn: Commit) -> None:
        await super().commit(turn)
        self._tell(turn)

    async def _empty(self) -> None:
        """To remove rows is quicker than to make another schema."""
        url, _, schema = self.url.rpartition("&search_path=")
        db = await asyncpg.connect(url)
        try:
            if await db.fetchval("SELECT to_regclass($1)", f"{schema}.versions"):
                await db.execute(f"SET search_path TO {schema}; TRUNCATE {TABLES}")
            else:
                await db.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        finally:
            await db.close()


async def new_schema(url: str, name: str) -> str:
    """The URL of one that is empty."""
    db = await asyncpg.connect(url)
    try:
        await db.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}")
    finally:
        await db.close()
    return f"{url}&search_path={name}"
