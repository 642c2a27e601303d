"""How fast the bot speaks, falls silent and understands, by the times of the packets a caller gets.

Scripted callers ring a bot on a sandbox of its own. Where the bot shares their process and event loop, what
they do only adds to the figures. The control's audio port starts and stops prompts late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from benchmarks import Figure

from . import answers, interruptions, keys, load
from .ports import Late


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Of prompts and keys, of spoken answers, of barge-in, and of many calls at once."""
    change_audio = Late if control else None
    yield from asyncio.run(keys.measure(quick, change_audio))
    yield from asyncio.run(answers.measure(quick, change_audio))
    yield from asyncio.run(interruptions.measure(quick, change_audio))
    if not control:  # its bot is a process, which no wrapper reaches
        yield from asyncio.run(load.measure(quick))
