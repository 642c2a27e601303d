"""libopus without FFmpeg in between: sound, concealment, in-band FEC, and libraries that are none."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import logging
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from botkit.media.codecs import OPUS, Decoder, encode
from botkit.media.receiving import opus
from botkit.media.receiving.decoders import FfmpegDecoder, stream_decoder
from botkit.media.receiving.opus import Libopus, OpusDecoder, libopus
from botkit.model.pcm import Pcm
from tests.media.far_end import expecting_losses

Voice = Callable[[float, int], Pcm]
FRAME = 320


@pytest.fixture(autouse=True)
def looked_up_anew() -> Iterator[None]:
    libopus.cache_clear()
    yield
    libopus.cache_clear()


@pytest.fixture
def library() -> Libopus:
    library = libopus()
    assert library is not None
    return library


def samples(sound: bytes) -> np.ndarray:
    return np.frombuffer(sound, "<i2").astype(float)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / np.sqrt((a @ a) * (b @ b) + 1))


def test_it_decodes_what_ffmpeg_decodes(library: Libopus, voice: Voice) -> None:
    payloads = encode(voice(0.5, 1), OPUS)
    own, ffmpeg = OpusDecoder(library), FfmpegDecoder(OPUS)
    a = samples(b"".join(map(own.decode, payloads)))
    b = samples(b"".join(map(ffmpeg.decode, payloads)))
    assert len(a) == len(b) == FRAME * len(payloads)
    shifts = [likeness(a[:-64], b[shift : len(b) - 64 + shift]) for shift in range(64)]
    assert max(shifts) > 0.98, "one changes the rate by a filter of its own, with another delay"


def test_a_vowel_goes_on_through_a_hole(library: Libopus) -> None:
    time = np.arange(16_000) / 16_000
    vowel = sum(3_000 / n * np.sin(2 * np.pi * 125 * n * time) for n in range(1, 20))
    payloads = encode(Pcm(vowel.astype("<i2").tobytes(), 16_000), OPUS)
    whole, with_hole = OpusDecoder(library), OpusDecoder(library)
    for payload in payloads[:20]:
        whole.decode(payload)
        with_hole.decode(payload)
    truth, made_up = samples(whole.decode(payloads[20])), samples(with_hole.conceal(FRAME, payloads[21]))
    assert likeness(truth, made_up) > 0.9


def test_the_next_payload_has_a_copy_of_what_is_lost(library: Libopus, voice: Voice) -> None:
    payloads = expecting_losses(voice(1.0, 3))
    whole, by_copy, by_guess = (OpusDecoder(library) for _ in range(3))
    for payload in payloads[:20]:
        for decoder in (whole, by_copy, by_guess):
            decoder.decode(payload)
    truth = samples(whole.decode(payloads[20]))
    copied = likeness(truth, samples(by_copy.conceal(FRAME, payloads[21])))
    guessed = likeness(truth, samples(by_guess.conceal(FRAME, b"")))
    assert copied > 0.8
    assert copied > guessed


@pytest.mark.parametrize("lost", [40, 320, 960, 8_000])
def test_so_much_is_made_up_as_is_missing(library: Libopus, voice: Voice, lost: int) -> None:
    payloads = encode(voice(0.2, 4), OPUS)
    decoder = OpusDecoder(library)
    decoder.decode(payloads[0])
    assert len(decoder.conceal(lost, payloads[1])) == 2 * lost
    assert len(decoder.decode(payloads[1])) == 2 * FRAME


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"\x03", bytes(1_400), b"\xff" * 9], ids=lambda p: p[:4].hex()
)
def test_garbage_is_no_sound_and_no_harm(library: Libopus, voice: Voice, payload: bytes) -> None:
    payloads = encode(voice(0.4, 5), OPUS)
    decoder = OpusDecoder(library)
    assert len(decoder.decode(payload)) <= 2 * opus.LONGEST
    assert len(decoder.conceal(FRAME, payload)) == 2 * FRAME
    sound = [decoder.decode(each) for each in payloads]
    assert {len(each) for each in sound} == {2 * FRAME}


def test_random_bytes_are_survived(library: Libopus) -> None:
    generator = np.random.default_rng(1)
    decoder = OpusDecoder(library)
    for length in generator.integers(1, 400, 500):
        sound = decoder.decode(generator.bytes(int(length)))
        assert len(sound) <= 2 * opus.LONGEST
        decoder.conceal(FRAME, generator.bytes(int(length)))


def test_without_the_library_ffmpeg_decodes_and_somebody_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    with caplog.at_level(logging.WARNING):
        assert isinstance(stream_decoder(OPUS), FfmpegDecoder)
        assert isinstance(stream_decoder(OPUS), FfmpegDecoder)
    assert [record.getMessage() for record in caplog.records] == [
        "Opus is decoded by FFmpeg, at three times the cost: no libopus can be used: there is none"
    ]


def test_a_library_that_is_another_one_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = ctypes.util.find_library("m") or ctypes.util.find_library("c")
    assert other is not None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: other)
    with caplog.at_level(logging.WARNING):
        assert libopus() is None
    assert "opus_get_version_string" in caplog.text
    assert len(Decoder(OPUS).decode(opus.SILENT)) == 960, "which FFmpeg can"


def test_a_library_that_decodes_otherwise_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As one would whose binary interface has changed."""
    monkeypatch.setattr(OpusDecoder, "decode", lambda self, payload: b"")
    with caplog.at_level(logging.WARNING):
        assert libopus() is None
    assert "does not decode 20 ms of silence" in caplog.text
