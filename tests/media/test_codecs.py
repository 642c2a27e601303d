"""Sound through each codec and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from botkit.media.codecs import (
    CODECS,
    OPUS,
    PCMA,
    PCMU,
    AudioCodec,
    Decoder,
    codec_named,
    encode,
    samples_of,
    silence,
)
from botkit.media.sending.payloads import PayloadCache
from botkit.model.pcm import Pcm

Voice = Callable[[float, int], Pcm]
every_codec = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Best normalised cross-correlation within 20 ms of delay, after Opus at most 6.5 ms."""
    a, b = a.astype(float), b.astype(float)
    part = b[: len(b) - 960]
    windows = np.lib.stride_tricks.sliding_window_view(a, len(part))[:960]
    return float(np.max(windows @ part / np.linalg.norm(part) / np.linalg.norm(windows, axis=1)))


@every_codec
def test_there_and_back(codec: AudioCodec, voice: Voice) -> None:
    pcm = voice(0.5, 1)
    decoder = Decoder(codec)
    sound = np.concatenate([decoder.decode(payload) for payload in encode(pcm, codec)])
    assert 0.5 <= len(sound) / codec.clock_rate <= 0.521
    assert likeness(sound, samples_of(pcm, codec.clock_rate)) > 0.9


@every_codec
def test_silence_is_silent_and_20_ms(codec: AudioCodec) -> None:
    decoder = Decoder(codec)
    sound = np.concatenate([decoder.decode(silence(codec)) for _ in range(5)])
    assert len(sound) == 5 * codec.frame
    assert np.abs(sound).max() < 64


def test_the_last_payload_is_filled_up() -> None:
    assert len(encode(Pcm(bytes(2 * 161), 8000), PCMU)) == 2
    assert {len(payload) for payload in encode(Pcm(bytes(2 * 161), 8000), PCMU)} == {160}
    assert encode(Pcm(b"", 8000), OPUS) == ()


def test_names_are_looked_up_as_sdp_writes_them() -> None:
    assert codec_named("OPUS", 48000) is OPUS
    assert codec_named("pcma", 8000) is PCMA
    assert codec_named("opus", 16000) is None
    assert codec_named("telephone-event", 8000) is None


def test_a_rate_change_folds_nothing_down() -> None:
    """6 kHz has no place in 8 kHz sound; without a filter it would come out as 2 kHz."""
    time = np.arange(16_000) / 16_000
    tone = (8000 * np.sin(2 * np.pi * 6000 * time)).astype("<i2")
    changed = samples_of(Pcm(tone.tobytes(), 16_000), 8_000)
    assert np.abs(changed[200:-200]).max() < 80


def test_a_broken_payload_is_no_sound() -> None:
    assert len(Decoder(OPUS).decode(b"\xff" * 3)) == 0


@pytest.fixture
async def cache() -> AsyncIterator[PayloadCache]:
    with ThreadPoolExecutor(1) as executor:
        yield PayloadCache(executor, max_bytes=160 * 60)


async def test_one_sound_is_encoded_once(cache: PayloadCache, voice: Voice) -> None:
    pcm = voice(0.2, 2)
    first, second = cache.get(pcm, PCMU), cache.get(Pcm(bytes(pcm.samples), pcm.rate), PCMU)
    assert first is second
    assert await first == encode(pcm, PCMU)
    assert cache.get(pcm, PCMU).result() is first.result()
    assert await cache.get(pcm, PCMA) != first.result()


async def test_the_cache_is_bounded_and_drops_the_oldest(cache: PayloadCache, voice: Voice) -> None:
    """60 payloads of PCMU fit; four sounds of 20 do not."""
    sounds = [voice(0.4, seed) for seed in range(4)]
    for sound in sounds[:3]:
        await cache.get(sound, PCMU)
    await cache.get(sounds[0], PCMU)
    await cache.get(sounds[3], PCMU)
    await asyncio.sleep(0)
    assert [cache.get(sound, PCMU).done() for sound in sounds] == [True, False, True, True]
