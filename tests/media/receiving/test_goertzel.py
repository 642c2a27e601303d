"""Keys by their tones: the rows of the measurements that set the numbers, on 16 digits at several phases."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.media.codecs import OPUS, PCMU, AudioCodec, Decoder, encode
from botkit.media.rates import Resampler
from botkit.media.receiving.goertzel import RATE, KeyDetector
from botkit.media.sending.keytones import COLUMNS, PAD, ROWS, key_tones
from botkit.model.pcm import Pcm
from botkit.speech.host import VoiceHost
from botkit_picotts import register_voices

KEYS = "".join(PAD)
FRAME = 320
PHASES = 3


def tone(key: str, seconds: float, *, off: float = 0.0, twist: float = 0.0, start: float = 0.0) -> np.ndarray:
    """One key; `off`: both frequencies by this share, `twist`: dB that the column is louder."""
    row = next(n for n, keys in enumerate(PAD) if key in keys)
    time = np.arange(round(seconds * RATE)) / RATE + start
    low, high = 0.2 * 10 ** (-twist / 40), 0.2 * 10 ** (twist / 40)
    return low * np.sin(2 * np.pi * ROWS[row] * (1 + off) * time) + high * np.sin(
        2 * np.pi * COLUMNS[PAD[row].index(key)] * (1 + off) * time
    )


def row_of(seconds: float, *, gap: float = 0.06, snr: float | None = None, **shape: float) -> np.ndarray:
    """All keys, several times, at many phases and places in a window."""
    generator = np.random.default_rng(1)
    parts = []
    for _ in range(PHASES):
        for key in KEYS:
            slack = np.zeros(generator.integers(0, 100))
            parts += [
                slack,
                tone(key, seconds, start=generator.random(), **shape),
                np.zeros(round(gap * RATE)),
            ]
    sound = np.concatenate(parts)
    if snr is not None:
        power = 2 * 0.2**2 / 2 / 10 ** (snr / 10)
        sound = sound + generator.normal(0, np.sqrt(power), len(sound))
    return sound


def frames(sound: np.ndarray) -> list[bytes]:
    padded = np.pad(sound, (0, -len(sound) % FRAME))
    samples = np.rint(np.clip(padded, -1, 1) * 32767).astype("<i2").tobytes()
    return [samples[n : n + 2 * FRAME] for n in range(0, len(samples), 2 * FRAME)]


def keys_in(sound: np.ndarray) -> str:
    detector = KeyDetector()
    return "".join(key for frame in frames(sound) for key in detector.feed(frame))


def right(told: str) -> float:
    """Share of the keys that were told; telling what was not pressed counts against it."""
    wanted = KEYS * PHASES
    matched, place = 0, 0
    for key in told:
        found = wanted.find(key, place)
        if found >= 0:
            matched, place = matched + 1, found + 1
    return (matched - (len(told) - matched)) / len(wanted)


@pytest.mark.parametrize(
    ("seconds", "shape", "at_least"),
    [
        pytest.param(0.040, {}, 1.0, id="40 ms"),
        pytest.param(0.050, {}, 1.0, id="50 ms"),
        pytest.param(0.100, {}, 1.0, id="100 ms"),
        pytest.param(0.040, {"snr": 15.0}, 0.97, id="40 ms in noise"),
        pytest.param(0.100, {"snr": 6.0}, 0.95, id="100 ms in loud noise"),
        pytest.param(0.050, {"off": 0.015}, 1.0, id="high"),
        pytest.param(0.050, {"off": -0.015}, 1.0, id="low"),
        pytest.param(0.050, {"twist": 6.0}, 1.0, id="column louder"),
        pytest.param(0.050, {"twist": -6.0}, 0.98, id="row louder"),
        pytest.param(0.050, {"twist": 6.0, "off": 0.015, "snr": 15.0}, 0.95, id="all at once"),
        pytest.param(0.070, {"gap": 0.030}, 1.0, id="30 ms apart"),
    ],
)
def test_keys_are_found(seconds: float, shape: dict[str, float], at_least: float) -> None:
    assert right(keys_in(row_of(seconds, **shape))) >= at_least


@pytest.mark.parametrize(
    ("seconds", "shape"),
    [
        pytest.param(0.020, {}, id="20 ms"),
        pytest.param(0.100, {"off": 0.035}, id="far too high"),
        pytest.param(0.100, {"off": -0.035}, id="far too low"),
        pytest.param(0.100, {"twist": 13.0}, id="twisted"),
    ],
)
def test_what_is_no_key(seconds: float, shape: dict[str, float]) -> None:
    assert keys_in(row_of(seconds, **shape)) == ""


@pytest.mark.parametrize(
    "sound", [np.zeros(RATE), np.full(RATE, 0.5), tone("5", 0.5) * 0.02], ids=["silence", "DC", "whisper"]
)
def test_nothing_is_no_key(sound: np.ndarray) -> None:
    assert keys_in(sound) == ""


@pytest.mark.parametrize("codec", [PCMU, OPUS], ids=lambda codec: codec.name)
def test_keys_survive_a_codec(codec: AudioCodec) -> None:
    sent = Pcm(b"".join(frames(row_of(0.05))), RATE)
    decoder, resampler = Decoder(codec), Resampler(codec.clock_rate, RATE)
    heard = np.concatenate([resampler.feed(decoder.decode(payload)) for payload in encode(sent, codec)])
    assert right(keys_in(heard / 32768)) == 1.0


def test_a_long_press_is_one_key_and_told_while_it_lasts() -> None:
    detector = KeyDetector()
    told = [detector.feed(frame) for frame in frames(tone("7", 2.0))]
    assert told[1] == ["7"]
    assert sum(map(len, told)) == 1


def test_lost_packets_do_not_part_one_press_in_two() -> None:
    detector, told = KeyDetector(), []
    for n, frame in enumerate(frames(tone("4", 0.4))):
        lost = n in (4, 9, 10)
        told += detector.feed(bytes(2 * FRAME) if lost else frame, lost=lost)
    assert told == ["4"]


def test_what_stays_lost_ends_a_press() -> None:
    detector, told = KeyDetector(), []
    for n, frame in enumerate(frames(tone("4", 0.6))):
        lost = 5 <= n < 15
        told += detector.feed(bytes(2 * FRAME) if lost else frame, lost=lost)
    assert told == ["4", "4"]


def test_the_bots_own_tones_are_found() -> None:
    sound = np.frombuffer(key_tones("12#,,3" + KEYS).samples, "<i2") / 32768
    assert keys_in(sound) == "12#3" + KEYS


TALK = (
    "Welcome to Example Limited. For opening hours, press one. For leaving a message, press two.",
    "We are open from nine to five, Monday to Friday. Two, two, seven, nine, zero, three, one, eight, four.",
    "Please speak after the tone, then press hash. Nobody is free right now; we will call you back.",
    "You owe you knew who do you do; he hears three cheers, we see these keys, eerie, aura, area, Iowa.",
)


async def test_speech_is_no_key() -> None:
    voice = VoiceHost(register_voices()[0])
    try:
        for text in TALK:
            spoken = await voice.synthesize(text, language="en-US")
            assert spoken.rate == RATE
            assert keys_in(np.frombuffer(spoken.samples, "<i2") / 32768) == "", text
    finally:
        await voice.close()
