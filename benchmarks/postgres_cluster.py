"""A PostgreSQL server of one's own, on a socket in a temporary folder: of measurements and of tests."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

OWNER = "postgres"
"""The server's superuser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One whose files are there; it can be started and stopped again and again."""

    folder: Path
    port: int
    flushes: bool
    """It waits for the disk at each commit, as it comes; else a power cut would spoil it."""
    _programs: Path
    _prefix: tuple[str, ...]
    """What its programs are started by."""
    _user: str | None
    """Whom they belong to; None = whoever runs this."""

    def url(self, user: str = OWNER) -> str:
        """Of its database, over the socket, where nobody is asked for a password."""
        return f"postgresql://{user}@/postgres?host={self.folder}&port={self.port}"

    def start(self) -> None:
        """Back when it answers: on the socket, and with a password on 127.0.0.1."""
        options = f"-k {self.folder} -p {self.port} -h 127.0.0.1{'' if self.flushes else ' -F'}"
        self._run("pg_ctl", "start", "-D", self._data, "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        """At once, as if its processes were killed."""
        self._run("pg_ctl", "stop", "-D", self._data, "-w", "-m", "immediate")

    def initialise(self) -> None:
        """Make its files."""
        who = ("-U", OWNER, "-A", "scram-sha-256", "--auth-local=trust")
        text = ("-E", "UTF8", "--locale=C.UTF-8")
        self._run("initdb", "--no-sync", "-D", self._data, *who, *text)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [*self._prefix, str(self._programs / name), *arguments],
            user=self._user,
            extra_groups=[] if self._user else None,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=60,
        )


@contextmanager
def running_cluster(*, flushes: bool, core: int | None = None) -> Iterator[Cluster | None]:
    """It runs on that core alone; None where PostgreSQL is not installed."""
    found = shutil.which("initdb") or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None
    )
    if found is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="botkit-pg-") as name, socket.socket() as free:
        folder, user = Path(name), None
        if os.getuid() == 0:  # which PostgreSQL refuses to run as
            user = next(each.pw_name for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        cluster = Cluster(
            folder=folder,
            port=port,
            flushes=flushes,
            _programs=Path(found).resolve().parent,
            _prefix=() if core is None else ("taskset", "-c", str(core)),
            _user=user,
        )
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
