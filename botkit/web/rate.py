"""How often something may come."""

from __future__ import annotations

from collections import deque

from botkit.model.limits import Rate


class Pacer:
    """Lets through what keeps to a rate; what is refused does not count. Pure: the caller brings the time."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._times: deque[float] = deque(maxlen=rate.number)

    def one_more(self, now: float) -> float:
        """Seconds until there is room for one more; 0 = it is let through."""
        if len(self._times) == self._rate.number:
            left = self._times[0] + self._rate.seconds - now
            if left > 0:
                return left
        self._times.append(now)
        return 0.0
