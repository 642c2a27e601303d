"""The load: calls a bot, more and more of them, and notes what they cost and how punctual they are.

python -m benchmarks.media.generator PLAN       a `Plan` as JSON; prints a `Step` as JSON for each load

It starts the bot itself, which has the last core of the machine; this process has the first one. The bot's
CPU is the scheduler's run time of all its threads.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import aioice.ice

from botkit.media.aiortc_hooks import register_telephone_event
from botkit.media.codecs import CODECS, AudioCodec

from . import said
from .calls import LoadCall
from .lateness import MOST_LATE, Arrivals, punctuality

TALKS = 10
"""One call in so many talks; at the others' ends there is a quiet room."""
PHASES = 4
"""Parts of the 20 ms in which calls send."""
TICK = 0.02 / PHASES
AT_ONCE = 8
"""Calls that are being set up."""
SETTLE = 1.0
"""Seconds from the last call's first packet to the window."""
HEAR_WITHIN = 5.0
READY_WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many calls, held until they are measured."""

    calls: int
    seconds: float
    listening: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with one bot."""

    command: Sequence[str]
    sounds: str
    """The folder of `said.write`."""
    codec: str
    loads: Sequence[Load]
    """Each with more calls than the one before, or as many."""
    until_late: bool = False
    """Stop behind the first load that is too much, twice in a row: a machine may hiccup once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one load came to."""

    calls: int
    listening: bool
    cpu: float
    """Percent of a core, per call."""
    late_percent: float
    missing: int
    late_p50: float
    """Milliseconds, as the next two."""
    late_p99: float
    late_worst: float
    memory: float
    """MB, per call."""


class Crowd:
    """All callers, on one ticker."""

    def __init__(self) -> None:
        self._phases: list[list[LoadCall]] = [[] for _ in range(PHASES)]
        self._calls: dict[int, LoadCall] = {}
        self._epoll = select.epoll()

    def join(self, call: LoadCall) -> None:
        """It talks from now on."""
        self._phases[len(self._calls) % PHASES].append(call)
        self._calls[call.fileno()] = call
        self._epoll.register(call.fileno(), select.EPOLLIN)

    def forget(self) -> None:
        """Begin to note anew."""
        for call in self._calls.values():
            call.forget()

    async def all_hear(self) -> None:
        """Return when the bot says something to each of them, or has had its time for that."""
        until = time.monotonic() + HEAR_WITHIN
        while time.monotonic() < until and not all(each.times for each in self.arrivals):  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    @property
    def arrivals(self) -> list[Arrivals]:
        """Of each call."""
        return [call.arrivals for call in self._calls.values()]

    async def talk(self) -> None:
        """Send and read for all of them, until cancelled."""
        begun, ticks = time.monotonic(), 0
        while True:
            for call in self._phases[ticks % PHASES]:
                with suppress(OSError):  # the bot has gone
                    call.send()
            for descriptor, _ in self._epoll.poll(0, 4096):
                with suppress(OSError):
                    self._calls[descriptor].read()
            ticks += 1
            await asyncio.sleep(max(0.0, begun + ticks * TICK - time.monotonic()))


class BotUnderLoad:
    """A bot's process, as `bots.line` has it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[str]] = {}
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read())

    async def answer(self, offer: str) -> str:
        """Its answer. Raises `RuntimeError` when it is gone."""
        number = len(self._answers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        self._tell({"id": number, "offer": offer})
        return await self._answers[number]

    def listen(self, on: bool) -> None:
        """See `bots.line.Bot`."""
        self._tell({"listen": on})

    def cpu(self) -> float:
        """Seconds that all its threads have run."""
        ran = 0
        for task in Path(f"/proc/{self._process.pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
                ran += int((task / "schedstat").read_text().split()[0])
        return ran / 1e9

    def memory(self) -> float:
        """MB that are resident."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE") / 2**20

    async def kill(self) -> None:
        """End it."""
        self._reading.cancel()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    def _tell(self, what: dict[str, object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            if "answer" in told:
                answer = self._answers[told["id"]]
                if not answer.done():  # or nobody waits for it any more
                    answer.set_result(told["answer"])
            else:
                self.ready.set_result(None)
        gone = RuntimeError("the bot is gone")
        if not self.ready.done():
            self.ready.set_exception(gone)
        for each in self._answers.values():
            if not each.done():
                each.set_exception(gone)


@asynccontextmanager
async def started(command: Sequence[str]) -> AsyncIterator[BotUnderLoad]:
    """The bot, ready."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=2**20)
    bot = BotUnderLoad(process)
    try:
        async with asyncio.timeout(READY_WITHIN):
            await bot.ready
        yield bot
    finally:
        await bot.kill()


async def run(plan: Plan) -> AsyncIterator[Step]:
    """Each load, one after the other."""
    codec = next(each for each in CODECS if each.name == plan.codec)
    talk, room = said.payloads(Path(plan.sounds), codec)
    async with started(plan.command) as bot:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        gc.disable()  # a collection here would be seen as a bot that hears in bursts
        crowd = Crowd()
        talking = asyncio.create_task(crowd.talk())
        idle, calls = bot.memory(), 0
        try:
            for load in plan.loads:
                more = range(calls, load.calls)
                await _join(crowd, bot, codec, [room if number % TALKS else talk for number in more])
                calls = load.calls
                bot.listen(load.listening)
                await crowd.all_hear()
                await asyncio.sleep(SETTLE)
                step = await _measured(crowd, bot, load, idle)
                if plan.until_late and step.late_percent >= MOST_LATE:
                    step = await _measured(crowd, bot, load, idle)
                yield step
                if plan.until_late and step.late_percent >= MOST_LATE:
                    break
        finally:
            talking.cancel()


async def _join(
    crowd: Crowd, bot: BotUnderLoad, codec: AudioCodec, callers: Sequence[Sequence[bytes]]
) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def join(payloads: Sequence[bytes]) -> None:
        async with room:
            call = LoadCall(codec, payloads)
            with suppress(TimeoutError):  # the bot has too much to do: it is missed in the window
                await call.connect(bot.answer)
                crowd.join(call)

    await asyncio.gather(*(join(payloads) for payloads in callers))


async def _measured(crowd: Crowd, bot: BotUnderLoad, load: Load, idle: float) -> Step:
    crowd.forget()
    begun, ran = time.monotonic(), bot.cpu()
    await asyncio.sleep(load.seconds)
    took, ran = time.monotonic() - begun, bot.cpu() - ran
    absent = [Arrivals((), (), 1)] * (load.calls - len(crowd.arrivals))
    found = punctuality([*crowd.arrivals, *absent], due=int(took / 0.02))
    return Step(
        calls=load.calls,
        listening=load.listening,
        cpu=100 * ran / took / load.calls,
        late_percent=found.late_percent,
        missing=found.missing,
        late_p50=1000 * found.median,
        late_p99=1000 * found.p99,
        late_worst=1000 * found.worst,
        memory=(bot.memory() - idle) / load.calls,
    )


async def _main(plan: Plan) -> None:
    register_telephone_event()
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    async for step in run(plan):
        print(json.dumps(asdict(step)), flush=True)
    os._exit(0)  # without a farewell to each of hundreds of calls


if __name__ == "__main__":
    read = json.loads(sys.argv[1])
    asyncio.run(_main(Plan(**{**read, "loads": [Load(**each) for each in read["loads"]]})))
