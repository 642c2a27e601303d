"""Sound in place of what was lost: the last pitch period goes on and fades, as in G.711 appendix I.

For decoders that have no concealment of their own. A hole of nothing makes a click at each edge, which a
recogniser takes for a consonant, and ends a word for whoever waits for its end.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

RATE = 16_000
SHORTEST, LONGEST = RATE // 200, RATE * 15 // 1000
"""Samples of a pitch period: voices from 66 to 200 Hz; of a higher one, several periods fit."""
LIKENESS = RATE // 100
"""Samples that are compared to find the period."""
MEMORY = LONGEST + LIKENESS
FADE = RATE * 60 // 1000
"""Samples after which nothing is left."""
JOINT = RATE // 200
"""Samples over which what was made up passes into what is heard again."""


class Extrapolation:
    """Of one stream, 16 kHz: is told what was heard, and asked for what was not."""

    def __init__(self) -> None:
        self._past: Samples = np.zeros(0, np.int16)
        self._period: Floats = np.zeros(0, np.float32)
        self._made = 0
        """Samples made up since something was heard."""

    def heard(self, sound: Samples) -> Samples:
        """The sound as it shall be given: joined to what was made up in front of it, if anything was."""
        if self._made:
            sound = self._joined(sound)
            self._made = 0
        self._past = sound if len(sound) >= MEMORY else np.concatenate((self._past[-MEMORY:], sound))
        return sound

    def more(self, samples: int) -> Samples:
        """So many samples in place of lost ones."""
        if not self._made:
            self._period = self._last_period()
        place = self._made + np.arange(samples)
        self._made += samples
        if not len(self._period):
            return np.zeros(samples, np.int16)
        gain = np.clip(1 - place / FADE, 0, 1)
        return (self._period[place % len(self._period)] * gain).astype(np.int16)

    def _joined(self, sound: Samples) -> Samples:
        length = min(JOINT, len(sound))
        weight = np.arange(length) / JOINT
        made = self.more(length)
        return np.concatenate(
            ((made * (1 - weight) + sound[:length] * weight).astype(np.int16), sound[length:])
        )

    def _last_period(self) -> Floats:
        """As loud as it is like what was before it: where there is no pitch, a copy would be wrong."""
        past = self._past[-MEMORY:].astype(np.float32)
        if len(past) < MEMORY:
            return np.zeros(0, np.float32)
        latest = past[-LIKENESS:]
        places = np.lib.stride_tricks.sliding_window_view(past[:-SHORTEST], LIKENESS)
        energy = np.einsum("ij,ij->i", places, places) * (latest @ latest)
        likeness = places @ latest / np.sqrt(energy + 1.0)
        best = int(np.argmax(likeness))
        return past[best + LIKENESS :] * max(0.0, float(likeness[best]))
