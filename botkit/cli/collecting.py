"""When Python looks for cycles among a running bot's objects."""

from __future__ import annotations

import gc

YOUNG = 10_000
"""Objects that may have come, and not gone, until those are looked through (Python's own: 700). Twenty turns
at once make a few thousand, which all go again by themselves: to look through them whenever there are 700
more was a sixth of the CPU of a turn. One look takes half a millisecond, so no call waits for it."""
OFTEN = 20
"""Looks at the young until the older ones are looked through, twice."""


def once_ready() -> None:
    """To be called when a bot has started: its flows, modules and all else that is there now stays, and is
    never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OFTEN, OFTEN)
