"""Packets back in the order of their numbers, without a standing delay. Pure.

A packet in order goes on at once. One that is missing is waited for, and what came behind it is held back,
for as long as it may still come; then all that is held goes on together, so that a loss delays nothing
behind it.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from botkit.media.rtp.header import ahead

PATIENCE = 0.045
"""Seconds that a missing packet is waited for since a younger one came. That one was due 20 ms later: so
a missing one has 60 ms beyond its own time, and a little for what the younger one was late itself."""
MOST_HELD = 64
"""Packets; with more of them the missing ones are given up, however soon they came."""
LATEST = 100
"""Packets this far behind belong to a stream that began anew (RFC 3550 appendix A.1)."""
FARTHEST = 3000
"""And so do those this far ahead."""

T = TypeVar("T")


class Reorder(Generic[T]):
    """The order of one stream. What comes twice, or too late, is dropped.

    What goes on are pairs: how many packets in front of this one are given up, and it.
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, tuple[float, T]] = {}

    @property
    def waits(self) -> bool:
        """Packets are held back for a missing one."""
        return bool(self._held)

    def add(self, sequence: int, item: T, at: float) -> list[tuple[int, T]]:
        """What can go on now that the packet of this number (16 bits, wraps) has come, `at` seconds."""
        if sequence == self._next and not self._held:
            self._next = (sequence + 1) & 0xFFFF
            return [(0, item)]
        distance = 0 if self._next is None else ahead(sequence, self._next)
        if self._next is None or not -LATEST <= distance <= FARTHEST:
            begun_anew = self.flush()
            self._next = (sequence + 1) & 0xFFFF
            return [*begun_anew, (0, item)]
        if distance < 0 or sequence in self._held:
            return []
        self._held[sequence] = at, item
        ready = self._in_row(0)
        if len(self._held) > MOST_HELD:
            ready += self._given_up()
        return ready + self.due(at)

    def due(self, now: float) -> list[tuple[int, T]]:
        """What can go on because the missing ones in front of it have been waited for long enough."""
        ready: list[tuple[int, T]] = []
        while self._held and now - min(at for at, _ in self._held.values()) > PATIENCE:
            ready += self._given_up()
        return ready

    def flush(self) -> list[tuple[int, T]]:
        """What is held back, in order: the missing ones are given up."""
        ready: list[tuple[int, T]] = []
        while self._held:
            ready += self._given_up()
        return ready

    def _given_up(self) -> list[tuple[int, T]]:
        """What waits for the first run of missing packets."""
        first = self._next or 0
        missing = min(ahead(sequence, first) for sequence in self._held)
        self._next = (first + missing) & 0xFFFF
        return self._in_row(missing)

    def _in_row(self, missing: int) -> list[tuple[int, T]]:
        ready: list[tuple[int, T]] = []
        while self._next in self._held:
            _, item = self._held.pop(self._next)
            ready.append((missing, item))
            missing = 0
            self._next = (self._next + 1) & 0xFFFF
        return ready
