"""Sound that is remembered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed
from botkit.speech.cache import CachedSynthesizer
from botkit.speech.sentences import PAUSE


class Counting:
    """A voice that says its text in bytes, and counts."""

    def __init__(self, name: str = "counting", version: str = "1") -> None:
        self.name, self.version = name, version
        self.asked: list[str] = []
        self.closed = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        self.asked.append(text)
        await self.gate.wait()
        if text == "fail":
            raise SpeechFailed("cannot")
        return Pcm((text * 100).encode("utf-16-le"), 8000)

    async def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        yield await self.synthesize(text, language=language)

    async def close(self) -> None:
        self.closed = True


class Failing(Counting):
    """Cannot say the last sentence of `LONG`."""

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        return await super().synthesize("fail" if text == LONG[-1] else text, language=language)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_text_is_spoken_once(tmp_path: Path) -> None:
    voice = Counting()
    cached = CachedSynthesizer(voice, tmp_path)
    first = await cached.synthesize("hello", language="en-US")
    assert await cached.synthesize("hello", language="en-US") == first
    assert voice.asked == ["hello"]


async def test_it_survives_a_restart(tmp_path: Path) -> None:
    first = await CachedSynthesizer(Counting(), tmp_path).synthesize("hello", language="en-US")
    voice = Counting()
    assert await CachedSynthesizer(voice, tmp_path).synthesize("hello", language="en-US") == first
    assert voice.asked == []


@pytest.mark.parametrize(
    ("voice", "text", "language"),
    [
        (Counting(name="other"), "hello", "en-US"),
        (Counting(version="2"), "hello", "en-US"),
        (Counting(), "hello", "en-GB"),
        (Counting(), "Hello", "en-US"),
    ],
    ids=["voice", "version", "language", "text"],
)
async def test_what_sounds_different_is_kept_apart(
    tmp_path: Path, voice: Counting, text: str, language: str
) -> None:
    await CachedSynthesizer(Counting(), tmp_path).synthesize("hello", language="en-US")
    await CachedSynthesizer(voice, tmp_path).synthesize(text, language=language)
    assert voice.asked == [text]


async def test_two_at_once_are_one_synthesis() -> None:
    voice = Counting()
    cached = CachedSynthesizer(voice, None)
    voice.gate.clear()
    both = [asyncio.create_task(cached.synthesize("hello", language="en-US")) for _ in range(2)]
    await asyncio.sleep(0)
    both[0].cancel()
    await asyncio.sleep(0)
    voice.gate.set()
    assert (await both[1]).rate == 8000
    assert voice.asked == ["hello"]


async def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    voice = Counting()
    cached = CachedSynthesizer(voice, tmp_path)
    for _ in range(2):
        with pytest.raises(SpeechFailed):
            await cached.synthesize("fail", language="en-US")
    assert voice.asked == ["fail", "fail"]
    assert files(tmp_path) == []


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: b"", lambda data: b"x" + data[1:]])
async def test_a_broken_file_is_a_miss_and_is_mended(tmp_path: Path, spoil: object) -> None:
    await CachedSynthesizer(Counting(), tmp_path).synthesize("hello", language="en-US")
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(spoil(whole))  # type: ignore[operator]
    voice = Counting()
    await CachedSynthesizer(voice, tmp_path).synthesize("hello", language="en-US")
    assert voice.asked == ["hello"]
    assert file.read_bytes() == whole


async def test_the_folder_is_bounded_and_drops_the_oldest(tmp_path: Path) -> None:
    cached = CachedSynthesizer(Counting(), tmp_path, max_bytes=2500)
    for age, text in enumerate(["aaaaa", "bbbbb"]):
        await cached.synthesize(text, language="en-US")
        for file in files(tmp_path):
            os.utime(file, (age, age))
    await cached.synthesize("ccccc", language="en-US")
    assert sum(file.stat().st_size for file in files(tmp_path)) <= 2500
    voice = Counting()
    fresh = CachedSynthesizer(voice, tmp_path, max_bytes=2500)
    await fresh.synthesize("ccccc", language="en-US")
    assert voice.asked == []


async def test_the_memory_is_bounded() -> None:
    voice = Counting()
    cached = CachedSynthesizer(voice, None, memory_bytes=2000)
    for text in ("aaaaa", "bbbbb", "ccccc", "ccccc", "aaaaa"):
        await cached.synthesize(text, language="en-US")
    assert voice.asked == ["aaaaa", "bbbbb", "ccccc", "aaaaa"]


async def test_a_folder_that_cannot_be_written_costs_no_speech(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    pcm = await CachedSynthesizer(Counting(), blocked / "cache").synthesize("hello", language="en-US")
    assert pcm.rate == 8000
    assert "cannot be written" in caplog.text


async def test_close_closes_the_voice() -> None:
    voice = Counting()
    await CachedSynthesizer(voice, None).close()
    assert voice.closed


LONG = [
    "We are open from nine to five, Monday to Friday.",
    "Press one.",
    "We have a second branch, which is beside the river.",
]
"""Sentences that are too long together for one piece."""


async def test_a_long_text_comes_sentence_by_sentence() -> None:
    voice = Counting()
    cached = CachedSynthesizer(voice, None)
    spoken = [piece async for piece in cached.stream(" ".join(LONG), language="en-US")]
    assert voice.asked == LONG
    pause = bytes(2 * round(PAUSE * 8000))
    alone = [(await Counting().synthesize(text, language="en-US")).samples for text in LONG]
    assert [pcm.samples for pcm in spoken] == [alone[0] + pause, alone[1] + pause, alone[2]]
    whole = await cached.synthesize(" ".join(LONG), language="en-US")
    assert whole == Pcm(b"".join(pcm.samples for pcm in spoken), 8000)
    assert voice.asked == LONG


async def test_sentences_are_remembered_each_by_itself(tmp_path: Path) -> None:
    await CachedSynthesizer(Counting(), tmp_path).synthesize(LONG[1], language="en-US")
    voice = Counting()
    await CachedSynthesizer(voice, tmp_path).synthesize(" ".join(LONG), language="en-US")
    assert voice.asked == [LONG[0], LONG[2]]


async def test_the_next_sentence_is_spoken_while_one_is_heard() -> None:
    voice = Counting()
    stream = CachedSynthesizer(voice, None).stream(" ".join(LONG), language="en-US")
    await anext(stream)
    await asyncio.sleep(0)
    assert voice.asked == LONG[:2]


async def test_of_a_text_that_fails_in_the_middle_the_beginning_is_heard() -> None:
    stream = CachedSynthesizer(Failing(), None).stream(" ".join(LONG), language="en-US")
    assert (await anext(stream)).samples
    assert (await anext(stream)).samples
    with pytest.raises(SpeechFailed):
        await anext(stream)


@pytest.mark.parametrize("text", ["Thank you. Goodbye.", "", "<speak>" + " ".join(LONG) + "</speak>"])
async def test_a_short_text_and_ssml_stay_whole(text: str) -> None:
    voice = Counting()
    assert len([piece async for piece in CachedSynthesizer(voice, None).stream(text, language="en")]) == 1
    assert voice.asked == [text]
