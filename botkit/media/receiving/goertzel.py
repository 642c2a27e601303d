"""Telephone keys by their tones, for a far end that offers no telephone-events. Pure.

A bank of eight Goertzel filters (a matrix product) over windows of 12.75 ms, twice as many as fit: each half
of a window is computed once, and is the first half of the next one. The numbers are those that found every
clean 40 ms key of all kinds and none in half an hour of speech.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from botkit.media.sending.keytones import COLUMNS, PAD, ROWS

RATE = 16_000
HOP = 102
WINDOW = 2 * HOP
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
Complexes = npt.NDArray[np.complex128]


class KeyDetector:
    """One stream's keys. A key is told once, while it is still down."""

    def __init__(self) -> None:
        angles = -2j * np.pi * np.array((*ROWS, *COLUMNS)) / RATE
        self._bank: Complexes = np.exp(np.outer(np.arange(HOP), angles))
        self._shift: Complexes = np.exp(angles * HOP)
        self._rest: Floats = np.zeros(0)
        """Samples of a half that is not whole yet, and whether some of them stand for lost ones."""
        self._rest_lost = False
        self._half: tuple[Complexes, float, bool] = (np.zeros(len(angles), complex), 0.0, True)
        """The latest one: its tones, the sum of its squares, and whether it was heard."""
        self._candidate: str | None = None
        self._hits = 0
        self._down: str | None = None
        self._misses = 0
        self._blind = 0

    def feed(self, samples: bytes, *, lost: bool = False) -> list[str]:
        """Keys that are known to be down with these samples (16 kHz, 16-bit). `lost`: they stand for a lost
        packet, so that a key goes on through them."""
        sound = np.concatenate((self._rest, np.frombuffer(samples, "<i2") / 32768.0))
        halves = sound[: len(sound) - len(sound) % HOP].reshape(-1, HOP)
        self._rest = sound[halves.size :]
        known = [not lost] * len(halves)
        if known:
            known[0] = known[0] and not self._rest_lost
            self._rest_lost = lost
        else:
            self._rest_lost = self._rest_lost or lost
        return [key for key in self._windows(halves, known) if key]

    def _windows(self, halves: Floats, known: Sequence[bool]) -> Iterator[str | None]:
        tones, energies = halves @ self._bank, np.einsum("ij,ij->i", halves, halves).tolist()
        for second in zip(tones, energies, known, strict=True):
            first, self._half = self._half, second
            if first[2] and second[2]:
                self._blind = 0
                yield self._judge(self._key_in(first[0] + self._shift * second[0], first[1] + second[1]))
            else:
                self._blind += 1
                if self._blind > BRIDGED:
                    yield self._judge(None)

    def _key_in(self, bins: Complexes, energy: float) -> str | None:
        """The key of one window, by its bins and the sum of its squares."""
        if energy < FLOOR * WINDOW:
            return None
        # Of a sine of amplitude a, the power is a^2 / 2 and the bin a * WINDOW / 2.
        powers = (2 * (bins.real**2 + bins.imag**2) / WINDOW**2).tolist()
        low, high = powers[:4], powers[4:]
        loudest_low, loudest_high = max(low), max(high)
        twisted = not 1 / TWIST <= loudest_high / max(loudest_low, 1e-12) <= TWIST
        if (loudest_low + loudest_high) * WINDOW < SHARE * energy or twisted:
            return None
        if loudest_low < STANDS_OUT * sorted(low)[-2] or loudest_high < STANDS_OUT * sorted(high)[-2]:
            return None
        return PAD[low.index(loudest_low)][high.index(loudest_high)]

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
