"""A bot that dies between any two calls of its store: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from botkit.ports.store import Commit, InboxRow, OutboxRow, StaleSession, Store
from botkit.store import open_store
from tests.contract.store_rows import NOON, inbox_row, line, session_row

T = TypeVar("T")

MESSAGES = tuple(inbox_row(f"item:{n}", key=f"conversation:{n % 3}") for n in range(6))


class Killed(BaseException):
    """The process is gone."""


@dataclass
class World:
    """What is outside the bot: it survives, and can be asked what was posted."""

    posted: list[str] = field(default_factory=list)
    calls_left: int = sys.maxsize

    def step(self) -> None:
        if self.calls_left == 0:
            raise Killed
        self.calls_left -= 1


class TinyBot:
    """The corridor at its smallest: receive, take, commit, perform, confirm. Dies where the world says."""

    def __init__(self, store: Store, world: World) -> None:
        self._store = store
        self._world = world

    async def work(self, workers: int) -> None:
        """Until nothing is left to do."""
        for message in MESSAGES:
            await self._call(self._store.receive(message))
        await asyncio.gather(*(self._take_turns() for _ in range(workers)))
        await self._perform()

    async def _take_turns(self) -> None:
        while (row := await self._call(self._store.take())) is not None:
            await self._turn(row)

    async def _turn(self, row: InboxRow) -> None:
        name = row.key
        before = await self._call(self._store.session(name))
        revision = before.revision + 1 if before else 1
        turn = Commit(
            done=row.id,
            session=session_row(name, revision),
            journal=[line(name, row.id.encode())],
            outbox=[OutboxRow(id=f"{name}:{revision}:0", key=name, session_id=name, payload=row.id.encode())],
        )
        await self._call(self._store.commit(turn))

    async def _perform(self) -> None:
        while effects := await self._call(self._store.effects()):
            for effect in effects:
                text = effect.payload.decode()
                unsure = effect.attempted_at is not None
                if not (unsure and text in self._world.posted):
                    await self._call(self._store.attempt(effect.id, NOON))
                    self._world.step()
                    self._world.posted.append(text)
                posted = line(effect.session_id, b"posted " + effect.payload, kind="posted")
                await self._call(self._store.commit(Commit(confirmed=[effect.id], journal=[posted])))

    async def _call(self, call: Coroutine[Any, Any, T]) -> T:
        try:
            self._world.step()
        except Killed:
            call.close()
            raise
        return await call


def crashed(directory: Path, name: str) -> Path:
    """The files as a killed process leaves them, where no lock and no thread holds them."""
    copy = directory.with_name(name)
    shutil.copytree(directory, copy, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
    return copy


def store_in(directory: Path) -> Store:
    return open_store("sqlite:///bot.db", directory)


async def run(directory: Path, world: World, workers: int, after: Callable[[], Path]) -> Path | None:
    """One life of the bot. Where it died, the directory for the next life."""
    store = store_in(directory)
    await store.open()
    try:
        await TinyBot(store, world).work(workers)
    except Killed:
        return after()
    finally:
        await store.close()
    return None


async def check(directory: Path, world: World) -> None:
    store = store_in(directory)
    await store.open()
    assert await store.take() is None
    assert await store.effects() == []
    for n in range(3):
        mine = [message.id for message in MESSAGES if message.key == f"conversation:{n}"]
        lines = await store.journal(f"conversation:{n}")
        assert [row.data.decode() for row in lines if row.kind == "turn"] == mine
        assert [row.data.decode() for row in lines if row.kind == "posted"] == [f"posted {m}" for m in mine]
        assert [text for text in world.posted if text in mine] == mine
    assert not any([await store.receive(message) for message in MESSAGES])
    await store.close()


@pytest.mark.parametrize("workers", [1, 3])
async def test_killed_after_any_call_the_next_life_ends_it_right(tmp_path: Path, workers: int) -> None:
    died = -1
    while True:
        died += 1
        directory = tmp_path / f"life-{workers}-{died}"
        directory.mkdir()
        world = World(calls_left=died)
        following = await run(directory, world, workers, lambda: crashed(directory, f"next-{workers}-{died}"))  # noqa: B023
        if following is None:
            break
        world.calls_left = sys.maxsize
        assert await run(following, world, workers, Path) is None
        await check(following, world)
    assert died > 40


async def test_killed_again_and_again_it_still_gets_there(tmp_path: Path) -> None:
    world, lives = World(), 0
    directory = tmp_path / "life-0"
    directory.mkdir()
    while True:
        # Every life receives all six messages again before it gets to something new.
        world.calls_left = 12
        lives += 1
        following = await run(directory, world, 2, lambda: crashed(directory, f"life-{lives}"))  # noqa: B023
        if following is None:
            break
        directory = following
    assert lives > 3
    await check(directory, world)


async def test_a_taken_row_is_free_in_the_next_life(tmp_path: Path) -> None:
    directory = tmp_path / "first"
    directory.mkdir()
    store = store_in(directory)
    await store.open()
    await store.receive(inbox_row("a"))
    assert await store.take() == inbox_row("a")
    following = store_in(crashed(directory, "second"))
    await following.open()
    assert await following.take() == replace(inbox_row("a"), begun=0)
    await following.close()
    await store.close()


async def test_two_lives_that_write_one_session_cannot_both_win(tmp_path: Path) -> None:
    """A turn computed before the crash is stale once the next life took it."""
    store = store_in(tmp_path)
    await store.open()
    await store.receive(inbox_row("a"))
    turn = Commit(done="a", session=session_row("s", 1))
    await store.commit(turn)
    with pytest.raises(StaleSession):
        await store.commit(turn)
    await store.close()


WRITER = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from botkit.ports.store import *
from botkit.store import open_store

async def one(store, life, worker):
    name, at, n = f"s-{life}-{worker}", datetime(2026, 1, 1, tzinfo=UTC), 0
    while True:
        n += 1
        await store.receive(InboxRow(id=f"{name}:{n}", key=name, payload=b"{}", at=at))
        row = SessionRow(id=name, revision=n, open=True, places=(), deadline=at, state=str(n).encode())
        effect = OutboxRow(id=f"{name}:{n}:0", key=name, session_id=name, payload=b"{}")
        line = JournalRow(session_id=name, at=at, kind="turn", data=str(n).encode())
        await store.commit(Commit(done=f"{name}:{n}", session=row, journal=[line], outbox=[effect]))
        print(name, n, flush=True)

async def main(directory, life):
    store = open_store("sqlite:///bot.db", Path(directory))
    await store.open()
    await asyncio.gather(*(one(store, life, worker) for worker in range(8)))

asyncio.run(main(*sys.argv[1:]))
"""


def keep(promised: dict[str, int], told: bytes) -> None:
    if told.endswith(b"\n"):
        name, revision = told.decode().split()
        promised[name] = int(revision)


@pytest.mark.chaos
async def test_a_process_that_is_killed_while_it_writes_loses_nothing_it_promised(tmp_path: Path) -> None:
    promised: dict[str, int] = {}
    for life, lines in enumerate((1, 50, 700, 3000)):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(tmp_path), str(life), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        async with asyncio.timeout(60):
            for _ in range(lines):
                keep(promised, await child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            # What it still promised before it died counts too; the last line may be cut off.
            for told in (await child.stdout.read()).splitlines(keepends=True):
                keep(promised, told)
            await child.wait()
        store = open_store("sqlite:///bot.db", tmp_path)
        await store.open()
        for session_id, last in promised.items():
            row = await store.session(session_id)
            assert row is not None
            # The turn after the last promise may have been written, and no other.
            assert row.revision in (last, last + 1)
            assert row.state == str(row.revision).encode()
            journal = [int(line.data) for line in await store.journal(session_id)]
            assert journal == list(range(1, row.revision + 1))
        effects = await store.effects(limit=1000)
        assert {effect.id for effect in effects} >= {f"{session_id}:1:0" for session_id in promised}
        await store.close()
