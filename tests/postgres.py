"""A PostgreSQL server of the tests' own, on a socket in a temporary folder; it waits for no disk."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

_numbers = count(1)


@dataclass(frozen=True)
class Server:
    """One that runs."""

    folder: Path
    port: int
    _programs: Path
    _user: str | None

    def url(self, schema: str = "public", *, user: str = "botkit") -> str:
        """Over the socket, where nobody is asked for a password."""
        return f"postgresql://{user}@/postgres?host={self.folder}&port={self.port}&search_path={schema}"

    def tcp(self, password: str, schema: str = "public") -> str:
        """Over TCP, where one is."""
        return f"postgresql://botkit:{password}@127.0.0.1:{self.port}/postgres?search_path={schema}"

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
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name LIKE 'botkit %'"
        )

    def sql(self, *statements: str) -> None:
        """As the server's owner, in a thread and loop of their own: tests with a loop may call it."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run(statements)))
        thread.start()
        thread.join()

    async def _run(self, statements: tuple[str, ...]) -> None:
        import asyncpg

        db = await asyncpg.connect(self.url(user="postgres"))
        for statement in statements:
            await db.execute(statement)
        await db.close()

    def start(self) -> None:
        """Back when it answers."""
        options = f"-k {self.folder} -p {self.port} -h 127.0.0.1 -F"
        self._pg_ctl("start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """At once, as if its processes were killed."""
        self._pg_ctl("stop", "-w", "-m", "immediate")

    def initialise(self) -> None:
        """Make its files."""
        who = ("-U", "postgres", "-A", "scram-sha-256", "--auth-local=trust")
        text = ("-E", "UTF8", "--locale=C.UTF-8")
        self._run_program("initdb", "--no-sync", "-D", str(self.folder / "data"), *who, *text)

    def _pg_ctl(self, *arguments: str) -> None:
        self._run_program("pg_ctl", "-D", str(self.folder / "data"), *arguments)

    def _run_program(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / name), *arguments],
            user=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=60,
        )


@contextmanager
def running_server() -> Iterator[Server]:
    """Skips the test where no PostgreSQL is installed."""
    found = shutil.which("initdb") or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None
    )
    if found is None:
        pytest.skip("there is no PostgreSQL server on this machine (Debian: the package postgresql)")
    with tempfile.TemporaryDirectory(prefix="botkit-pg-") as name, socket.socket() as free:
        folder = Path(name)
        user = None
        if os.getuid() == 0:  # which PostgreSQL refuses to run as
            user = next(each.pw_name for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        server = Server(folder, port, Path(found).resolve().parent, user)
        server.initialise()
        server.start()
        server.sql("CREATE ROLE botkit LOGIN PASSWORD 'right'")
        yield server
        server.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One for all tests of this process; each takes a schema of its own."""
    with running_server() as server:
        yield server
