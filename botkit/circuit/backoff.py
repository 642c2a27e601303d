"""How long to wait before the next attempt to reconnect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """The first wait is random, so that the clients of a server that restarts do not return all at once;
    the later ones double. Seconds throughout; the defaults are the official client's."""

    first: tuple[float, float] = (7.0, 15.0)
    """Bounds of the random first wait."""
    second: float = 8.0
    longest: float = 64.0

    def delay(self, attempt: int, dice: float) -> float:
        """Seconds before attempt 0, 1, 2 ...; `dice` in [0, 1) decides the random part."""
        if attempt == 0:
            low, high = self.first
            return low + (high - low) * dice
        doublings = min(attempt - 1, 30)
        return min(self.second * 2.0**doublings, self.longest)
