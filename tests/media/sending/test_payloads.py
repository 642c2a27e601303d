"""Encoded prompts that a folder keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.media.codecs import OPUS, PCMU, AudioCodec, encode
from botkit.media.sending import payloads
from botkit.media.sending.payloads import PayloadCache, packed, unpacked
from botkit.model.pcm import Pcm


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The codecs that were set to work, in order."""
    done: list[str] = []

    def counted(pcm: Pcm, codec: AudioCodec) -> tuple[bytes, ...]:
        done.append(codec.name)
        return encode(pcm, codec)

    monkeypatch.setattr(payloads, "encode", counted)
    return done


def list_of(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_the_next_start_finds_them(
    executor: ThreadPoolExecutor, tmp_path: Path, encoded: list[str], voice: Callable[[float, int], Pcm]
) -> None:
    pcm = voice(0.3, 1)
    first = PayloadCache(executor, max_bytes=10**6, folder=tmp_path)
    assert not first.has(pcm, OPUS)
    made = {codec.name: await first.get(pcm, codec) for codec in (OPUS, PCMU)}
    assert first.has(pcm, OPUS)
    assert not first.has(voice(0.3, 2), OPUS)
    second = PayloadCache(executor, max_bytes=10**6, folder=tmp_path)
    assert {codec.name: await second.get(pcm, codec) for codec in (OPUS, PCMU)} == made
    assert encoded == ["opus", "PCMU"]


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data])
async def test_a_broken_file_is_encoded_anew(
    executor: ThreadPoolExecutor,
    tmp_path: Path,
    encoded: list[str],
    voice: Callable[[float, int], Pcm],
    spoil: Callable[[bytes], bytes],
) -> None:
    pcm = Pcm(voice(0.1, 1).samples, 8000)  # Not to be resampled, which differs by chance in the last bit.
    made = await PayloadCache(executor, max_bytes=10**6, folder=tmp_path).get(pcm, PCMU)
    (file,) = list_of(tmp_path)
    file.write_bytes(spoil(file.read_bytes()))
    assert await PayloadCache(executor, max_bytes=10**6, folder=tmp_path).get(pcm, PCMU) == made
    assert encoded == ["PCMU", "PCMU"]


async def test_without_a_folder_nothing_is_kept(
    executor: ThreadPoolExecutor, encoded: list[str], voice: Callable[[float, int], Pcm]
) -> None:
    pcm = voice(0.1, 1)
    cache = PayloadCache(executor, max_bytes=10**6)
    await asyncio.gather(cache.get(pcm, PCMU), cache.get(pcm, PCMU))
    assert not cache.has(pcm, PCMU)
    assert encoded == ["PCMU"]


@given(st.lists(st.binary(max_size=300)).map(tuple))
def test_payloads_are_packed_and_unpacked(given_payloads: tuple[bytes, ...]) -> None:
    assert unpacked(packed(given_payloads)) == given_payloads


@given(st.binary(max_size=50))
def test_anything_is_unpacked_without_a_crash(data: bytes) -> None:
    found = unpacked(data)
    assert found is None or packed(found) == data
