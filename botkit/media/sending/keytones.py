"""The tones of telephone keys (ITU-T Q.23), for a far end that takes no telephone-events. Pure."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from botkit.model.pcm import Pcm

ROWS = (697.0, 770.0, 852.0, 941.0)
COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
"""Hertz."""
PAD = ("123A", "456B", "789C", "*0#D")
"""The key that each row and column make."""
PAUSE = ","
PAUSE_SECONDS = 2.0
KEY_SECONDS = 0.2
GAP_SECONDS = 0.06
"""Behind each key."""
RATE = 16_000
LEVEL = 0.25
"""Of full scale, each of the two: -9 dBm0."""

Floats = npt.NDArray[np.float64]


def check_keys(digits: str) -> None:
    """Raises `ValueError` at what is neither a key (`0-9 * # A-D`) nor a comma."""
    unknown = set(digits) - {PAUSE, *"".join(PAD)}
    if unknown:
        raise ValueError(f"there is no key {min(unknown)!r}")


def key_tones(digits: str) -> Pcm:
    """The keys one after the other; a comma is silence. Raises `ValueError` at anything else."""
    check_keys(digits)
    parts = [
        np.zeros(round(PAUSE_SECONDS * RATE)) if digit == PAUSE else np.append(_tone(digit), _gap())
        for digit in digits
    ]
    sound = np.concatenate([np.zeros(0), *parts]) * LEVEL * 32767
    return Pcm(np.rint(sound).astype("<i2").tobytes(), RATE)


def _gap() -> Floats:
    return np.zeros(round(GAP_SECONDS * RATE))


def _tone(key: str) -> Floats:
    row = next(row for row, keys in zip(ROWS, PAD, strict=True) if key in keys)
    column = next(column for n, column in enumerate(COLUMNS) if any(keys[n] == key for keys in PAD))
    time = np.arange(round(KEY_SECONDS * RATE)) / RATE
    sound: Floats = np.sin(2 * np.pi * row * time) + np.sin(2 * np.pi * column * time)
    return sound
