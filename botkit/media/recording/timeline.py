"""Where packets of RTP streams belong on the steady time line of a call. Pure.

Time stamps say how packets of one stream follow each other, arrivals when that was: a packet can come late,
never early. So the packets with the shortest delay of the next few seconds tell where all around them belong,
and what a network held back lands where it was spoken. Clocks that drift apart are followed in small steps.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from botkit.media.rtp.header import ahead

AHEAD = 250
"""Packets, the next ones, of which the shortest delay counts."""
EARLY = 0.2
"""Seconds that a packet may come before all others of its stretch told; beyond that its time stamps leapt."""
DRIFT = 0.04
"""Seconds by which time stamps and arrivals may part until the time line follows the arrivals."""


@dataclass(slots=True)
class Stream:
    """Packets of one side with one codec, in the order in which they came."""

    clock_rate: int
    at: array[float] = field(default_factory=lambda: array("d"))
    """Seconds."""
    timestamps: array[int] = field(default_factory=lambda: array("L"))
    """32 bits, in units of the clock rate, wrapping."""

    def add(self, at: float, timestamp: int) -> None:
        """The next packet."""
        self.at.append(at)
        self.timestamps.append(timestamp)


def placed(stream: Stream) -> list[list[tuple[int, float]]]:
    """(number of the packet, second at which it begins) in the order in which they sound, without doubles; a
    list for each stretch in which time stamps run on."""
    ticks = _unwrapped(stream.timestamps)
    return [_stretch(stream, ticks, range(*bounds)) for bounds in _bounds(stream, ticks)] if ticks else []


def _unwrapped(timestamps: Sequence[int]) -> list[int]:
    ticks: list[int] = []
    last = 0
    for timestamp in timestamps:
        last += ahead(timestamp, last & 0xFFFFFFFF, 32) if ticks else timestamp
        ticks.append(last)
    return ticks


def _bounds(stream: Stream, ticks: Sequence[int]) -> list[tuple[int, int]]:
    """Where time stamps leap ahead of time: that no network does."""
    starts, least = [0], float("inf")
    for number, (at, tick) in enumerate(zip(stream.at, ticks, strict=True)):
        delay = at - tick / stream.clock_rate
        if number and delay < least - EARLY:
            starts.append(number)
        least = min(least, delay)
    return list(zip(starts, [*starts[1:], len(ticks)], strict=True))


def _stretch(stream: Stream, ticks: Sequence[int], numbers: range) -> list[tuple[int, float]]:
    rate = stream.clock_rate
    delays = np.array([stream.at[number] - ticks[number] / rate for number in numbers])
    padded = np.concatenate([delays, np.full(AHEAD - 1, np.inf)])
    shortest = np.lib.stride_tricks.sliding_window_view(padded, AHEAD).min(axis=1)
    order: list[tuple[int, float]] = []
    last_tick, here = None, 0.0
    for number in sorted(numbers, key=ticks.__getitem__):
        tick = ticks[number]
        if tick == last_tick:
            continue
        told = float(shortest[number - numbers.start]) + tick / rate
        here = told if last_tick is None else here + (tick - last_tick) / rate
        if abs(here - told) > DRIFT:
            here = told
        order.append((number, here))
        last_tick = tick
    return order
