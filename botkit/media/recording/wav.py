"""Both sides of a call as a WAV file without a name."""

from __future__ import annotations

import struct
import tempfile
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from botkit.media.codecs import Samples

RATE = 16_000
FAR, OWN = 0, 1
"""Sides: left and right."""
BLOCK = 10 * RATE
"""Samples that are written at once."""

Sides = npt.NDArray[np.int16]
"""Samples, and for each of them left and right."""


def nameless() -> BinaryIO:
    """A file that is gone when it is closed, or the process is."""
    return tempfile.TemporaryFile(prefix="botkit-call-")


def written(sides: Sides, *, stereo: bool) -> BinaryIO:
    """The file, from its beginning."""
    channels = 2 if stereo else 1
    file = nameless()
    try:
        size = 2 * channels * len(sides)
        form = struct.pack(
            "<4sIHHIIHH", b"fmt ", 16, 1, channels, RATE, 2 * channels * RATE, 2 * channels, 16
        )
        file.write(
            struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size)
        )
        for start in range(0, len(sides), BLOCK):
            block = sides[start : start + BLOCK]
            file.write((block if stereo else mixed(block[:, FAR], block[:, OWN])).tobytes())
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def mixed(one: Samples, other: Samples) -> Samples:
    """Both at once, of the same length; what is too loud together is cut at full scale."""
    both: Samples = np.clip(one.astype(np.int32) + other, -32768, 32767).astype(np.int16)
    return both
