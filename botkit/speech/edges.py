"""Where spoken sound begins and ends."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from botkit.model.pcm import Pcm

from .sentences import PAUSE

AUDIBLE = 200
"""Of 32767: quieter edges are cut off."""
EDGE = 0.02
"""Seconds left standing before and behind what is audible."""
EMPTY = 0.1
"""Seconds of silence for a text that has nothing to say."""

Samples = npt.NDArray[np.int16]


def trimmed(samples: Samples, rate: int) -> Samples:
    """Without the silence around it; empty when all of it is silence."""
    (audible,) = np.nonzero(np.abs(samples.astype(np.int32)) > AUDIBLE)
    if not len(audible):
        return np.zeros(0, np.int16)
    edge = round(EDGE * rate)
    return samples[max(audible[0] - edge, 0) : audible[-1] + edge]


def joined(spoken: Iterable[Samples], rate: int) -> Pcm:
    """Sentences with a pause between any two that sound; never quite empty."""
    pause = np.zeros(round(PAUSE * rate), np.int16)
    sound: list[Samples] = []
    for sentence in filter(len, (trimmed(samples, rate) for samples in spoken)):
        sound += [pause, sentence] if sound else [sentence]
    whole = np.concatenate(sound) if sound else np.zeros(round(EMPTY * rate), np.int16)
    return Pcm(whole.astype("<i2").tobytes(), rate)
