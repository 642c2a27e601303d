"""A bot that dies between any two calls of its store: nothing is lost, nothing happens twice."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from msgspec.structs import replace

from botkit.ports.store import (
    Commit,
    InboxRow,
    JournalRow,
    OutboxRow,
    StaleSession,
    Store,
    StoreError,
)
from botkit.store import open_store
from tests.contract.store_rows import NOON, inbox_row, line, session_row
from tests.postgres import Server

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


class Disk(Protocol):
    """What survives the bot."""

    stride: int
    """Calls from one death to the next that is tried."""

    def store(self) -> Store: ...

    def killed(self) -> Disk:
        """As a killed process leaves it, where none of its locks, threads and connections holds anything."""
        ...


@dataclass
class Folder:
    """With a SQLite file."""

    path: Path
    stride: int = 1

    def store(self) -> Store:
        return open_store("sqlite:///bot.db", self.path)

    def killed(self) -> Disk:
        copy = self.path.with_name(f"{self.path.name}+")
        shutil.copytree(self.path, copy, ignore=shutil.ignore_patterns("*.lock", "*-shm"))
        return Folder(copy)


@dataclass
class Schema:
    """Of a PostgreSQL database. The server ends the connections of who is dead."""

    server: Server
    url: str
    stride: int = 3
    """A life takes ten times as long."""

    def store(self) -> Store:
        return open_store(self.url, Path())

    def killed(self) -> Disk:
        self.server.cut()
        return self


NewDisk = Callable[[], Disk]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def new_disk(request: pytest.FixtureRequest, tmp_path: Path) -> NewDisk:
    """Makes empty ones."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        url = server.new_schema()

        def emptied() -> Disk:
            server.empty(url)
            return Schema(server, url)

        return emptied
    return lambda: Folder(Path(tempfile.mkdtemp(dir=tmp_path)))


async def run(disk: Disk, world: World, workers: int) -> Disk | None:
    """One life of the bot. Where it died, the disk for the next life."""
    store = disk.store()
    await store.open()
    try:
        await TinyBot(store, world).work(workers)
    except Killed:
        return disk.killed()
    finally:
        await store.close()
    return None


async def check(disk: Disk, world: World) -> None:
    store = disk.store()
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
async def test_killed_after_any_call_the_next_life_ends_it_right(new_disk: NewDisk, workers: int) -> None:
    died = 0
    while True:
        disk = new_disk()
        world = World(calls_left=died)
        following = await run(disk, world, workers)
        if following is None:
            break
        died += disk.stride
        world.calls_left = sys.maxsize
        assert await run(following, world, workers) is None
        await check(following, world)
    assert died > 40


async def test_killed_again_and_again_it_still_gets_there(new_disk: NewDisk) -> None:
    world, lives = World(), 0
    disk = new_disk()
    while True:
        # Every life receives all six messages again before it gets to something new.
        world.calls_left = 12
        lives += 1
        following = await run(disk, world, 2)
        if following is None:
            break
        disk = following
    assert lives > 3
    await check(disk, world)


async def test_a_taken_row_is_free_in_the_next_life(new_disk: NewDisk) -> None:
    disk = new_disk()
    store = disk.store()
    await store.open()
    await store.receive(inbox_row("a"))
    assert await store.take() == inbox_row("a")
    after = disk.killed()
    await store.close()  # this process lives on, and would connect anew
    following = after.store()
    await following.open()
    assert await following.take() == replace(inbox_row("a"), begun=0)
    await following.close()


async def test_two_lives_that_write_one_session_cannot_both_win(new_disk: NewDisk) -> None:
    """A turn computed before the crash is stale once the next life took it."""
    store = new_disk().store()
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

async def main(url, directory, life):
    store = open_store(url, Path(directory))
    await store.open()
    await asyncio.gather(*(one(store, life, worker) for worker in range(8)))

asyncio.run(main(*sys.argv[1:]))
"""


ON_DISK = pytest.mark.parametrize(
    "store_url", ["sqlite-file", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
"""What a process leaves when it is killed."""


def keep(promised: dict[str, int], told: bytes) -> None:
    if told.endswith(b"\n"):
        name, revision = told.decode().split()
        promised[name] = int(revision)


async def opened(store: Store) -> None:
    """The server may take a moment to see that the connection of a dead process is gone."""
    async with asyncio.timeout(30):
        while True:
            try:
                await store.open()
            except StoreError:
                continue
            return


@pytest.mark.chaos
@ON_DISK
async def test_a_process_that_is_killed_while_it_writes_loses_nothing_it_promised(
    store_url: str, tmp_path: Path
) -> None:
    promised: dict[str, int] = {}
    for life, lines in enumerate((1, 50, 700, 3000)):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, store_url, str(tmp_path), str(life), stdout=asyncio.subprocess.PIPE
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
        store = open_store(store_url, tmp_path)
        await opened(store)
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


PRUNER = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from botkit.ports.keeping import START, Keep
from botkit.store import open_store

async def main(url, directory):
    store = open_store(url, Path(directory))
    await store.open()
    keep = Keep(sessions=timedelta(days=30), journal=timedelta(days=10), seen=timedelta(days=30))
    horizon, rest = keep.horizon(datetime(2026, 6, 1, tzinfo=UTC)), START
    while rest is not None:
        rest = (await store.prune(horizon, rest)).rest
        print("step", flush=True)
    print("done", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.chaos
@ON_DISK
async def test_a_process_that_is_killed_while_it_prunes_leaves_whole_what_stays(
    store_url: str, tmp_path: Path
) -> None:
    store = open_store(store_url, tmp_path)
    await store.open()
    ages = {"open": 0.0, "needed": 90.0, "old": 90.0, "middle": 20.0, "young": 5.0}
    numbers = range(30)
    for kept, days in ages.items():
        at = datetime(2026, 6, 1, tzinfo=UTC) - timedelta(days=days or 90)
        for number in numbers:
            name = f"{kept} {number}"
            lines = [JournalRow(session_id=name, at=at, kind="turn", data=b"%d" % n) for n in range(20)]
            outbox = [OutboxRow(id=name, key=name, session_id=name, payload=b"{}")] * (kept == "needed")
            row = session_row(name, is_open=kept == "open", places=(name,))
            await store.commit(Commit(session=row, journal=lines, outbox=outbox))
    await store.close()
    whole = [b"%d" % n for n in range(20)]
    lives = 0
    last = ""
    while last != "done":
        lives += 1
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PRUNER, store_url, str(tmp_path), stdout=asyncio.subprocess.PIPE
        )
        assert child.stdout is not None
        async with asyncio.timeout(60):
            for _ in range(2 * lives):
                last = (await child.stdout.readline()).decode().strip()
                if last == "done":
                    break
            child.send_signal(signal.SIGKILL)
            await child.wait()
        store = open_store(store_url, tmp_path)
        await opened(store)
        for number in numbers:
            for kept in ("open", "needed", "young"):
                assert await store.session(f"{kept} {number}") is not None
                assert [line.data for line in await store.journal(f"{kept} {number}")] == whole
            assert await store.session(f"middle {number}") is not None
            assert [line.data for line in await store.journal(f"middle {number}")][-1:] == whole[-1:]
            rest = [line.data for line in await store.journal(f"old {number}")]
            assert rest[-1:] == (whole[-1:] if await store.session(f"old {number}") else [])
            place = await store.find(f"open {number}")
            assert place is not None
        await store.close()
    assert lives > 2
    await opened(store)
    for number in numbers:
        assert await store.session(f"old {number}") is None
        assert len(await store.journal(f"middle {number}")) == 1
    await store.close()
