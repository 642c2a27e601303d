"""The writer of a database in memory: there is no disk to wait for, and so no thread, which would only take
turns with the event loop.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from .writer import Writer, explained


class MemoryWriter(Writer):
    """Runs requests on the event loop itself, all of a round together."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], where: str) -> None:
        super().__init__(connect, None, where)
        self._db: sqlite3.Connection | None = None

    async def start(self) -> None:
        """Connect. Raises what `connect` raises."""
        try:
            self._db = self._connect()
        except sqlite3.Error as error:
            raise explained(error, self._where) from error
        finally:
            self._accepts = self._db is not None

    async def stop(self) -> None:
        """Finish what was asked for, and forget all."""
        if self._accepts:
            self._accepts = False
            self._hand_over()
            assert self._db is not None, "it was started"
            self._db.close()

    def _hand_over(self, before: int = 0, rounds: int = 0) -> None:
        asked, self._asked = self._asked, []
        if asked:
            assert self._db is not None, "it was started"
            self._carry_out(self._db, asked)
            self._settle(asked)
