"""Telephone keys by their tones, for a far end that offers no telephone-events. Pure.

A bank of eight Goertzel filters (a matrix product) over windows of 12.75 ms, twice as many as fit. The
numbers are those that found every clean 40 ms key of all kinds and none in half an hour of speech.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .keytones import COLUMNS, PAD, ROWS

RATE = 16_000
WINDOW = 204
HOP = 102
ACCEPT = 4
"""Windows in a row that show the same key before it counts: 20 ms are none, 40 ms are."""
RELEASE = 3
"""Windows in a row without it after which it is up."""
BRIDGED = 6
"""Windows in a row that lost packets may take out of a key: about 40 ms."""
SHARE = 0.60
"""Of a window's energy, that the two tones have at least."""
STANDS_OUT = 6.3
"""Times the power of the next one of its group (8 dB)."""
TWIST = 10.0
"""Times the power of the other group's tone, at most (10 dB)."""
FLOOR = 1e-4
"""Of full scale squared: what is weaker is silence."""

Floats = npt.NDArray[np.float64]


class KeyDetector:
    """One stream's keys. A key is told once, while it is still down."""

    def __init__(self) -> None:
        time = np.arange(WINDOW) / RATE
        self._bank = np.exp(-2j * np.pi * np.outer((*ROWS, *COLUMNS), time))
        self._samples: Floats = np.zeros(0)
        self._known: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._candidate: str | None = None
        self._hits = 0
        self._down: str | None = None
        self._misses = 0
        self._blind = 0

    def feed(self, samples: bytes, *, lost: bool = False) -> list[str]:
        """Keys that are known to be down with these samples (16 kHz, 16-bit). `lost`: they stand for a lost
        packet, so that a key goes on through them."""
        sound = np.frombuffer(samples, "<i2") / 32768.0
        self._samples = np.concatenate([self._samples, sound])
        self._known = np.concatenate([self._known, np.full(len(sound), not lost)])
        return [key for key in self._windows() if key]

    def _windows(self) -> Iterator[str | None]:
        start = 0
        while start + WINDOW <= len(self._samples):
            window = slice(start, start + WINDOW)
            if self._known[window].all():
                self._blind = 0
                yield self._judge(self._key_in(self._samples[window]))
            else:
                self._blind += 1
                if self._blind > BRIDGED:
                    yield self._judge(None)
            start += HOP
        self._samples, self._known = self._samples[start:], self._known[start:]

    def _key_in(self, window: Floats) -> str | None:
        energy = float(window @ window) / WINDOW
        if energy < FLOOR:
            return None
        # Of a sine of amplitude a, the power is a^2 / 2 and the bin a * WINDOW / 2.
        powers = 2 * np.abs(self._bank @ window) ** 2 / WINDOW**2
        low, high = powers[:4], powers[4:]
        row, column = int(np.argmax(low)), int(np.argmax(high))
        both = low[row] + high[column]
        twisted = not 1 / TWIST <= high[column] / max(low[row], 1e-12) <= TWIST
        if both < SHARE * energy or twisted:
            return None
        next_low, next_high = np.partition(low, -2)[-2], np.partition(high, -2)[-2]
        if low[row] < STANDS_OUT * next_low or high[column] < STANDS_OUT * next_high:
            return None
        return PAD[row][column]

    def _judge(self, key: str | None) -> str | None:
        """Count one window; the key that it makes known."""
        if self._down is not None:
            self._misses = 0 if key == self._down else self._misses + 1
            if self._misses >= RELEASE:
                self._down, self._misses = None, 0
        self._hits = self._hits + 1 if key is not None and key == self._candidate else int(key is not None)
        self._candidate = key
        if key is None or self._hits < ACCEPT or key == self._down:
            return None
        self._down, self._misses = key, 0
        return key
