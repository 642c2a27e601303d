"""A PostgreSQL server of the tests' own; it waits for no disk."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import pytest

from benchmarks.postgres_cluster import Cluster, running_cluster

_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """One that runs. Bots are its user botkit, who owns schemas of their own."""

    cluster: Cluster

    def url(self, schema: str = "public") -> str:
        """Over the socket, where nobody is asked for a password."""
        return f"{self.cluster.url('botkit')}&search_path={schema}"

    def tcp(self, password: str, schema: str = "public") -> str:
        """Over TCP, where one is."""
        return f"postgresql://botkit:{password}@127.0.0.1:{self.cluster.port}/postgres?search_path={schema}"

    def new_schema(self) -> str:
        """The URL of one that is empty."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.sql(f"CREATE SCHEMA {name} AUTHORIZATION botkit")
        return self.url(name)

    def empty(self, url: str) -> None:
        """Remove a schema's tables, which is quicker than to make another schema."""
        name = url.rpartition("=")[2]
        self.sql(f"DROP OWNED BY botkit CASCADE; CREATE SCHEMA {name} AUTHORIZATION botkit")

    def cut(self) -> None:
        """End all connections of bots, as the server's operator or a failing network may."""
        self.sql(
            "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'botkit %'"
        )

    def sql(self, *statements: str) -> None:
        """As the server's owner, in a thread and loop of their own: tests with a loop may call it."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run(statements)))
        thread.start()
        thread.join()

    async def _run(self, statements: tuple[str, ...]) -> None:
        import asyncpg

        db = await asyncpg.connect(self.cluster.url())
        for statement in statements:
            await db.execute(statement)
        await db.close()


@contextmanager
def running_server() -> Iterator[Server]:
    """Skips the test where no PostgreSQL is installed; where all tests have to run, it fails."""
    with running_cluster(flushes=False) as cluster:
        if cluster is None:
            lack = "there is no PostgreSQL server on this machine (Debian: the package postgresql)"
            pytest.fail(lack) if os.environ.get("CI") else pytest.skip(lack)
        server = Server(cluster)
        server.sql("CREATE ROLE botkit LOGIN PASSWORD 'right'")
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One for all tests of this process; each takes a schema of its own."""
    with running_server() as server:
        yield server
