"""Noise behind a caller."""

from __future__ import annotations

import numpy as np

from botkit.model.pcm import Pcm

from .scene import RATE, Answer


def level_below(speech: Answer, decibels: float) -> float:
    """The root mean square of noise that is so much quieter than the speech."""
    samples = np.frombuffer(speech.pcm.samples, "<i2").astype(float)
    voiced = samples[round(speech.first * RATE) : round(speech.last * RATE)]
    return float(np.sqrt(np.mean(voiced**2)) / 10 ** (decibels / 20))


def pink(generator: np.random.Generator, seconds: float, level: float) -> Pcm:
    """Noise whose power falls by 3 dB an octave, from 50 Hz on."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / RATE)
    spectrum /= np.sqrt(np.maximum(frequencies, 50.0))
    noise = np.fft.irfft(spectrum, count)
    scaled = noise * level / np.sqrt(np.mean(noise**2))
    return Pcm(np.clip(scaled, -32768, 32767).astype("<i2").tobytes(), RATE)
