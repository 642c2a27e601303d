"""Noise is taken out, and what has none is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.speech.suppression import Samples, without_noise

RATES = [8_000, 16_000, 48_000]


def voice(rate: int) -> Samples:
    """A tone between 0.3 s of silence on either side."""
    time = np.arange(rate) / rate
    tone = 0.2 * np.sin(2 * np.pi * 440 * time)
    return np.pad(tone, round(0.3 * rate)).astype(np.float32)


def noise(count: int) -> Samples:
    return (0.03 * np.random.default_rng(1).standard_normal(count)).astype(np.float32)


def level(sound: Samples) -> float:
    """dB."""
    return float(10 * np.log10(np.mean(sound.astype(float) ** 2)))


@pytest.mark.parametrize("rate", RATES)
def test_noise_goes_down_and_the_voice_stays(rate: int) -> None:
    clean = voice(rate)
    noisy = clean + noise(len(clean))
    quieter = without_noise(noisy, rate)
    assert quieter is not None
    assert len(quieter) == len(noisy)
    lead, middle = slice(0, round(0.25 * rate)), slice(round(0.5 * rate), rate)
    assert level(quieter[lead]) < level(noisy[lead]) - 9
    assert level(quieter[middle]) == pytest.approx(level(clean[middle]), abs=0.5)
    assert level(quieter - clean) < level(noisy - clean) - 6


@pytest.mark.parametrize("rate", RATES)
def test_a_clean_voice_is_left_alone(rate: int) -> None:
    clean = voice(rate)
    assert without_noise(clean, rate) is None
    assert without_noise(clean + noise(len(clean)) / np.float32(30), rate) is None


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05])
def test_a_moment_tells_nothing(seconds: float) -> None:
    assert without_noise(noise(round(seconds * 16_000)), 16_000) is None


@pytest.mark.parametrize("rate", [1, 7, 100, 11_025])
def test_any_rate_will_do(rate: int) -> None:
    sound = noise(2 * rate)
    quieter = without_noise(sound, rate)
    assert quieter is None or (len(quieter) == len(sound) and np.isfinite(quieter).all())


@pytest.mark.parametrize("sound", [np.zeros(16_000), np.ones(16_000), np.eye(1, 16_000)[0]])
def test_what_no_line_sends_does_no_harm(sound: Samples) -> None:
    quieter = without_noise(sound.astype(np.float32), 16_000)
    assert quieter is None or np.isfinite(quieter).all()
