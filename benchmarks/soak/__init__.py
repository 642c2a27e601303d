"""A bot that is left alone: half an hour of calls and chats, and what of it stays in memory.

Sandbox, callers and writers are here, the bot is a process of its own. Calls and chats go on without a
pause; each takes a few seconds, and then the next one begins. The slope is that of the memory of the bot
and its engines over the last two thirds, as a line through all samples. Handles and tasks are counted by a
handler, while nobody talks: after a warm-up, and in the end.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import Figure

from .house import Counted, Soak
from .memory import Sample

MINUTES = 30.0
CONTROL_MINUTES = 3.0
QUICK_MINUTES = 0.2
WARM_UP_SECONDS = 10.0
"""Until the bot has all that it needs once and for all."""
SETTLES = 1 / 3
"""Of the time, before memory counts."""
CALLS = 4
CHATS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a soak."""

    samples: Sequence[Sample]
    before: Counted
    after: Counted
    calls: int
    chats: int
    failed: int
    """Calls and chats that did not go as they should."""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """In the control a handler keeps a task, a handle and a megabyte for each message."""
    minutes = QUICK_MINUTES if quick else CONTROL_MINUTES if control else MINUTES
    with tempfile.TemporaryDirectory(prefix="botkit-soak-") as folder:
        result = asyncio.run(_soak(Path(folder), minutes, leaking=control))
    before, after = result.before, result.after
    return [
        Figure(
            name="memory_slope_per_open_call",
            value=slope([each for each in result.samples if each.at >= 60 * minutes * SETTLES]) / CALLS,
            unit="MB/h",
            limit=None if quick else 1,  # over seconds a slope is nothing but noise
        ),
        Figure(name="memory_at_the_end", value=result.samples[-1].megabytes, unit="MB"),
        Figure(name="handles_left", value=after.handles - before.handles, unit="files", limit=0),
        Figure(name="tasks_left", value=after.tasks - before.tasks, unit="tasks", limit=0),
        Figure(name="threads_left", value=after.threads - before.threads, unit="threads", limit=0),
        Figure(name="soak_failed", value=result.failed, unit="calls and chats", limit=0),
        Figure(name="soak_calls", value=result.calls, unit="calls"),
        Figure(name="soak_chats", value=result.chats, unit="chats"),
        Figure(name="soak_minutes", value=minutes, unit="min"),
    ]


def slope(samples: Sequence[Sample]) -> float:
    """Megabytes an hour, of the line that fits best."""
    per_second, _ = np.polyfit([each.at for each in samples], [each.megabytes for each in samples], 1)
    return 3600 * float(per_second)


async def _soak(folder: Path, minutes: float, *, leaking: bool) -> Result:
    soak = Soak(folder, calls=CALLS, chats=CHATS, leaking=leaking)
    try:
        await soak.start()
        await soak.go_on(WARM_UP_SECONDS)
        before = await soak.count()
        samples = await soak.go_on(60 * minutes)
        after = await soak.count()
    finally:
        await soak.close()
    return Result(
        samples=samples,
        before=before,
        after=after,
        calls=soak.calls_made,
        chats=soak.chats_made,
        failed=soak.failed,
    )
