"""`media:`, who carries the sound of calls."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from botkit.model.limits import Limits

MOST_WORKERS = 64
CALLS_OF_A_PROCESS = 150
"""Calls that one core of the slowest machine measured carries in time while the bot listens to all of them
and records them (docs/performance.md)."""


class MediaBlock(BaseModel):
    """`media:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    workers: int = Field(0, ge=0, le=MOST_WORKERS)
    """Processes that do nothing else, one for each core to be spent on it; 0 = the bot's own."""


def carried(limits: Limits, workers: int) -> Limits:
    """`limits` with as many calls as the processes carry, where it bounds them not by itself."""
    if limits.calls is not None:
        return limits
    return replace(limits, calls=CALLS_OF_A_PROCESS * max(1, workers))
