"""Moves the write-ahead log into the database, off the writer's thread, and keeps the log bounded."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

log = logging.getLogger(__name__)

LOG_LIMIT = 16 << 20
"""Bytes of log from which it is moved: a thousand turns or so. At a quarter of that a turn costs a tenth
more, as pages that change again and again are moved again and again."""

STALL_LIMIT = 64 << 20
"""Bytes of log from which the writer waits for the move, where the disk is slower than the bot."""

ROUNDS = 3
"""Of a move, each of what came during the one before. SQLite flushes what it has moved only when nothing came
meanwhile; left to the writer's cut, that took 20 ms in place of 10."""


class Checkpointer:
    """SQLite's own checkpoint runs inside a commit and makes it 5 to 12 ms late. Here a thread copies
    most of the log while the writer goes on; since the writer appends meanwhile, the log would never
    become empty, so the writer moves the short rest between two batches and cuts the file.
    """

    def __init__(self, database: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._log = database.with_name(database.name + "-wal")
        self._connect = connect
        self._orders: SimpleQueue[bool] = SimpleQueue()
        """True = copy once more, False = end."""
        self._ordered = False
        self._copied = threading.Event()
        self._thread = threading.Thread(target=self._run, name="botkit-checkpoint", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread; a move under way is waited for."""
        self._orders.put(False)
        self._thread.join()

    def after_batch(self, db: sqlite3.Connection) -> None:
        """The writer calls this between transactions, with its own connection."""
        size = self._size()
        if not self._ordered and size > LOG_LIMIT:
            self._ordered = True
            self._orders.put(True)
        if self._ordered and size > STALL_LIMIT:
            self._copied.wait()
        if self._copied.is_set():
            self._copied.clear()
            self._cut(db)
            self._ordered = False

    def _cut(self, db: sqlite3.Connection) -> None:
        """Where another program reads an older state the log stays as it is until next time."""
        try:
            patience = db.execute("PRAGMA busy_timeout").fetchone()[0]
            db.execute("PRAGMA busy_timeout = 0")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            db.execute(f"PRAGMA busy_timeout = {patience}")
        except sqlite3.Error as error:
            self._complain(error)

    def _size(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    def _run(self) -> None:
        # One connection for good, open from the start: SQLite keeps the file of one that is closed as long as
        # the writer has it open, since closing it would drop the locks of all of this process.
        db = self._copy(None)
        while self._orders.get():
            db = self._copy(db)
            self._copied.set()
        if db is not None:
            db.close()

    def _copy(self, db: sqlite3.Connection | None) -> sqlite3.Connection | None:
        """The connection for the next time."""
        try:
            db = db or self._connect()
            for _ in range(ROUNDS):
                db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            self._complain(error)
        return db

    def _complain(self, error: sqlite3.Error) -> None:
        log.warning("%s: the log could not be moved into the database: %s", self._log, error)
