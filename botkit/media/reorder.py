"""Packets back in the order of their numbers, without a standing delay. Pure."""

from __future__ import annotations

from typing import Generic, TypeVar

from .rtp import ahead

WINDOW = 2
"""Younger packets that a missing one is waited for. They are let go together, so a loss delays nothing
behind it."""
LATEST = 100
"""Packets this far behind belong to a stream that began anew (RFC 3550 appendix A.1)."""
FARTHEST = 3000
"""And so do those this far ahead."""

T = TypeVar("T")


class Reorder(Generic[T]):
    """The order of one stream. What comes twice, or too late, is dropped."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, T] = {}

    def add(self, sequence: int, item: T) -> list[T]:
        """What can go on now that the packet of this number (16 bits, wraps) has come."""
        distance = 0 if self._next is None else ahead(sequence, self._next)
        if self._next is None or not -LATEST <= distance <= FARTHEST:
            begun_anew = self.flush()
            self._next = (sequence + 1) & 0xFFFF
            return [*begun_anew, item]
        if distance < 0:
            return []
        self._held[sequence] = item
        ready = self._in_row()
        if len(self._held) > WINDOW:
            self._next = self._oldest()
            ready += self._in_row()
        return ready

    def flush(self) -> list[T]:
        """What is held back, in order: the missing ones are given up."""
        ready: list[T] = []
        while self._held:
            self._next = self._oldest()
            ready += self._in_row()
        return ready

    def _in_row(self) -> list[T]:
        ready: list[T] = []
        while self._next in self._held:
            ready.append(self._held.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
        return ready

    def _oldest(self) -> int:
        base = self._next or 0
        return min(self._held, key=lambda sequence: ahead(sequence, base))
