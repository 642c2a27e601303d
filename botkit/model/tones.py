"""Tones that a telephone makes."""

from __future__ import annotations

import math
from array import array

from .pcm import Pcm

RATE = 16_000
LEVEL = 0.2
"""Of full scale, for all frequencies together."""
RAMP = 0.005
"""Seconds of fading in and out, so that nothing clicks."""


def tone(frequencies: tuple[float, ...], seconds: float) -> Pcm:
    """Sines of these frequencies (Hz) together; none = silence."""
    count = round(seconds * RATE)
    ramp = max(1, round(RAMP * RATE))
    each = LEVEL * 32767 / max(1, len(frequencies))
    samples = array("h")
    for n in range(count):
        gain = min(1.0, n / ramp, (count - 1 - n) / ramp)
        value = sum(math.sin(2 * math.pi * hertz * n / RATE) for hertz in frequencies)
        samples.append(round(gain * each * value))
    return Pcm(samples.tobytes(), RATE)


def beep() -> Pcm:
    """Speak after this: 1 kHz, 250 ms."""
    return tone((1000.0,), 0.25)


def ringback() -> Pcm:
    """It rings at the far end: one period of the North American cadence, 2 s on and 4 s off."""
    return Pcm(tone((440.0, 480.0), 2.0).samples + tone((), 4.0).samples, RATE)
