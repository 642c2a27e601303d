"""A stream's rate changed block by block: nothing held back, and nothing folded."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.media.rates import Resampler


def tone(hertz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.rint(10_000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(
        np.int16
    )


def power_at(hertz: float, sound: np.ndarray, rate: int) -> float:
    """Amplitude of one sine in the middle of the sound."""
    middle = sound[len(sound) // 4 : -len(sound) // 4].astype(float)
    window = np.hanning(len(middle))
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(middle)) / rate)
    return float(2 * abs(np.sum(middle * window * wave)) / window.sum())


def in_blocks(sound: np.ndarray, source: int, target: int) -> list[np.ndarray]:
    resampler = Resampler(source, target)
    return [resampler.feed(block) for block in np.split(sound, len(sound) // (source // 50))]


ways = pytest.mark.parametrize(
    ("source", "target"),
    [(48_000, 16_000), (8_000, 16_000), (16_000, 8_000), (16_000, 48_000), (16_000, 16_000)],
)


@ways
def test_every_block_answers_with_as_much_time(source: int, target: int) -> None:
    assert {len(block) for block in in_blocks(tone(440, source), source, target)} == {target // 50}


@ways
@pytest.mark.parametrize("hertz", [200, 1000, 3000])
def test_what_both_rates_hold_stays(source: int, target: int, hertz: int) -> None:
    changed = np.concatenate(in_blocks(tone(hertz, source), source, target))
    assert power_at(hertz, changed, target) == pytest.approx(10_000, rel=0.03)


@pytest.mark.parametrize(
    ("source", "target", "hertz", "ghost"), [(48_000, 16_000, 10_000, 6_000), (16_000, 8_000, 6_000, 2_000)]
)
def test_what_the_lower_rate_cannot_hold_has_vanished(
    source: int, target: int, hertz: int, ghost: int
) -> None:
    changed = np.concatenate(in_blocks(tone(hertz, source), source, target))
    assert power_at(ghost, changed, target) < 10_000 * 10 ** (-45 / 20)


@pytest.mark.parametrize(("source", "target"), [(8_000, 16_000), (16_000, 48_000)])
def test_the_higher_rate_gets_no_mirror_image(source: int, target: int) -> None:
    changed = np.concatenate(in_blocks(tone(1_000, source), source, target))
    assert power_at(source - 1_000, changed, target) < 10_000 * 10 ** (-45 / 20)


def test_rates_that_do_not_divide_are_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        Resampler(44_100, 16_000)
