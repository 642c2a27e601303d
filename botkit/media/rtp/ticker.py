"""One clock for all legs of an event loop: each has its 20 ms slots, on absolute deadlines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from botkit.media.codecs import PTIME

from .slots import due_slot

log = logging.getLogger(__name__)

PHASES = 4
"""That a slot is divided into, so that not all legs send at once."""
BEAT = PTIME / PHASES
"""Seconds."""
EARLY = 0.01
"""Of a beat: a timer may fire so much before its time and counts as in time."""


class Member(Protocol):
    """Whoever has slots."""

    def slot(self, number: int, now: float) -> None:
        """The slot of this number is due; `now` = `time.monotonic()`. Numbers that are left out have
        passed unused. Must not wait."""
        ...

    def broken(self) -> None:
        """`slot` raised, and is not called any more."""
        ...


class Ticker:
    """Runs while it has members."""

    def __init__(self, read: Callable[[], None]) -> None:
        """`read` is called twice in each beat, and whoever it told has a turn of the loop before the beat's
        slots are sent: a key that came just now stops the prompt that is due. What it raises is logged, once
        in a row."""
        self._read = read
        self._phases: list[list[Member]] = [[] for _ in range(PHASES)]
        self._beat = 0
        """The next one. A beat is a phase of a slot."""
        self._start = 0.0
        self._running = False
        self._blind = False
        """The last look failed, and the log has been told."""

    def add(self, member: Member) -> None:
        """Its first slot is due at once; the others follow in the phase that has the fewest members."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if not self._running:
            self._running, self._start, self._beat = True, now, 1
            self._wait(loop)
        phase = min(range(PHASES), key=lambda phase: len(self._phases[phase]))
        ahead = self._beat + (phase - self._beat) % PHASES
        self._phases[phase].append(member)
        self._tick(member, ahead // PHASES - 1, now)

    def remove(self, member: Member) -> None:
        """No more slots. One that is not there is no error."""
        for phase in self._phases:
            if member in phase:
                phase.remove(member)

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_at(self._start + self._beat * BEAT, self._take_in, loop)

    def _take_in(self, loop: asyncio.AbstractEventLoop) -> None:
        self._look()
        loop.call_soon(self._look_again, loop)

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        """With many calls, reading and hearing take milliseconds: keys have come meanwhile. What falls due
        from now on waits for the next look."""
        due = int((loop.time() - self._start) / BEAT + EARLY)
        self._look()
        loop.call_soon(self._send, loop, due)

    def _look(self) -> None:
        if not any(self._phases):  # behind the last of them, what is read from may be closed
            return
        try:
            self._read()
            self._blind = False
        except Exception:  # whoever it was about: the slots of all are due
            if not self._blind:
                log.exception("packets of calls cannot be read")
            self._blind = True

    def _send(self, loop: asyncio.AbstractEventLoop, due: int) -> None:
        now = loop.time()
        self._beat = due_slot(self._beat // PHASES, due // PHASES) * PHASES + self._beat % PHASES
        while self._beat <= due:
            for member in tuple(self._phases[self._beat % PHASES]):
                self._tick(member, self._beat // PHASES, now)
            self._beat += 1
        self._running = any(self._phases)
        if self._running:
            self._wait(loop)

    def _tick(self, member: Member, number: int, now: float) -> None:
        try:
            member.slot(number, now)
        except Exception:
            log.exception("a call cannot go on")
            self.remove(member)
            asyncio.get_running_loop().call_soon(member.broken)  # what that raises is nobody else's
