"""How often somebody may be wrong about a password, or about a client's secret."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

window = timedelta(minutes=1)
"""From the first wrong guess on, these count together."""
names_limit = 10_000
"""Accounts, or addresses, remembered; the one that was wrong longest ago goes first."""


class TooManyGuesses(Exception):
    """Not even what is right is taken now."""

    def __init__(self, wait: timedelta) -> None:
        self.seconds = math.ceil(wait.total_seconds())
        """Until another guess is taken."""
        super().__init__(f"too many wrong guesses; try again in {self.seconds} s")


class Guesses:
    """Wrong guesses of each name, which is an account or an address."""

    def __init__(self, limit: int) -> None:
        """`limit` wrong guesses in a `window`, and no more."""
        self._limit = limit
        self._wrong: dict[str, tuple[int, datetime]] = {}
        """How many, and when they are forgotten; the latest wrong one stands last."""

    def check(self, name: str, now: datetime) -> None:
        """Raises `TooManyGuesses`."""
        count, until = self._wrong.get(name, (0, now))
        if count >= self._limit and until > now:
            raise TooManyGuesses(until - now)

    def wrong(self, name: str, now: datetime) -> None:
        """One more."""
        count, until = self._wrong.pop(name, (0, now))
        self._wrong[name] = (count + 1, until) if until > now else (1, now + window)
        if len(self._wrong) > names_limit:
            del self._wrong[next(iter(self._wrong))]
