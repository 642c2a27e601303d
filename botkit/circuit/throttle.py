"""The server's limit on requests, kept by the client: it drops who asks faster."""

from __future__ import annotations

from collections import deque


class Throttle:
    """At most `limit` requests in any `window` seconds. Pure: the caller brings the time and waits."""

    def __init__(self, limit: int = 20, window: float = 2.0) -> None:
        self._window = window
        self._slots: deque[float] = deque(maxlen=limit)

    def reserve(self, now: float) -> float:
        """Take the next free slot; the seconds to wait for it."""
        slot = now
        if len(self._slots) == self._slots.maxlen:
            slot = max(now, self._slots[0] + self._window)
        self._slots.append(slot)
        return slot - now
