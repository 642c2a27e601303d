"""How much a client may ask: a token bucket, with some patience after it is empty."""

from __future__ import annotations

from enum import Enum, auto

rate = 1000.0
"""Requests a second that a client may send for long. The official ones send 10."""
burst = 2000.0
"""And at once."""
patience = 1000
"""Requests above that which are answered with a refusal before the client is let go."""


class Verdict(Enum):
    """What becomes of a request."""

    SERVE = auto()
    REFUSE = auto()
    LET_GO = auto()
    """Too many refusals: end the connection."""


class Allowance:
    """One client's. Times are in seconds, of a clock that never goes back."""

    def __init__(self, now: float, *, rate: float = rate, burst: float = burst) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._last = now
        self._refused = 0

    def ask(self, now: float) -> Verdict:
        """Whether one more request is served."""
        self._left = min(self._burst, self._left + (now - self._last) * self._rate)
        self._last = now
        if self._left >= 1:
            self._left -= 1
            return Verdict.SERVE
        self._refused += 1
        return Verdict.LET_GO if self._refused > patience else Verdict.REFUSE
