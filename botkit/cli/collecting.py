"""When Python looks for cycles among a running bot's objects."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 10_000
"""Objects that may have come, and not gone, until those are looked through (Python's own: 700). Twenty turns
at once make a few thousand, which all go again by themselves: to look through them whenever there are 700
more was a sixth of the CPU of a turn. One look takes half a millisecond, so no call waits for it."""
OFTEN = 5
"""Looks at the young until those that were left by them are looked through."""
SELDOM = 2
"""Of these, until all are that have come since the start. What a call leaves refers to itself in circles, and
its buffers are much more than the objects that count: some hundred calls may wait so, not thousands."""


@contextmanager
def while_loading() -> Iterator[None]:
    """Look for none: of what modules and flows make while they are read nearly all stays, and to look through
    it again and again was a tenth of a start. Not to be held for long, since nothing is collected in it."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # until `once_ready`, which looks through all of it
        gc.enable()


def once_ready() -> None:
    """To be called when a bot has started and is warmed up: its flows, modules and all else that is there now
    stays, and is never looked through again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.collect()  # of nothing: else all is looked through only once a quarter as much as now stays has come
    gc.set_threshold(YOUNG, OFTEN, SELDOM)
