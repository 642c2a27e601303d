"""Parts of a measurement in processes of their own, side by side, and how far they have come."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
Result = TypeVar("Result")

PROCESSES = 2 * (os.cpu_count() or 1)
"""Killed bots leave the cores idle for much of the time."""
TOLD_EVERY = 30.0
"""Seconds between two lines about how it goes."""


class SideBySide:
    """Begins with what was given first."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._begun = time.monotonic()
        self._parts: dict[Future[Any], str] = {}

    def do(
        self, name: str, work: Callable[P, Result], /, *arguments: P.args, **named: P.kwargs
    ) -> Future[Result]:
        """`work` and what it is given can be pickled."""
        part = self._pool.submit(work, *arguments, **named)
        self._parts[part] = name
        return part

    def until_done(self) -> None:
        """Tell how it goes until all is over, however it ends."""
        left = set(self._parts)
        next_told = 0.0
        while left:
            over, left = wait(left, TOLD_EVERY, FIRST_COMPLETED)
            for part in over:
                if part.exception() is not None:
                    self._say(f"{self._parts[part]} broke off")
            if time.monotonic() >= next_told or not left:
                next_told = time.monotonic() + TOLD_EVERY
                # The pool says of some that wait that they run; the first of those do.
                running = ", ".join([name for part, name in self._parts.items() if part in left][:PROCESSES])
                done = len(self._parts) - len(left)
                self._say(f"{done} of {len(self._parts)} parts{f'; at work: {running}' if running else ''}")

    def _say(self, line: str) -> None:
        minutes, seconds = divmod(round(time.monotonic() - self._begun), 60)
        print(f"{minutes:3}:{seconds:02}  {line}", file=sys.stderr, flush=True)


@contextmanager
def side_by_side() -> Iterator[SideBySide]:
    """When it breaks off, what has not begun does not begin."""
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        try:
            yield SideBySide(pool)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
