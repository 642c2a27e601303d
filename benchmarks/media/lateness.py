"""How late packets are, and how many calls are too many. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LATE = 0.020
"""Seconds behind its slot from which a packet is late."""
MOST_LATE = 1.0
"""Percent of late packets that is too many."""
_WRAP = 2**32


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The packets of one call, in order of arrival."""

    times: Sequence[int]
    """Nanoseconds, by the kernel."""
    timestamps: Sequence[int]
    """RTP timestamps."""
    clock_rate: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """Of many calls over one window."""

    packets: int
    """That came."""
    missing: int
    """That should have come as well."""
    late_percent: float
    """Of all that should have come: late by more than `LATE`, or missing."""
    median: float
    """Seconds."""
    p99: float
    worst: float


def offsets(arrivals: Arrivals) -> list[float]:
    """Seconds by which each packet is behind its slot. The slots of a call are 20 ms apart by its RTP
    timestamps, and lie so that its most punctual packet is in time."""
    if not arrivals.times:
        return []
    first_time, first_stamp = arrivals.times[0], arrivals.timestamps[0]
    behind = [
        (time - first_time) / 1e9 - _since(stamp, first_stamp) / arrivals.clock_rate
        for time, stamp in zip(arrivals.times, arrivals.timestamps, strict=True)
    ]
    earliest = min(behind)
    return [each - earliest for each in behind]


def punctuality(calls: Iterable[Arrivals], due: int) -> Punctuality:
    """`due` = packets that each call should have got in the window; one more or less depends on its edges."""
    behind: list[float] = []
    missing = 0
    for call in calls:
        mine = offsets(call)
        behind += mine
        missing += max(0, due - 1 - len(mine))
    behind.sort()
    expected = len(behind) + missing
    late = sum(each > LATE for each in behind) + missing
    return Punctuality(
        packets=len(behind),
        missing=missing,
        late_percent=100 * late / expected if expected else 100.0,
        median=behind[len(behind) // 2] if behind else float("inf"),
        p99=behind[len(behind) * 99 // 100] if behind else float("inf"),
        worst=behind[-1] if behind else float("inf"),
    )


def last_good(steps: Iterable[tuple[int, bool]]) -> int:
    """The calls of the last step before the first one that was not good; 0 = that was the first one."""
    best = 0
    for calls, good in steps:
        if not good:
            break
        best = calls
    return best


def _since(stamp: int, first: int) -> int:
    """Timestamp units, negative for an older one."""
    ahead = (stamp - first) % _WRAP
    return ahead - _WRAP if ahead >= _WRAP // 2 else ahead
