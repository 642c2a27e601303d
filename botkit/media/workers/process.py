"""The bot's end of one media process: from its start to its end, never started twice."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import BinaryIO, Protocol

from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.ports.audio import LegEvent, OfferRefused, RecordingFailed, Sound

from . import wire
from .channel import Channel
from .files import FileSocket

log = logging.getLogger(__name__)

READY_WITHIN = 30.0
"""Seconds from the start until legs can be made."""
GRACE = 6.0
"""Seconds for the process to end by itself."""
BEATS_MISSED = 10
"""Seconds of this loop without a sign of life, after which the process counts as dead."""
MOST_SOUNDS = 64 * 2**20
"""Bytes of sounds that the process keeps at our bidding, beside the newest."""
REFUSALS: Mapping[str, type[WorldError]] = {
    "offer": OfferRefused,
    "recording": RecordingFailed,
    "fault": WorldError,
}


class ProcessDied(Exception):
    """The media process ended before it did what it was asked."""


class Ear(Protocol):
    """A leg, as its process tells it."""

    def told(self, event: LegEvent) -> None:
        """An event."""
        ...

    def heard(self, sound: Sound) -> None:
        """What the far end says."""
        ...

    def lost(self) -> None:
        """The process is gone, and the leg with it."""
        ...


class MediaProcess:
    """`python -m botkit.media.workers.worker`, and what it has in hand."""

    def __init__(self, name: str, start: wire.Start, on_died: Callable[[int], None]) -> None:
        """`name` is for the log; `on_died` is told of so many legs that are lost, when it ends by itself
        after it was ready."""
        self.name = name
        self.legs: dict[int, Ear] = {}
        """By the numbers that commands and reports call them."""
        self.over = False
        """It has ended, or was never there."""
        self._start = start
        self._on_died = on_died
        self._ending = False
        self._channel: Channel[wire.Report] = Channel(wire.read_report, self._take, self._lost)
        self._files: FileSocket | None = None
        self._filed: dict[int, BinaryIO] = {}
        """By the question that they answer."""
        self._process: Process | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[str]] = {}
        self._sounds: OrderedDict[tuple[bytes, int], tuple[int, int]] = OrderedDict()
        """By content and rate: number and size of what the process keeps."""
        self._kept = 0
        self._beats_missed = 0
        self._watch: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Legs can be made."""
        return not self.over and self._ready.done() and self._ready.exception() is None

    @property
    def pid(self) -> int:
        """Of the process, which was begun."""
        assert self._process is not None, "begin it first"
        return self._process.pid

    async def begin(self) -> None:
        """Start it; back when legs can be made. Raises `ProcessDied`."""
        ours, its = socket.socketpair()
        our_files, its_files = socket.socketpair()
        self._files = FileSocket(our_files)
        loop = asyncio.get_running_loop()
        try:
            with its, its_files:
                descriptors = (its.fileno(), its_files.fileno())
                self._process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", "botkit.media.workers.worker", *map(str, descriptors)),
                    stdin=DEVNULL,
                    stdout=DEVNULL,
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                    pass_fds=descriptors,
                    start_new_session=True,  # what the terminal tells the bot is not for it
                )
            await loop.create_unix_connection(lambda: self._channel, sock=ours)
            self._channel.send(self._start)
            async with asyncio.timeout(READY_WITHIN):
                await asyncio.shield(self._ready)
        except TimeoutError:
            ours.close()
            await self.end(kill=True)
            raise ProcessDied(f"{self.name} was not ready within {READY_WITHIN:g} s") from None
        except BaseException:
            ours.close()
            await self.end(kill=True)
            raise
        self._watch = asyncio.create_task(self._watch_beats())

    def number(self) -> int:
        """One that no leg, sound or recording of this process has."""
        return next(self._numbers)

    def send(self, command: wire.Command) -> None:
        """To a process that is over it goes nowhere. Raises `ValueError` when it is too long."""
        self._channel.send(command)

    async def ask(self, make: Callable[[int], wire.Command]) -> str:
        """Send what `make` makes with the number of the question, and wait for its answer. Raises what the
        process raised (`OfferRefused`, `RecordingFailed`, `WorldError`), `ProcessDied`, `ValueError`."""
        return await self._ask(self.number(), make)

    async def ask_for_file(self, make: Callable[[int], wire.Command]) -> BinaryIO:
        """As `ask`, where the answer is a file; from its beginning, and whoever gets it closes it."""
        number = self.number()
        try:
            await self._ask(number, make)
            return self._filed.pop(number)
        finally:
            if number in self._filed:  # nobody waits for it any more
                self._filed.pop(number).close()

    def sound(self, pcm: Pcm) -> int:
        """The number under which the process has this sound, from now on or for long."""
        key = blake2b(pcm.samples, digest_size=16).digest(), pcm.rate
        known = self._sounds.get(key)
        if known is not None:
            self._sounds.move_to_end(key)
            return known[0]
        number, size = self.number(), len(pcm.samples)
        for at in range(0, max(size, 1), wire.MOST_PART):
            end = at + wire.MOST_PART
            self.send(wire.Keep(number, pcm.rate, pcm.samples[at:end], end >= size))
        self._kept += size
        while self._kept > MOST_SOUNDS and self._sounds:
            _, (oldest, dropped) = self._sounds.popitem(last=False)
            self._kept -= dropped
            self.send(wire.Forget(oldest))
        self._sounds[key] = number, size
        return number

    async def end(self, *, kill: bool = False) -> None:
        """End it, waiting for it; what legs it has are lost. Twice is no error."""
        self._ending = True
        if self._watch is not None:
            self._watch.cancel()
        self._channel.close()
        process = self._process
        if process is None:
            self._lost()
            return
        if not kill:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GRACE)
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
        if self._files is not None:
            self._files.close()

    def _take(self, report: wire.Report) -> None:
        self._beats_missed = 0
        match report:
            case wire.Heard(leg=number, at=at, samples=samples, voiced=voiced):
                if leg := self.legs.get(number):
                    leg.heard(Sound(at, samples, voiced))
            case wire.Told(leg=number):
                event = report.value()
                if leg := self.legs.get(number):
                    leg.told(event)
            case wire.Done(ask=ask, text=text):
                if (answer := self._asked.get(ask)) is not None and not answer.done():
                    answer.set_result(text)
            case wire.Filed(ask=ask):
                self._take_file(ask)
            case wire.Refused(ask=ask, kind=kind, what=what, where=where, remedy=remedy):
                if (answer := self._asked.get(ask)) is not None and not answer.done():
                    answer.set_exception(REFUSALS[kind](what, where=where, remedy=remedy))
            case wire.Logged(level=level, logger=name, text=text):
                logging.getLogger(name).log(level, "%s: %s", self.name, text)
            case wire.Ready():
                if not self._ready.done():
                    self._ready.set_result(None)
            case wire.Alive():
                pass

    def _take_file(self, ask: int) -> None:
        assert self._files is not None, "begun"
        answer = self._asked.get(ask)
        try:
            file = self._files.receive()
        except OSError as fault:
            if answer is not None and not answer.done():
                answer.set_exception(fault)
            return
        if answer is None or answer.done():
            file.close()
        else:
            self._filed[ask] = file
            answer.set_result("")

    def _lost(self) -> None:
        if self.over:
            return
        was_ready = self.ready
        self.over = True
        if self._files is not None:
            self._files.close()
        died = ProcessDied(f"{self.name} died")
        waited_for: list[asyncio.Future[None] | asyncio.Future[str]] = [self._ready, *self._asked.values()]
        for answer in waited_for:
            if not answer.done():
                answer.set_exception(died)
        self._ready.exception()  # who has given up waiting for it needs not be told
        legs, self.legs = self.legs, {}
        if was_ready and not self._ending:
            self._on_died(len(legs))
        for leg in legs.values():
            leg.lost()

    async def _ask(self, number: int, make: Callable[[int], wire.Command]) -> str:
        if self.over:
            raise ProcessDied(f"{self.name} is gone")
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self.send(make(number))
            return await answer
        finally:
            del self._asked[number]

    async def _watch_beats(self) -> None:
        while not self.over:
            await asyncio.sleep(1.0)
            self._beats_missed += 1
            if self._beats_missed >= BEATS_MISSED:
                log.error("%s has not moved for %d s and is ended", self.name, BEATS_MISSED)
                assert self._process is not None
                self._process.kill()
                return
