"""A bot's database from outside: to look into it, and to deal with its dead letters, also while the bot runs.

For commands, so none of it needs an event loop; inside of one use it in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from botkit.ports.keeping import START, Horizon, Position, Pruned, Unfinished
from botkit.ports.store import Counts, DeadLetter, InboxRow, JournalRow, SessionRow

from .sqlite import SqliteStore
from .sqlite_outside import SqliteOutside
from .urls import open_store


class Outside(Protocol):
    """What each kind of database does; see `StoreReader` and `Desk`."""

    def latest(self, limit: int, *, only_open: bool) -> Sequence[SessionRow]: ...
    def session(self, session_id: str) -> SessionRow | None: ...
    def journal(self, session_id: str) -> Sequence[JournalRow]: ...
    def newest_line(self) -> int | None: ...
    def written_after(self, number: int) -> Sequence[str]: ...
    def lines_after(self, session_id: str, number: int) -> Sequence[tuple[int, JournalRow]]: ...
    def dead_letters(self, limit: int) -> Sequence[DeadLetter]: ...
    def dead_letter(self, dead_id: str) -> DeadLetter | None: ...
    def notes(self, prefix: str) -> Mapping[str, bytes]: ...
    def counts(self) -> Counts | None: ...
    def unfinished(self, after: Position) -> Unfinished: ...
    def prune(self, horizon: Horizon, after: Position, *, dry: bool) -> Pruned: ...
    def receive(self, row: InboxRow) -> bool: ...
    def revive(self, dead_id: str) -> bool: ...
    def drop(self, dead_id: str) -> bool: ...
    def close(self) -> None: ...


class StoreReader:
    """What a bot has written, as it is when asked; nothing is ever changed. Every method may raise
    `StoreError`. A database that no bot has opened yet holds nothing."""

    def __init__(self, url: str, base: Path) -> None:
        """`url` and `base` as for `open_store`. Raises `UsageError` when there is no such database."""
        self._database = _outside(url, base)

    def latest(self, limit: int, *, only_open: bool = False) -> Sequence[SessionRow]:
        """The sessions that began last, newest first; a negative `limit` = all."""
        return self._database.latest(limit, only_open=only_open)

    def session(self, session_id: str) -> SessionRow | None:
        """As it was last written."""
        return self._database.session(session_id)

    def journal(self, session_id: str) -> Sequence[JournalRow]:
        """A session's lines, oldest first; `""` for those outside any session."""
        return self._database.journal(session_id)

    def newest_line(self) -> int:
        """The number of the newest line of all; 0 = there is none. Later lines have higher numbers."""
        return self._database.newest_line() or 0

    def written_after(self, number: int) -> Sequence[str]:
        """The sessions that have lines with higher numbers, in no order, and `""` for those outside any."""
        return self._database.written_after(number)

    def lines_after(self, session_id: str, number: int) -> Sequence[tuple[int, JournalRow]]:
        """As `journal`, but only lines with higher numbers, each with its own."""
        return self._database.lines_after(session_id, number)

    def dead_letters(self, limit: int = 100) -> Sequence[DeadLetter]:
        """Those that are kept, newest first; a negative `limit` = all."""
        return self._database.dead_letters(limit)

    def dead_letter(self, dead_id: str) -> DeadLetter | None:
        """One of them."""
        return self._database.dead_letter(dead_id)

    def notes(self, prefix: str = "") -> Mapping[str, bytes]:
        """All notes whose names begin so; see `Commit.notes`."""
        return self._database.notes(prefix)

    def counts(self) -> Counts:
        """How much there is at the moment."""
        return self._database.counts() or NOTHING

    def unfinished(self, after: Position = START) -> Unfinished:
        """As `Store.unfinished`."""
        return self._database.unfinished(after)

    def would_prune(self, horizon: Horizon, after: Position = START) -> Pruned:
        """How much `Desk.prune` would remove."""
        return self._database.prune(horizon, after, dry=True)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()


NOTHING = Counts(inbox=0, outbox=0, dead=0, open_sessions=0, oldest_inbox=None)


class Desk(StoreReader):
    """Where people deal with a bot's dead letters, give inputs to its sessions, and let go what is old. It
    needs no bot; one that runs notices, by `Store.changed_outside`."""

    def receive(self, row: InboxRow) -> bool:
        """Keep an event or input, to be dealt with as any other; False when its id was seen before."""
        return self._database.receive(row)

    def revive(self, dead_id: str) -> bool:
        """Let one try again, as if it had just come: at the end of the inbox or outbox, never begun. False
        when there is no such letter."""
        return self._database.revive(dead_id)

    def drop(self, dead_id: str) -> bool:
        """Forget a dead letter; False when there is none."""
        return self._database.drop(dead_id)

    def prune(self, horizon: Horizon, after: Position = START) -> Pruned:
        """As `Store.prune`. A bot that runs is let in between two steps, if whoever calls rests there."""
        return self._database.prune(horizon, after, dry=False)


def _outside(url: str, base: Path) -> Outside:
    store = open_store(url, base)
    if isinstance(store, SqliteStore):
        return SqliteOutside(store.path)
    from .postgres import PostgresOutside

    return PostgresOutside(url)
