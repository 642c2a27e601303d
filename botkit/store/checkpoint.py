"""Moves the write-ahead log into the database, off the writer's thread, and keeps the log bounded."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from .wal_index import WalIndex

log = logging.getLogger(__name__)

LOG_LIMIT = 16 << 20
"""Bytes of log from which it is moved: a thousand turns or so. At a quarter of that a turn costs a tenth
more, as pages that change again and again are moved again and again."""

STALL_LIMIT = 64 << 20
"""Bytes of log from which the writer waits for the move, where the disk is slower than the bot."""

LONGEST_STALL = 1.0
"""Seconds. On a machine that others keep busy the thread may take longer; then the log may grow on."""

MOVES = 3
"""By the thread, each of what came during the one before, until the writer moves the short rest by itself."""

NICENESS = 10
"""On top of the bot's. The moves can wait, and a turn cannot: where they share a core, it goes first."""


class Checkpointer:
    """SQLite's own checkpoint runs inside a commit and makes it 5 to 12 ms late. Here a thread moves the log
    while the writer goes on. Once all of it is moved the next commit begins it anew; under a load that lets
    the thread never come to that, the writer moves what little is left, between two batches.
    """

    def __init__(self, database: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._database = database
        self._connect = connect
        self._index: WalIndex | None = None
        self._orders: SimpleQueue[bool] = SimpleQueue()
        """True = move once more, False = end."""
        self._ordered = False
        self._moves = 0
        """Since the log last began anew."""
        self._moved = threading.Event()
        self._thread = threading.Thread(target=self._run, name="botkit-checkpoint", daemon=True)

    def start(self, db: sqlite3.Connection) -> None:
        """`db` is the writer's connection."""
        # What a burst, or a reader who stayed, has made of the file is given back when the log begins anew.
        db.execute(f"PRAGMA journal_size_limit = {STALL_LIMIT}")
        self._index = WalIndex(self._database, db)
        self._thread.start()

    def stop(self, db: sqlite3.Connection) -> None:
        """Ends the thread, a move under way is waited for; then closes the writer's connection."""
        self._orders.put(False)
        self._thread.join()
        db.close()
        if self._index is not None:
            self._index.close()

    def after_batch(self, db: sqlite3.Connection) -> None:
        """The writer calls this between transactions, with its own connection."""
        assert self._index is not None, "it is started"
        size = self._index.size
        if size <= LOG_LIMIT:
            self._moves = 0
        stalled = self._ordered and size > STALL_LIMIT
        if stalled:
            self._moved.wait(LONGEST_STALL)
        if self._moved.is_set():
            self._moved.clear()
            self._ordered = False
            self._moves += 1
        if size > LOG_LIMIT and (stalled or not self._ordered):
            if stalled or self._moves >= MOVES:
                self._moves = 0
                self._move(db)
            else:
                self._ordered = True
                self._orders.put(True)

    def _run(self) -> None:
        _yield_to_others()
        # One connection for good, open from the start: SQLite keeps the file of one that is closed as long as
        # the writer has it open, since closing it would drop the locks of all of this process.
        db = self._connected()
        while self._orders.get():
            db = db or self._connected()
            if db is not None:
                self._move(db)
            self._moved.set()
        if db is not None:
            db.close()

    def _connected(self) -> sqlite3.Connection | None:
        try:
            db = self._connect()
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")  # opens the log, too
        except sqlite3.Error as error:
            self._complain(error)
            return None
        return db

    def _move(self, db: sqlite3.Connection) -> None:
        """What can be moved now. Of what another program still reads in an older state the rest stays."""
        try:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            self._complain(error)

    def _complain(self, error: sqlite3.Error) -> None:
        log.warning("%s: the log could not be moved into the database: %s", self._database, error)


def _yield_to_others() -> None:
    """On Linux a thread has a niceness of its own."""
    if sys.platform == "linux":
        os.nice(NICENESS)  # more, never less: that is refused, and would end the thread
