"""Steady noise, taken out of an utterance: a Wiener filter over short spectra.

The noise is what the quietest frames have in common. How far each frequency stands out of it decides how
much of it is kept, smoothed from frame to frame by what was kept before (Ephraim and Malah's
decision-directed estimate), since a gain that jumps would sing.

A recogniser does not write fewer wrong words of such a sound, but other ones: it is for a second reading.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
Spectra = npt.NDArray[np.float64]
"""Power: frames x frequencies."""

FRAME_SECONDS = 0.032
"""Of one spectrum; the next begins half of it later."""
QUIETEST = 0.2
"""Of the frames, by energy: taken for noise alone."""
CLEAN = 20.0
"""Decibels that loud frames are above the quietest ones, from which there is no noise to speak of."""
LOUD = 90
"""Percentile, by energy, of the frame that counts as a loud one."""
MEMORY = 0.96
"""Weight of what was kept of the frame before, in how far this one stands out."""
DEEPEST = 0.25
"""The least gain: 12 dB down. Silence would be a new sound."""
NEIGHBOURS = 5
"""Frequencies that the noise is averaged over."""


def without_noise(sound: Samples, rate: int) -> Samples | None:
    """The utterance (-1 to 1, at `rate` Hz) with its noise down by 12 dB at most; None when it has hardly
    any, or is too short to tell."""
    hop = max(1, round(FRAME_SECONDS * rate / 2))
    size = 2 * hop
    count = len(sound) // hop - 1
    if count < round(1 / QUIETEST):
        return None
    window = np.sqrt(np.hanning(size + 1)[:-1])
    padded = np.pad(sound.astype(np.float64), (hop, size))
    starts = np.arange(0, len(padded) - size + 1, hop)
    spectra = np.fft.rfft(padded[starts[:, None] + np.arange(size)] * window, axis=1)
    power = np.abs(spectra) ** 2
    noise = _noise(power[1 : count + 1])
    if noise is None:
        return None
    frames = np.fft.irfft(spectra * _gains(power, noise), size, axis=1) * window
    quieter = np.zeros(len(padded))
    for start, frame in zip(starts, frames, strict=True):
        quieter[start : start + size] += frame
    return quieter[hop : hop + len(sound)].astype(np.float32)


def _noise(power: Spectra) -> npt.NDArray[np.float64] | None:
    """The noise at each frequency; None = there is hardly any."""
    energy = power.sum(axis=1)
    quietest = np.argsort(energy)[: round(QUIETEST * len(energy))]
    background = float(energy[quietest].mean())
    if background == 0 or np.percentile(energy, LOUD) >= background * 10 ** (CLEAN / 10):
        return None
    mean = np.pad(power[quietest].mean(axis=0), NEIGHBOURS // 2, mode="edge")
    smooth: npt.NDArray[np.float64] = np.convolve(mean, np.full(NEIGHBOURS, 1 / NEIGHBOURS), "valid")
    return np.maximum(smooth, np.finfo(np.float64).tiny)


def _gains(power: Spectra, noise: npt.NDArray[np.float64]) -> Spectra:
    gains = np.empty_like(power)
    kept = np.zeros_like(noise)
    """Of the frame before, in units of the noise."""
    for frame, gain in zip(power / noise, gains, strict=True):
        above = MEMORY * kept + (1 - MEMORY) * np.maximum(frame - 1, 0)
        gain[:] = np.maximum(above / (1 + above), DEEPEST)
        kept = gain**2 * frame
    return gains
