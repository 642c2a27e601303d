"""The stores that bots of the kill matrix die on: they tell of what is written, and outlive their bot."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from msgspec.structs import replace

from benchmarks.postgres_cluster import running_cluster
from benchmarks.store.postgres import URL
from botkit.ports.store import Commit, SessionRow, Store
from botkit.store import SqliteStore

Told = Callable[[Commit], None]
OpenStore = Callable[[Told], Store]
"""A store on the same data each time, which tells of each commit that was made."""
Kind = Literal["sqlite", "postgres"]


class WatchedSqlite(SqliteStore):
    """On a file, telling what is written."""

    def __init__(self, path: Path, told: Told) -> None:
        super().__init__(path)
        self._told = told

    async def commit(self, turn: Commit) -> None:
        await super().commit(turn)
        self._told(turn)


class Forgetful:
    """A store with the control's faults. It says yes, and forgets that a message was about to be posted; once
    it was opened again, also what the first commit wants to be said, and which calls were under way."""

    def __init__(self, inner: Store, told: Told, *, again: bool) -> None:
        """`again`: it is not the first on its data."""
        self._inner = inner
        self._told = told
        self._again = self._forgets = again

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._inner, name)

    async def commit(self, turn: Commit) -> None:
        rows = () if self._forgets else turn.outbox
        self._forgets = self._forgets and not turn.outbox
        kept = tuple(replace(row, attempted_at=None) for row in rows)
        await self._inner.commit(replace(turn, outbox=kept))
        self._told(turn)

    async def attempt(self, effect_id: str, at: datetime) -> None:
        pass

    async def open_sessions(self, prefix: str) -> Sequence[SessionRow]:
        return () if self._again else await self._inner.open_sessions(prefix)


def postgres_stores(url: str) -> Iterator[OpenStore]:
    """One after the other in a schema of this process's own, which each finds empty."""
    from .postgres_store import WatchedPostgres

    schema = f"{url}&search_path=matrix_{os.getpid()}"

    def opening() -> OpenStore:
        fresh = itertools.chain([True], itertools.repeat(False))
        return lambda told: WatchedPostgres(schema, told, fresh=next(fresh))

    while True:
        yield opening()


def sqlite_stores(folder: Path) -> Iterator[OpenStore]:
    """One after the other, each on an empty file: that of the one before is removed."""
    while True:
        for old in folder.glob(f"{os.getpid()}.db*"):
            old.unlink()
        yield partial(WatchedSqlite, folder / f"{os.getpid()}.db")


def forgetful(opened: Iterator[OpenStore]) -> Iterator[OpenStore]:
    """The same stores, with the control's faults."""

    def opening(inner: OpenStore) -> OpenStore:
        again = itertools.chain([False], itertools.repeat(True))
        return lambda told: cast("Store", Forgetful(inner(_nobody), told, again=next(again)))

    return map(opening, opened)


@contextmanager
def postgres_place() -> Iterator[str | None]:
    """A server's URL; None where none is installed. It waits for no disk: no power is cut here."""
    if given := os.environ.get(URL):
        yield given
        return
    with running_cluster(flushes=False) as cluster:
        yield None if cluster is None else cluster.url()


@contextmanager
def place(kind: Kind, folder: Path) -> Iterator[str | None]:
    """Where stores of this kind may be, for `stores`; None where there is no such thing on this machine."""
    with ExitStack() as closing:
        yield closing.enter_context(postgres_place()) if kind == "postgres" else str(folder)


def stores(kind: Kind, where: str) -> Iterator[OpenStore]:
    """As many as are wanted at a `place`, each empty."""
    return postgres_stores(where) if kind == "postgres" else sqlite_stores(Path(where))


def _nobody(turn: Commit) -> None:
    pass
