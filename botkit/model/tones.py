"""Tones that a telephone makes."""

from __future__ import annotations

import math
from array import array
from functools import cache

from .pcm import Pcm

RATE = 16_000
LEVEL = 0.2
"""Of full scale, for all frequencies together."""
RAMP = 0.005
"""Seconds of fading in and out, so that nothing clicks."""


def tone(frequencies: tuple[int, ...], seconds: float) -> Pcm:
    """Sines of these frequencies (Hz) together; none = silence."""
    count = round(seconds * RATE)
    # Together they repeat themselves at the rate of their greatest common divisor.
    period = RATE // math.gcd(RATE, *frequencies)
    level = LEVEL * 32767 / max(1, len(frequencies))
    wave = [
        level * sum(math.sin(2 * math.pi * hertz * n / RATE) for hertz in frequencies) for n in range(period)
    ]
    samples = array("h", (round(each) for each in wave)) * (count // period + 1)
    del samples[count:]
    ramp = max(1, round(RAMP * RATE))
    for n in range(min(ramp, count // 2)):
        for at in (n, count - 1 - n):
            samples[at] = round(n / ramp * wave[at % period])
    return Pcm(samples.tobytes(), RATE)


@cache
def beep() -> Pcm:
    """Speak after this: 1 kHz, 250 ms."""
    return tone((1000,), 0.25)


@cache
def ringback() -> Pcm:
    """It rings at the far end: one period of the North American cadence, 2 s on and 4 s off."""
    return Pcm(tone((440, 480), 2.0).samples + tone((), 4.0).samples, RATE)
