"""How long SQLite's write-ahead log is. Its file does not tell: what is moved is written over, not cut."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

FRAMES = 16
"""Where the index has the number of valid frames: 32 bits, in the machine's order
(https://www.sqlite.org/walformat.html#the_wal_index_header)."""
FRAME_HEADER = 24
"""Bytes before each page of the log."""


class WalIndex:
    """The index (`-shm`) of a database that this process has open. Reading it is one call of the kernel."""

    def __init__(self, database: Path, db: sqlite3.Connection) -> None:
        """`db` has written to the database in this mode, or read it; only then there is one."""
        self._frame: int = db.execute("PRAGMA page_size").fetchone()[0] + FRAME_HEADER
        try:
            self._file = os.open(database.with_name(database.name + "-shm"), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # a file system that knows no shared memory, so SQLite keeps no log there
            self._file = -1

    @property
    def size(self) -> int:
        """Bytes of log since it last began anew. Of use to the only one who writes, between transactions."""
        if self._file < 0:
            return 0
        return int.from_bytes(os.pread(self._file, 4, FRAMES), sys.byteorder) * self._frame

    def close(self) -> None:
        """Not before the last connection of this process: to close a file drops all locks that the process
        has on it, SQLite's too."""
        if self._file >= 0:
            os.close(self._file)
