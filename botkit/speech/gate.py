"""Speech or not, frame by frame: a cheap gate by loudness, and a neural one that is asked only behind it.

Frames are 20 ms of 16 kHz. A quiet one costs some 3 us; where the detector is asked, one costs 60 us.
Silero takes windows of 32 ms and hears them in the light of what came before. So it keeps its state from one
opening of the cheap gate to the next, gets some sound from before the opening, and the first second of a
call in any case: without them it misses one soft "yes" of ten.
"""

from __future__ import annotations

import logging
from collections import deque
from math import inf
from typing import Protocol

import numpy as np
import numpy.typing as npt

log = logging.getLogger(__name__)

WINDOW = 512
"""Samples that the detector takes at once."""
SPEECH = 0.4
"""The detector's score from which a frame that stands out is speech."""
SURE = 0.9
"""And one that does not: the soft sounds inside words. Behind the last word the score falls slowly."""
OPEN = 4.0
"""Decibels above the background from which the detector is asked."""
ALONE = 8.0
"""Decibels above the background that are speech where there is no detector."""
HOLD = 30
"""Frames that the detector goes on after the last one that stood out."""
BEFORE = 8
"""Frames from before the opening that it gets."""
WARM_UP = 50
"""Frames at the beginning that it gets in any case."""

STANDS_OUT, STANDS_OUT_ALONE = 10 ** (OPEN / 10), 10 ** (ALONE / 10)
"""The same as ratios."""

Samples = npt.NDArray[np.float32]


class Detector(Protocol):
    """Scores windows, one after the other, for being speech: 0 to 1."""

    def score(self, window: Samples) -> float:
        """`WINDOW` samples from -1 to 1."""
        ...


class Background:
    """How far the last three frames stand out of the quietest three of the last 3 seconds."""

    SMOOTHED = 3
    """Frames: noise by itself goes up and down by some decibels."""
    BLOCK = 10
    """Frames that are remembered by their quietest."""
    BLOCKS = 15
    SILENCE = 300.0
    """Energy of a sample (about -65 dB of full scale) below which there is no speech."""

    def __init__(self) -> None:
        self._frames: deque[float] = deque(maxlen=self.SMOOTHED)
        self._quietest: deque[float] = deque(maxlen=self.BLOCKS)
        self._floor = inf
        """The least of `_quietest`."""
        self._block = inf
        """The quietest of this block, so far."""
        self._length = 0
        """Of this block, in frames."""

    def rise(self, energy: float) -> float:
        """How many times the energy of the background it is, with this frame's mean square."""
        frames = self._frames
        frames.append(energy)
        smoothed = sum(frames) / len(frames)
        background = min(self._floor, self._block)
        if background == inf:
            background = smoothed
        if len(frames) == self.SMOOTHED:
            self._block = min(self._block, smoothed)
            self._length += 1
        if self._length == self.BLOCK:
            self._quietest.append(self._block)
            self._floor = min(self._quietest)
            self._block, self._length = inf, 0
        return smoothed / max(background, self.SILENCE)


class VoiceGate:
    """`ports.speech.VoiceActivity`, one for each call. Without a `detector` loudness alone decides."""

    def __init__(self, detector: Detector | None = None) -> None:
        self.detector = detector
        """May be set later: loading one takes a while."""
        self._background = Background()
        self._open = WARM_UP
        self._before: deque[bytes] = deque(maxlen=BEFORE)
        self._rest = np.zeros(0, np.float32)
        """What is not a whole window yet."""
        self._score = 0.0

    def voiced(self, samples: bytes) -> bool:
        """Whether the next 20 ms are speech: 16 kHz, mono, 16-bit little-endian."""
        sound = np.frombuffer(samples, "<i2").astype(np.float32)
        rise = self._background.rise(float(np.dot(sound, sound)) / max(len(sound), 1))
        if self.detector is None:
            return rise >= STANDS_OUT_ALONE
        stands_out = rise >= STANDS_OUT
        self._open = max(self._open - 1, HOLD if stands_out else 0)
        self._before.append(samples)
        if not self._open:
            self._score = 0.0
            return False
        self._ask(self.detector)
        return self._score >= (SPEECH if stands_out else SURE)

    def _ask(self, detector: Detector) -> None:
        new = np.frombuffer(b"".join(self._before), "<i2").astype(np.float32)
        sound = np.concatenate((self._rest, new / np.float32(32768)))
        self._before.clear()
        whole = len(sound) // WINDOW * WINDOW
        self._rest = sound[whole:]
        try:
            for start in range(0, whole, WINDOW):
                self._score = detector.score(sound[start : start + WINDOW])
        except Exception:
            log.exception("the voice detector failed; for the rest of this call loudness alone tells speech")
            self.detector = None
