"""Connections to PostgreSQL, and what its errors mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import asyncpg

from botkit.ports.store import StoreError

PATIENCE = 30.0
"""Seconds that one statement may take, a batch of turns included."""
_CONNECTING = 10.0
"""Seconds."""

SERVER_SETTINGS = {
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    # A bot's machine that vanished must not hold its lock for hours.
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "11000",
    # Everything frequent goes by a key; the planner thinks otherwise of tables that were empty.
    "enable_seqscan": "off",
    # A bitmap scan comes by every dead row of a busy key again, an index scan once.
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}

_KEEP = (
    "Check that the server runs and can be reached, and what `store:` says of user, password and database."
)


class Connection(Protocol):
    """What is used of `asyncpg.Connection`."""

    async def fetch(self, query: str, *arguments: object) -> Sequence[Sequence[Any]]: ...
    async def fetchrow(self, query: str, *arguments: object) -> Sequence[Any] | None: ...
    async def execute(self, query: str, *arguments: object) -> str: ...
    async def executemany(self, query: str, arguments: Sequence[Sequence[object]]) -> None: ...
    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...
    def add_termination_listener(self, callback: Callable[..., None]) -> None: ...
    def transaction(self) -> AbstractAsyncContextManager[None]: ...
    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def close(self, *, timeout: float | None = None) -> None: ...


def where_of(url: str) -> str:
    """The URL as it may be shown: without password and options, but with the schema, which tells bots apart
    that share a database."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    schema = "".join(f"?search_path={name}" for name in parse_qs(parts.query).get("search_path", [])[:1])
    return f"postgresql://{user.partition(':')[0]}{at}{host}{parts.path}{schema}"


async def connect(
    url: str, name: str, settings: Mapping[str, str], patience: float | None = PATIENCE
) -> Connection:
    """A connection that the server shows by `name`. A statement may take `patience` seconds. Raises
    `StoreError`, which tells no password."""
    where = where_of(url)
    try:
        connection: Connection = await asyncpg.connect(
            url,
            timeout=_CONNECTING,
            command_timeout=patience,
            server_settings={
                **SERVER_SETTINGS,
                "statement_timeout": f"{patience or 0:g}s",
                **settings,
                "application_name": name,
            },
        )
    except TimeoutError as error:
        raise StoreError("the database does not answer.", where=where, remedy=_KEEP) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        reason = str(error) if isinstance(error, asyncpg.PostgresError | OSError) else type(error).__name__
        raise StoreError(f"the database cannot be reached: {reason}.", where=where, remedy=_KEEP) from None
    return connection


_OURS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


def is_lost(error: BaseException, connection: Connection) -> bool:
    """Whether it came of the connection, so that nobody knows what the server has done."""
    gone = (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    if isinstance(error, asyncpg.PostgresError):
        # Class 08 is the connection's, 57P the operator's: the server goes down, or ended this one.
        return connection.is_closed() or (error.sqlstate or "").startswith(("08", "57P"))
    return connection.is_closed() or (isinstance(error, gone) and not isinstance(error, asyncpg.DataError))


def explained(error: Exception, where: str) -> Exception:
    """An error of the driver as `StoreError`; any other as it is."""
    if not isinstance(error, _OURS):
        return error
    told = StoreError(
        f"the database refused: {error}.",
        where=where,
        remedy="Check the server's log, its free disk space, and the rights of the bot's user.",
    )
    told.__cause__ = error
    return told
