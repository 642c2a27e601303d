"""The stores that bots of the kill matrix die on: they tell of what is written, and outlive their bot."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from benchmarks.store import postgres
from botkit.ports.store import Commit, SessionRow, Store
from botkit.store import SqliteStore

Told = Callable[[Commit], None]
OpenStore = Callable[[Told], Store]
"""A store on the same data each time, which tells of each commit that was made."""
Kind = Literal["sqlite", "postgres", "forgetful"]


class WatchedSqlite(SqliteStore):
    """On a file, telling what is written."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(path)
        self._told = told

    async def commit(self, turn: Commit) -> None:
        await super().commit(turn)
        self._told(turn)


class ForgetfulSqlite(WatchedSqlite):
    """The control's faults. It says yes, and forgets that a message was about to be posted; once it was
    opened again, also what the first commit wants to be said, and which calls were under way."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(path, told)
        self._again = path.exists()
        self._forgets = self._again

    async def commit(self, turn: Commit) -> None:
        rows = () if self._forgets else turn.outbox
        self._forgets = self._forgets and not turn.outbox
        kept = tuple(replace(row, attempted_at=None) for row in rows)
        await SqliteStore.commit(self, replace(turn, outbox=kept))
        self._told(turn)

    async def attempt(self, effect_id: str, at: datetime) -> None:
        pass

    async def open_sessions(self, prefix: str) -> Sequence[SessionRow]:
        return () if self._again else await super().open_sessions(prefix)


def postgres_stores(url: str) -> Iterator[OpenStore]:
    """One after the other in a schema of this process's own, which each finds empty."""
    from .postgres_store import WatchedPostgres

    schema = f"{url}&search_path=matrix_{os.getpid()}"

    def opening() -> OpenStore:
        fresh = itertools.chain([True], itertools.repeat(False))
        return lambda told: WatchedPostgres(schema, told, fresh=next(fresh))

    while True:
        yield opening()


def sqlite_stores(folder: Path, make: type[WatchedSqlite]) -> Iterator[OpenStore]:
    """One after the other, each on an empty file: that of the one before is removed."""
    while True:
        for old in folder.glob(f"{os.getpid()}.db*"):
            old.unlink()
        yield partial(make, folder / f"{os.getpid()}.db")


@contextmanager
def places(kind: Kind, folder: Path) -> Iterator[str | None]:
    """Where stores of this kind may be, for `stores`; None where there is no such thing on this machine."""
    with ExitStack() as closing:
        yield closing.enter_context(postgres.server()) if kind == "postgres" else str(folder)


def stores(kind: Kind, place: str) -> Iterator[OpenStore]:
    """As many as are wanted, each empty."""
    if kind == "postgres":
        return postgres_stores(place)
    return sqlite_stores(Path(place), ForgetfulSqlite if kind == "forgetful" else WatchedSqlite)
