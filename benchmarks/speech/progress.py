"""How far a long measurement is, on stderr."""

from __future__ import annotations

import sys
import time

EVERY = 15.0
"""Seconds between two lines."""


class Progress:
    """Counts what is done of `total`."""

    def __init__(self, name: str, total: int) -> None:
        self._name = name
        self._total = total
        self._done = 0
        self._begun = self._told = time.monotonic()

    def one_more(self) -> None:
        """Tells now and then, and at the end."""
        self._done += 1
        now = time.monotonic()
        if now - self._told >= EVERY or self._done == self._total:
            self._told = now
            spent = now - self._begun
            print(
                f"{self._name}: {self._done} of {self._total} in {spent:.0f} s", file=sys.stderr, flush=True
            )
