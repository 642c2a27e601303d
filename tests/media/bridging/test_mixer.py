"""Voices together: each hears all others, nobody too loud, and one of them speaks."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.media.bridging.mixer import FRAMES, LOUDEST, Mixer
from botkit.media.codecs import Samples

FRAME = 320


def sine(hertz: int, peak: float, number: int = 0) -> Samples:
    """Frame `number` of it, 20 ms at 16 kHz."""
    at = np.arange(number * FRAME, (number + 1) * FRAME) / 16_000
    return np.rint(peak * np.sin(2 * np.pi * hertz * at)).astype(np.int16)


def sound(frame: Samples | None) -> Samples:
    assert frame is not None
    return frame


def test_each_hears_all_others() -> None:
    voices = {"a": sine(400, 3000), "b": sine(600, 3000), "c": sine(900, 3000)}
    heard = Mixer[str]().mix(voices)
    for who in voices:
        others = np.sum([voice for name, voice in voices.items() if name != who], axis=0)
        assert np.abs(sound(heard[who]) - others).max() <= 1


def test_of_whom_nothing_came_hears_all_the_same() -> None:
    heard = Mixer[str]().mix({"a": None, "b": sine(600, 3000), "c": None})
    assert np.array_equal(sound(heard["a"]), sine(600, 3000))
    assert heard["b"] is None
    assert Mixer[str]().mix({"a": None, "b": None}) == {"a": None, "b": None}
    assert Mixer[str]().mix({}) == {}


def test_too_many_loud_voices_are_quieter_and_not_cut() -> None:
    mixer = Mixer[int]()
    volumes = []
    for number in range(20):
        heard = sound(mixer.mix({who: sine(300, 20_000, number) for who in range(8)})[0])
        if number:  # one step of 2 ms at most is steep
            alone = sine(300, 20_000, number).astype(float)
            volume = float(heard @ alone / (alone @ alone))
            assert np.abs(heard - volume * alone).max() <= 2, "it is the same sound"
            volumes.append(volume)
        assert np.abs(heard.astype(int)).max() <= LOUDEST + 1 or number == 0
    assert volumes == pytest.approx([1.5] * 19, abs=0.01)


def test_the_volume_comes_back_slowly() -> None:
    mixer = Mixer[int]()
    mixer.mix({who: sine(300, 20_000) for who in range(5)})
    peaks = []
    for number in range(1, 40):
        heard = sound(mixer.mix({0: None, 1: sine(300, 10_000, number)})[0])
        peaks.append(int(np.abs(heard).max()))
    assert peaks[0] < 5000
    assert peaks == sorted(peaks)
    assert peaks[-1] == pytest.approx(10_000, rel=0.01)


def speakers(*parts: tuple[int, float, float]) -> list[str | None]:
    """Who speaks after so many frames in which `a` and `b` are so loud."""
    mixer, found, number = Mixer[str](), [], 0
    for frames, *loud in parts:
        for _ in range(frames):
            mixer.mix({who: sine(400, peak, number) for who, peak in zip("ab", loud, strict=True)})
            number += 1
        found.append(mixer.speaker)
    return found


def test_who_speaks() -> None:
    assert speakers((5, 0, 0)) == [None]
    assert speakers((1, 5000, 0), (50, 0, 0)) == ["a", "a"], "or spoke last"
    assert speakers((20, 5000, 100), (FRAMES - 3, 100, 8000)) == ["a", "a"], "a cough takes nothing over"
    assert speakers((20, 5000, 100), (FRAMES + 5, 100, 8000)) == ["a", "b"]
    assert speakers((20, 5000, 100), (50, 5000, 7000)) == ["a", "a"], "both at once"
    assert speakers((20, 5000, 100), (3, 0, 100), (20, 5000, 100)) == ["a", "a", "a"], "a pause for breath"


def test_who_has_left_speaks_no_more() -> None:
    mixer = Mixer[str]()
    mixer.mix({"a": sine(400, 5000), "b": sine(600, 300)})
    assert mixer.speaker == "a"
    mixer.mix({"b": sine(600, 3000)})
    assert mixer.speaker == "b"
