"""Payloads as 16 kHz sound, codec by codec, and what stands in for lost ones where the codec has nothing."""

from __future__ import annotations

import numpy as np
import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, Decoder, encode
from botkit.media.receiving.decoders import (
    A_LAW,
    LONGEST_G711,
    MU_LAW,
    FfmpegDecoder,
    G711Decoder,
    stream_decoder,
)
from botkit.media.receiving.opus import OpusDecoder
from botkit.model.pcm import Pcm

FRAME = 320
Kind = type[G711Decoder] | type[FfmpegDecoder]
without_concealment = pytest.mark.parametrize(
    ("kind", "codec"), [(G711Decoder, PCMU), (G711Decoder, PCMA), (FfmpegDecoder, PCMU)]
)


def tone(hertz: float, seconds: float, rate: int = 8_000) -> Pcm:
    wave = 8_000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return Pcm(np.rint(wave).astype("<i2").tobytes(), rate)


def vowel(hertz: float, seconds: float) -> Pcm:
    time = np.arange(round(seconds * 8_000)) / 8_000
    wave = sum(3_000 / n * np.sin(2 * np.pi * hertz * n * time) for n in range(1, 15))
    return Pcm(np.rint(wave).astype("<i2").tobytes(), 8_000)


def samples(sound: bytes) -> np.ndarray:
    return np.frombuffer(sound, "<i2").astype(float)


def level(hertz: float, sound: np.ndarray) -> float:
    """Decibels of full scale."""
    window = np.hanning(len(sound))
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / 16_000)
    return float(20 * np.log10(2 * abs(np.sum(sound * window * wave)) / window.sum() / 32_768 + 1e-9))


@pytest.mark.parametrize(
    ("codec", "kind"), [(OPUS, OpusDecoder), (PCMU, G711Decoder), (PCMA, G711Decoder)], ids=str
)
def test_each_codec_has_its_decoder(codec: AudioCodec, kind: type) -> None:
    assert type(stream_decoder(codec)) is kind


@pytest.mark.parametrize(("codec", "table"), [(PCMU, MU_LAW), (PCMA, A_LAW)], ids=["PCMU", "PCMA"])
def test_the_tables_are_those_of_g711(codec: AudioCodec, table: np.ndarray) -> None:
    assert np.array_equal(table, Decoder(codec).decode(bytes(range(256))))


@pytest.mark.parametrize("hertz", [300, 1_000, 2_000, 3_400])
def test_eight_kilohertz_become_sixteen_without_an_image(hertz: float) -> None:
    decoder = G711Decoder(PCMA)
    sound = samples(b"".join(map(decoder.decode, encode(tone(hertz, 1.0), PCMA))))
    assert len(sound) == 16_000
    assert level(hertz, sound[1_000:]) == pytest.approx(-12.2, abs=1.5)
    assert level(8_000 - hertz, sound[1_000:]) < level(hertz, sound[1_000:]) - 40


@pytest.mark.parametrize("length", [1, 80, 160, 240, LONGEST_G711])
def test_payloads_of_any_length_hold_their_time(length: int) -> None:
    assert len(G711Decoder(PCMU).decode(b"\xff" * length)) == 4 * length


@pytest.mark.parametrize("payload", [b"", bytes(LONGEST_G711 + 1), bytes(60_000)], ids=len)
def test_what_is_no_payload_is_no_sound(payload: bytes) -> None:
    assert G711Decoder(PCMU).decode(payload) == b""


@without_concealment
@pytest.mark.parametrize("hertz", [90, 125, 190, 260])
def test_a_vowel_goes_on_through_a_hole(kind: Kind, codec: AudioCodec, hertz: float) -> None:
    whole, with_hole = kind(codec), kind(codec)
    payloads = encode(vowel(hertz, 0.4), codec)
    for payload in payloads[:10]:
        whole.decode(payload)
        with_hole.decode(payload)
    truth, made_up = samples(whole.decode(payloads[10])), samples(with_hole.conceal(FRAME, payloads[11]))
    assert len(made_up) == FRAME
    assert truth @ made_up / np.sqrt((truth @ truth) * (made_up @ made_up)) > 0.9
    sent, heard = samples(whole.decode(payloads[11])), samples(with_hole.decode(payloads[11]))
    joint = np.concatenate([made_up[-20:], heard[:100]])
    assert np.abs(np.diff(joint)).max() < 2 * np.abs(np.diff(sent)).max(), "no click"
    assert np.array_equal(sent[100:], heard[100:]), "what is heard again is as it was sent"


@without_concealment
def test_what_is_made_up_fades(kind: Kind, codec: AudioCodec) -> None:
    decoder = kind(codec)
    for payload in encode(vowel(125, 0.4), codec):
        decoder.decode(payload)
    peaks = [np.abs(samples(decoder.conceal(FRAME, b""))).max() for _ in range(5)]
    assert peaks == sorted(peaks, reverse=True)
    assert peaks[0] > 0
    assert peaks[3:] == [0, 0]


@without_concealment
def test_nothing_is_made_up_of_nothing(kind: Kind, codec: AudioCodec) -> None:
    assert kind(codec).conceal(FRAME, b"") == bytes(2 * FRAME)
