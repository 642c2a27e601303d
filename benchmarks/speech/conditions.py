"""What a line does to sound: bandwidth, codec, noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import soxr

from botkit.model.pcm import Pcm

Signal = npt.NDArray[np.float64]

WIDE = 16_000
NARROW = 8_000
LEAD = 0.3
"""Seconds of silence before what is said, and of `TAIL` behind it."""
TAIL = 0.5
SNR = 10.0
"""dB."""
SPEECH_LEVEL = 0.1
"""RMS, of full scale."""


def placed(pcm: Pcm) -> Signal:
    """The utterance at 16 kHz and a common level, with silence around it."""
    sound = np.frombuffer(pcm.samples, "<i2") / 32768.0
    sound = sound if pcm.rate == WIDE else soxr.resample(sound, pcm.rate, WIDE)
    loud = sound[np.abs(sound) > 0.01 * np.max(np.abs(sound))]
    sound = np.clip(sound * SPEECH_LEVEL / np.sqrt(np.mean(loud**2)), -1, 1)
    return np.concatenate([np.zeros(round(LEAD * WIDE)), sound, np.zeros(round(TAIL * WIDE))])


def clean(sound: Signal, seed: int) -> Pcm:
    """16 kHz."""
    return _pcm(sound, WIDE)


def telephone(sound: Signal, seed: int) -> Pcm:
    """8 kHz, 300 to 3400 Hz, G.711 mu-law."""
    narrow = _band(soxr.resample(sound, WIDE, NARROW))
    return _pcm(_mu_law(narrow), NARROW)


def noisy(sound: Signal, seed: int) -> Pcm:
    """16 kHz with pink noise."""
    return _pcm(_with_noise(sound, seed), WIDE)


def noisy_telephone(sound: Signal, seed: int) -> Pcm:
    """Noise, then the line."""
    return telephone(_with_noise(sound, seed), seed)


CONDITIONS: Mapping[str, Callable[[Signal, int], Pcm]] = {
    "c16": clean,
    "c8": telephone,
    "n16": noisy,
    "n8": noisy_telephone,
}


def _with_noise(sound: Signal, seed: int) -> Signal:
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(len(sound)))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, len(sound))
    noise *= SPEECH_LEVEL * 10 ** (-SNR / 20) / np.sqrt(np.mean(noise**2))
    return sound + noise


def _band(sound: Signal) -> Signal:
    spectrum = np.fft.rfft(sound)
    frequencies = np.fft.rfftfreq(len(sound), 1 / NARROW)
    spectrum[(frequencies < 300) | (frequencies > 3400)] = 0
    return np.fft.irfft(spectrum, len(sound))


def _mu_law(sound: Signal) -> Signal:
    """There and back, in 8 bits."""
    mu = 255.0
    code = np.round(np.sign(sound) * np.log1p(mu * np.abs(np.clip(sound, -1, 1))) / np.log1p(mu) * 127)
    expanded: Signal = np.sign(code) * np.expm1(np.abs(code) / 127 * np.log1p(mu)) / mu
    return expanded


def _pcm(sound: Signal, rate: int) -> Pcm:
    return Pcm((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes(), rate)
