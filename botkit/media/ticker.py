"""One clock for all legs of an event loop: each has its 20 ms slots, on absolute deadlines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from .codecs import PTIME
from .playout import due_slot

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
        """`read` is called before slots are sent: what came may stop what would be sent."""
        self._read = read
        self._phases: list[list[Member]] = [[] for _ in range(PHASES)]
        self._beat = 0
        """The next one. A beat is a phase of a slot."""
        self._start = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, member: Member) -> None:
        """Its first slot is due at once; the others follow in the phase that has the fewest members."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer is None:
            self._start, self._beat = now, 1
            self._timer = loop.call_at(self._start + BEAT, self._run, loop)
        phase = min(range(PHASES), key=lambda phase: len(self._phases[phase]))
        ahead = self._beat + (phase - self._beat) % PHASES
        self._phases[phase].append(member)
        self._tick(member, ahead // PHASES - 1, now)

    def remove(self, member: Member) -> None:
        """No more slots. One that is not there is no error."""
        for phase in self._phases:
            if member in phase:
                phase.remove(member)
        if self._timer is not None and not any(self._phases):
            self._timer.cancel()
            self._timer = None

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        self._read()
        now = loop.time()
        due = int((now - self._start) / BEAT + EARLY)
        self._beat = due_slot(self._beat // PHASES, due // PHASES) * PHASES + self._beat % PHASES
        while self._beat <= due:
            for member in tuple(self._phases[self._beat % PHASES]):
                self._tick(member, self._beat // PHASES, now)
            self._beat += 1
        if self._timer is not None:
            self._timer = loop.call_at(self._start + self._beat * BEAT, self._run, loop)

    def _tick(self, member: Member, number: int, now: float) -> None:
        try:
            member.slot(number, now)
        except Exception:
            log.exception("a call cannot go on")
            self.remove(member)
            member.broken()
