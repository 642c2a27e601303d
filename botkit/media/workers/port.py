"""`ports.audio.AudioPort` over media processes: each has an event loop, and so a core, to itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Literal

from botkit.model.plural import counted
from botkit.ports.audio import Leg, LegEvent, OfferRefused

from .leg import WorkerLeg
from .process import MediaProcess, ProcessDied
from .wire import Start

log = logging.getLogger(__name__)

TRIES = 2
"""Processes that a leg is tried on: one may die just then."""


class _Place:
    """Where one process is, and after it another one."""

    def __init__(self, name: str, start: Start) -> None:
        self._name = name
        self._start = start
        self._starting: asyncio.Task[MediaProcess] | None = None
        self._process: MediaProcess | None = None
        self._waiting = 0
        self._closed = False

    @property
    def process(self) -> MediaProcess | None:
        """The one that legs can be made in, or was."""
        return self._process

    @property
    def load(self) -> tuple[bool, int]:
        """The less, the sooner it gets the next call."""
        ready = self._process is not None and self._process.ready
        legs = len(self._process.legs) if self._process is not None else 0
        return not ready, legs + self._waiting

    def start(self) -> asyncio.Task[MediaProcess]:
        """Begin to start one, unless one is there or on its way."""
        alive = self._process is not None and not self._process.over
        if self._starting is None or (self._starting.done() and not alive):
            self._closed = False
            self._starting = asyncio.create_task(self._launch())
            self._starting.add_done_callback(_look_at)
        return self._starting

    async def ready(self) -> MediaProcess:
        """The process, once legs can be made. Raises `ProcessDied`."""
        self._waiting += 1
        try:
            return await asyncio.shield(self.start())
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """End it."""
        self._closed = True
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        if self._process is not None:
            await asyncio.gather(*(leg.close() for leg in _legs(self._process)), return_exceptions=True)
            await self._process.end()

    async def _launch(self) -> MediaProcess:
        process = MediaProcess(self._name, self._start, self._died)
        await process.begin()
        self._process = process
        return process

    def _died(self, legs: int) -> None:
        """A process that was ready is replaced at once."""
        if not self._closed:
            calls = counted(legs, "call")
            log.error("%s died, and %s with it; it is started again", self._name, calls)
            self.start()


class WorkerAudioPort:
    """Makes legs in the process that has fewest."""

    def __init__(
        self,
        workers: int,
        *,
        activity: str = "",
        loopback: Literal["auto"] | bool = "auto",
        cache_folder: Path | None = None,
    ) -> None:
        """`workers` processes, one or more. `activity` is `package.module:callable` and makes what makes the
        voice activity of each leg (`speech.gates:VoiceGates`); sounds tell then whether they are speech.
        The rest as for `engine.engine_port`."""
        start = Start(
            loopback=loopback,
            cache_folder=None if cache_folder is None else str(cache_folder),
            activity=activity,
            log_level=logging.getLogger("botkit").getEffectiveLevel(),
        )
        self._places = [_Place(f"media process {number}", start) for number in range(1, workers + 1)]

    @property
    def processes(self) -> list[MediaProcess]:
        """Those that run."""
        return [place.process for place in self._places if place.process is not None and place.process.ready]

    async def start(self) -> None:
        """Start the processes; the first leg waits for one."""
        await asyncio.wait([place.start() for place in self._places])

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> WorkerLeg:
        """Answer an SDP offer; raises `OfferRefused`."""
        return await self._make(on_event, lambda leg: leg.answer_offer(offer), None)

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> WorkerLeg:
        """A leg with an offer of ours, in the process of `beside`."""
        return await self._make(on_event, WorkerLeg.make_offer, beside)

    async def close(self) -> None:
        """Close what is left, and end the processes."""
        await asyncio.gather(*(place.close() for place in self._places))

    async def _make(
        self,
        on_event: Callable[[LegEvent], None],
        begin: Callable[[WorkerLeg], Coroutine[None, None, None]],
        beside: Leg | None,
    ) -> WorkerLeg:
        fault: ProcessDied | None = None
        for _ in range(TRIES):
            try:
                process = await self._process(beside)
                leg = WorkerLeg(process, on_event)
                await begin(leg)
            except ProcessDied as died:
                fault = died
            else:
                return leg
        raise OfferRefused(f"there is no process to carry the sound of the call: {fault}") from fault

    async def _process(self, beside: Leg | None) -> MediaProcess:
        if isinstance(beside, WorkerLeg):
            if beside.process.over:
                raise ProcessDied(f"{beside.process.name} is gone")
            return beside.process
        return await min(self._places, key=lambda place: place.load).ready()


def _legs(process: MediaProcess) -> list[WorkerLeg]:
    return [leg for leg in process.legs.values() if isinstance(leg, WorkerLeg)]


def _look_at(starting: asyncio.Task[MediaProcess]) -> None:
    if not starting.cancelled() and (fault := starting.exception()) is not None:
        log.error("a media process does not start: %s", fault)
