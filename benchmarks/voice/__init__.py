"""How fast the bot speaks, falls silent and understands, by the times of the packets a caller gets.

Scripted callers ring a bot on a sandbox of its own. Where the bot shares their process and event loop, what
they do only adds to the figures. Each part of the control has faults of its own (`faults.py`); each limit
must see one.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable

from benchmarks import Figure

from . import answers, interruptions, keys, load


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Of prompts and keys, of spoken answers, of barge-in, and of many calls at once."""
    for part in (keys, answers, interruptions, load):
        begun = time.monotonic()
        yield from asyncio.run(part.measure(quick, control))
        name = part.__name__.rpartition(".")[2]
        print(f"voice: {name} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
