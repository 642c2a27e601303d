"""One bot owns one database: a lock that the operating system frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from botkit.ports.store import StoreTaken


class OwnerLock:
    """`flock` on a file beside the database. Not on the database itself: SQLite locks that one."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._fd = -1

    def acquire(self) -> None:
        """Raises `StoreTaken` when another store holds it, in this process or another."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            os.close(fd)
            raise StoreTaken(
                f"another bot has this database open (process {holder or 'unknown'}).",
                where=str(self._database),
                remedy="Stop that bot, wait for its end with `botkit run --standby`, or give this one"
                " a `store:` of its own.",
            ) from error
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def release(self) -> None:
        """The file stays: removing it would race with the next owner."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
