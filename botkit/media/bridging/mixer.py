"""Voices together. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from botkit.media.codecs import Samples

MOST = 8
"""Who can hear each other at once: more voices than that nobody tells apart."""
LOUDEST = 30_000
"""The largest sample that goes out: full scale less 0.8 dB."""
ATTACK = 32
"""Samples, 2 ms, in which the volume goes down."""
RELEASE = 1.06
"""By how much the volume rises again, frame by frame: 25 dB a second."""
FADING = 0.8
"""Of its level a voice keeps from frame to frame: between syllables it is still the speaker's."""
LOUDER = 2.0
"""A voice takes over when it is so much louder than the speaker's: 6 dB."""
FRAMES = 8
"""In a row, that is: 160 ms. A cough is shorter."""
HEARD = 150.0
"""Root mean square of a voice in a quiet room at least: below 46 dB there is nobody."""

K = TypeVar("K", bound=Hashable)
Floats = npt.NDArray[np.float32]


class Mixer(Generic[K]):
    """Each hears all others. Frames are of one length, 16-bit samples of one rate."""

    def __init__(self) -> None:
        self.speaker: K | None = None
        """Who speaks, or spoke last."""
        self._volumes: dict[K, float] = {}
        self._levels: dict[K, float] = {}
        self._rival: K | None = None
        self._ahead = 0
        """Frames in a row in which `_rival` was louder."""

    def mix(self, frames: Mapping[K, Samples | None]) -> dict[K, Samples | None]:
        """The next frame of everybody, None = nothing came; what each of them hears, None = nothing. Whoever
        is in it no more is forgotten."""
        self._volumes = {each: self._volumes.get(each, 1.0) for each in frames}
        self._listen(frames)
        heard = {each: frame.astype(np.float32) for each, frame in frames.items() if frame is not None}
        if not heard:
            return dict.fromkeys(frames)
        total = np.sum(list(heard.values()), axis=0)
        return {
            each: self._limited(each, total - heard[each] if each in heard else total)
            if heard.keys() - {each}
            else None
            for each in frames
        }

    def _limited(self, who: K, sound: Floats) -> Samples:
        """Quieter where it is too loud: at once, but not with a crack; and slowly louder again."""
        before = self._volumes[who]
        peak = float(np.abs(sound).max())
        wanted = min(1.0, before * RELEASE, LOUDEST / peak if peak else 1.0)
        self._volumes[who] = wanted
        ramp = np.full(len(sound), wanted, np.float32)
        if wanted < before:
            ramp[:ATTACK] = np.linspace(before, wanted, ATTACK, dtype=np.float32)
        limited: Samples = np.clip(np.rint(sound * ramp), -32768, 32767).astype(np.int16)
        return limited

    def _listen(self, frames: Mapping[K, Samples | None]) -> None:
        """Find out who speaks."""
        self._levels = {
            each: max(_level(frame), FADING * self._levels.get(each, 0.0)) for each, frame in frames.items()
        }
        if self.speaker not in self._levels:
            self.speaker = None
        loudest = max(self._levels, key=self._levels.__getitem__, default=None)
        if loudest is None or self._levels[loudest] < HEARD:
            self._rival = None
            return
        if self.speaker is None:
            self.speaker = loudest
        if loudest == self.speaker or self._levels[loudest] < LOUDER * self._levels[self.speaker]:
            self._rival = None
            return
        self._ahead = self._ahead + 1 if loudest == self._rival else 1
        self._rival = loudest
        if self._ahead >= FRAMES:
            self.speaker, self._rival = loudest, None


def _level(frame: Samples | None) -> float:
    """Root mean square."""
    return 0.0 if frame is None else float(np.sqrt(np.mean(frame.astype(np.float32) ** 2)))
