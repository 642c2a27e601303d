"""Garbage of a process that must not pause: no collection on the audio loop takes longer than a few ms.

A full collection looks at every object there is: 15 ms with 100 calls, and 50 ms with what was imported.
So Python's own ones are off. What is alive is frozen in small steps: no collection looks at it again, and
when its last reference goes it is freed as ever. What only a full collection finds waits until nobody talks.
"""

from __future__ import annotations

import gc
import logging
import time

from botkit.model.plural import counted

log = logging.getLogger(__name__)

STEP = 2_000
"""New objects after which a collection looks at them: about 1 ms."""
LOOK_EVERY = 100
"""Legs between two looks at how much garbage is frozen."""
MOST_FROZEN = 300_000
"""Objects that may be frozen beyond those of legs that live: some 50-100 MB."""
OF_A_LEG = 1_000
"""Objects of a leg, at most."""


class Memory:
    """Takes the place of Python's automatic collections in this process."""

    def __init__(self) -> None:
        self._base = 0
        self._closed = 0

    def settle(self) -> None:
        """All is imported and made: from now on there are no other collections than these."""
        gc.disable()
        self._collect_all()
        self._base = gc.get_freeze_count()

    def look(self) -> None:
        """To be called often: where much is new, sort out what of it is garbage already."""
        if gc.get_count()[0] >= STEP:
            gc.collect()
            gc.freeze()

    def leg_closed(self, left: int) -> None:
        """A leg is over; `left` = those that are not."""
        self._closed += 1
        if left == 0:
            self._collect_all()
        elif self._closed % LOOK_EVERY == 0:
            frozen = gc.get_freeze_count() - self._base - left * OF_A_LEG
            if frozen > MOST_FROZEN:
                begun = time.perf_counter()
                self._collect_all()
                log.warning(
                    "much garbage was left by calls: collecting it took %.0f ms, with %s",
                    1000 * (time.perf_counter() - begun),
                    counted(left, "call talking", "calls talking"),
                )

    def _collect_all(self) -> None:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
