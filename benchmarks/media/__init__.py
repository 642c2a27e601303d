"""What calls cost, how many a core carries in time, and how quickly the bot hears and answers.

Each part is a process or two of its own: the bot has the last core of the machine, whoever calls it the
first one. Every figure that has a peer is taken beside it in the same run.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable
from importlib import import_module

from benchmarks import Figure

PARTS = ("load", "stops", "first_packet", "losses", "receiving", "replies", "browser")
"""Modules with `async def measure(quick: bool, control: bool) -> Sequence[Figure]`. Peers, whose Python has
nothing of botkit, import this package too: so parts are imported only here."""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Of many calls at once, beside other ways to hold them. The control's faults are those of each part."""
    for name in PARTS:
        part = import_module(f"{__name__}.{name}")
        begun = time.monotonic()
        yield from asyncio.run(part.measure(quick, control))
        print(f"media: {name} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
