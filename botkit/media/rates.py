"""The rate of a stream, changed block by block with nothing held back.

A streaming resampler of soxr gives its sound in lumps of up to 100 ms, which is for files. A finite filter
of a few milliseconds answers each block at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

EDGE = 0.9
"""Of the lower rate's half: where the filter cuts (-6 dB)."""
PHASE_TAPS = 32
"""Of the lower rate's samples that the filter spans: at 8 kHz, a delay of 2 ms."""
BETA = 5.0
"""Of the Kaiser window: 53 dB below."""


class Resampler:
    """From `source` to `target` samples a second, one of which is a multiple of the other.

    A block whose length divides by the factor gives exactly as much time as it holds.
    """

    def __init__(self, source: int, target: int) -> None:
        if max(source, target) % min(source, target):
            raise ValueError(f"neither of {source} and {target} Hz is a multiple of the other")
        self._up = max(1, target // source)
        self._down = max(1, source // target)
        factor = self._up * self._down
        count = PHASE_TAPS * factor
        place = np.arange(count) - (count - 1) / 2
        taps = np.sinc(place * EDGE / factor) * np.kaiser(count, BETA)
        taps *= self._up / taps.sum()
        self._phases = [taps[phase :: self._up][::-1].astype(np.float32) for phase in range(self._up)]
        self._past: Floats = np.zeros(len(self._phases[0]) - 1, np.float32)

    def feed(self, block: Samples) -> Samples:
        """The next block at the other rate."""
        if self._up == self._down or not len(block):
            return block
        sound = np.concatenate([self._past, block], dtype=np.float32)
        self._past = sound[len(sound) - len(self._past) :]
        if self._down == 1:
            changed = np.empty((len(block), self._up), np.float32)
            for phase, taps in enumerate(self._phases):
                changed[:, phase] = np.correlate(sound, taps)
        else:
            places = np.lib.stride_tricks.sliding_window_view(sound, len(self._phases[0]))[:: self._down]
            changed = places @ self._phases[0]
        np.rint(changed, out=changed)
        return np.clip(changed, -32768, 32767, out=changed).reshape(-1).astype(np.int16)
