"""The voice gate, with speech of PicoTTS and noise of many kinds."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from botkit.flow.utterance import ONSET, WINDOW
from botkit.speech.gate import Background, Samples, VoiceGate
from botkit.speech.silero import Silero, SileroModel
from botkit_picotts.engine import PicoEngine

RATE = 16_000
FRAME = 320
LEVEL = 2200.0
"""Root mean square of the speech: -23 dB of full scale."""

Sound = npt.NDArray[np.float64]

WORDS = {
    "en-US": ["Yes.", "Opening hours.", "No, thank you.", "Four seven one nine.", "The second one."],
    "en-GB": ["Leave a message.", "I would like to speak to sales please.", "Tomorrow at half past three."],
    "de-DE": ["Ja.", "Ich möchte jemanden sprechen.", "Morgen um halb vier."],
}


@dataclass
class Speech:
    """Utterances with silence between them, and which frames are speech."""

    sound: Sound
    voiced: npt.NDArray[np.bool_]
    onsets: list[int]


@pytest.fixture(scope="module")
def speech() -> Speech:
    engine = PicoEngine()
    sounds, voiced, onsets = [], [], []
    frames = 0
    for number, (language, text) in enumerate(
        (lang, text) for lang, texts in WORDS.items() for text in texts
    ):
        sound = np.frombuffer(engine.synthesize(text, language).samples, "<i2").astype(float)
        sound *= LEVEL / rms(sound)
        sound = np.pad(sound, (0, -len(sound) % FRAME))
        gap = 60 + 7 * number % 40
        truth = spoken(sound)
        sounds += [np.zeros(gap * FRAME), sound]
        voiced += [np.zeros(gap, bool), truth]
        onsets.append(frames + gap + int(np.flatnonzero(truth)[0]))
        frames += gap + len(truth)
    return Speech(np.concatenate(sounds), np.concatenate(voiced), onsets)


def spoken(sound: Sound) -> npt.NDArray[np.bool_]:
    """Frames no more than 35 dB below the loudest; pauses under 100 ms are speech too."""
    levels = 10 * np.log10(np.mean(sound.reshape(-1, FRAME) ** 2, axis=1) + 1e-9)
    truth = levels > levels.max() - 35
    loud = np.flatnonzero(truth)
    for before, after in pairwise(loud):
        if after - before <= 5:
            truth[before:after] = True
    return truth


def rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def pink(count: int, seed: int = 1) -> Sound:
    """Noise of equal energy in every octave, with a root mean square of 1."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20))
    sound = np.fft.irfft(spectrum, count)
    return sound / rms(sound)


def judged(gate: VoiceGate, sound: Sound) -> npt.NDArray[np.bool_]:
    data = np.clip(sound, -32768, 32767).astype("<i2").tobytes()
    size = 2 * FRAME
    return np.array([gate.voiced(data[at : at + size]) for at in range(0, len(data) - size + 1, size)])


def onsets(voiced: npt.NDArray[np.bool_]) -> int:
    """How often somebody would be taken to begin to speak."""
    return int((np.convolve(voiced, np.ones(WINDOW), "full") >= ONSET).sum())


@pytest.mark.parametrize(("noise_below", "hits", "false"), [(60, 95, 0), (20, 93, 0.5), (10, 90, 1)])
def test_speech_is_told_from_noise(speech: Speech, noise_below: float, hits: float, false: float) -> None:
    """`noise_below`: decibels under the speech. The 100 ms behind a word, in which the detector makes up its
    mind, do not count."""
    noise = pink(len(speech.sound)) * LEVEL / 10 ** (noise_below / 20)
    voiced = judged(VoiceGate(Silero()), speech.sound + noise)
    assert 100 * voiced[speech.voiced].mean() >= hits
    behind = np.convolve(speech.voiced, np.ones(6), "full")[: len(voiced)] > 0
    assert 100 * voiced[~behind].mean() <= false


@pytest.mark.parametrize("noise_below", [60, 10])
def test_the_onset_is_told_within_80_ms(speech: Speech, noise_below: float) -> None:
    noise = pink(len(speech.sound)) * LEVEL / 10 ** (noise_below / 20)
    voiced = judged(VoiceGate(Silero()), speech.sound + noise)
    delays = [20 * (1 + int(np.argmax(voiced[onset : onset + 50]))) for onset in speech.onsets]
    assert all(voiced[onset : onset + 50].any() for onset in speech.onsets)
    assert np.median(delays) <= 60
    assert np.percentile(delays, 80) <= 80


SOFT = [
    ("en-US", "Yes."),
    ("en-GB", "Yes."),
    ("en-US", "No."),
    ("de-DE", "Ja."),
    ("en-US", "Okay."),
    ("en-GB", "Sure."),
]


def test_a_soft_word_in_noise_is_heard() -> None:
    """23 dB below the others, noise 10 dB below itself: what the detector heard before helps to tell it."""
    engine, model = PicoEngine(), SileroModel()
    for seed, (language, text) in enumerate(SOFT):
        sound = np.frombuffer(engine.synthesize(text, language).samples, "<i2").astype(float)
        sound *= LEVEL / 15 / rms(sound)
        sound = np.pad(sound, (100 * FRAME, 40 * FRAME - len(sound) % FRAME))
        sound += pink(len(sound), seed) * LEVEL / 15 / 10**0.5
        assert onsets(judged(VoiceGate(model.detector()), sound)), f"{language}: {text}"


def test_what_comes_from_a_narrow_line_is_speech_too(speech: Speech) -> None:
    spectrum = np.fft.rfft(speech.sound)
    frequencies = np.fft.rfftfreq(len(speech.sound), 1 / RATE)
    spectrum[(frequencies < 300) | (frequencies > 3400)] = 0
    voiced = judged(VoiceGate(Silero()), np.fft.irfft(spectrum, len(speech.sound)))
    assert 100 * voiced[speech.voiced].mean() >= 90
    assert all(voiced[onset : onset + 25].any() for onset in speech.onsets)


def _clicks(count: int) -> Sound:
    generator = np.random.default_rng(3)
    sound = generator.standard_normal(count) * 20
    for at in generator.integers(0, count - 300, count // RATE * 2):
        sound[at : at + 300] += generator.standard_normal(300) * np.exp(-np.arange(300) / 60) * 8000
    return sound


def _tone(count: int) -> Sound:
    time = np.arange(count) / RATE
    return 3000 * np.sin(2 * np.pi * 1000 * time) * (time % 2 < 0.25)


def _hum(count: int) -> Sound:
    time = np.arange(count) / RATE
    return sum(1500 / n * np.sin(2 * np.pi * 50 * n * time) for n in (1, 3, 5)) + pink(count) * 30


def _gusts(count: int) -> Sound:
    seconds = np.random.default_rng(4).uniform(-10, 10, count // RATE + 1)
    return pink(count) * 700 * np.repeat(10 ** (seconds / 20), RATE)[:count]


@pytest.mark.parametrize(
    "noise",
    [lambda n: pink(n) * 300, lambda n: pink(n) * 1800, _gusts, _clicks, _tone, _hum, np.zeros],
    ids=["soft", "loud", "gusts", "clicks", "beeps", "hum", "nothing"],
)
def test_a_minute_of_noise_begins_no_utterance(noise: object) -> None:
    assert onsets(judged(VoiceGate(Silero()), noise(60 * RATE))) == 0  # type: ignore[operator]


@dataclass
class Scripted:
    """A detector that says what it is told, and counts."""

    says: float = 1.0
    fails: bool = False
    windows: list[Samples] = field(default_factory=list)

    def score(self, window: Samples) -> float:
        if self.fails:
            raise OSError("no model")
        self.windows.append(window.copy())
        return self.says


def test_the_detector_sleeps_while_nothing_stands_out() -> None:
    detector = Scripted(says=0.0)
    gate = VoiceGate(detector)
    judged(gate, pink(2 * RATE) * 300)
    detector.windows.clear()
    noise = pink(20 * RATE, seed=2) * 300
    judged(gate, noise)
    assert len(detector.windows) < 20 * RATE / 512 / 4


def test_the_detector_hears_everything_in_order_once_it_is_asked() -> None:
    """From some frames before the opening on."""
    detector = Scripted()
    gate = VoiceGate(detector)
    judged(gate, np.full(80 * FRAME, 5.0))
    detector.windows.clear()
    loud = np.arange(10 * FRAME, dtype=float) * 3
    judged(gate, loud)
    heard = np.concatenate(detector.windows) * 32768
    quiet = int((heard == 5).sum())
    assert 6 * FRAME < quiet <= 9 * FRAME
    assert (heard[quiet:] == loud[: len(heard) - quiet]).all()
    assert len(loud) - (len(heard) - quiet) < 512


def test_a_detector_that_fails_is_told_of_once_and_loudness_decides(
    speech: Speech, caplog: pytest.LogCaptureFixture
) -> None:
    voiced = judged(VoiceGate(Scripted(fails=True)), speech.sound)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert (voiced[60:] == judged(VoiceGate(), speech.sound)[60:]).all()


def test_loudness_alone_does_on_a_clean_line_and_is_careful_on_another(speech: Speech) -> None:
    clean = judged(VoiceGate(), speech.sound)
    assert 100 * clean[speech.voiced].mean() >= 95
    noisy = judged(VoiceGate(), speech.sound + pink(len(speech.sound)) * LEVEL / 10**0.5)
    assert 100 * noisy[speech.voiced].mean() >= 50
    assert 100 * noisy[~speech.voiced].mean() <= 3
    assert onsets(judged(VoiceGate(), pink(60 * RATE) * 1000)) == 0


def test_the_background_is_followed_up_and_down() -> None:
    background = Background()
    for _ in range(10):
        background.rise(1e4)
    assert background.rise(1e6) > 10
    for _ in range(200):
        risen = background.rise(1e6)
    assert risen == pytest.approx(1)
    for _ in range(10):
        background.rise(1e4)
    assert background.rise(1e6) > 10
