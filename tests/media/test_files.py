"""Audio files: what is done to those that sound, and what is said of those that do not."""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from botkit.media import files, prepare
from botkit.media.files import AudioFiles
from botkit.model.pcm import Pcm, wav
from botkit.ports.audio import SoundUnusable

Sound = npt.NDArray[np.float64]


def tone(hertz: float, seconds: float = 1.0, rate: int = 16_000, level: float = 3000.0) -> Sound:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def as_wav(sound: Sound, rate: int = 16_000) -> bytes:
    return wav(Pcm(sound.astype("<i2").tobytes(), rate))


def samples(pcm: Pcm) -> Sound:
    return np.frombuffer(pcm.samples, "<i2").astype(float)


def decibels(sound: Sound) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(sound**2)) / 32768 + 1e-9))


def strength(sound: Sound, hertz: float, rate: int) -> float:
    """Of one frequency, in decibels of full scale."""
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / rate)
    return float(20 * np.log10(abs(np.mean(sound * wave)) * 2 / 32768 + 1e-9))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], str]:
    """Puts bytes into a file and gives its name."""

    def write(data: bytes, name: str = "prompt.wav") -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    return write


async def test_it_is_trimmed_as_loud_as_a_voice_and_faded(write: Callable[..., str]) -> None:
    quiet = np.concatenate((np.zeros(8000), tone(440, 1.0, level=300), np.zeros(16_000)))
    pcm = await AudioFiles().load(write(as_wav(quiet)))
    assert pcm.rate == 16_000
    assert pcm.seconds == pytest.approx(1.04, abs=0.03)
    assert decibels(samples(pcm)) == pytest.approx(prepare.LEVEL, abs=0.5)
    assert abs(samples(pcm)[0]) < 50 > abs(samples(pcm)[-1])


async def test_what_has_high_peaks_is_not_clipped(write: Callable[..., str]) -> None:
    sound = tone(440, 1.0, level=300)
    sound[8000] = 30_000
    pcm = await AudioFiles().load(write(as_wav(sound)))
    assert 20 * np.log10(np.abs(samples(pcm)).max() / 32768) == pytest.approx(prepare.PEAK, abs=0.1)


async def test_no_high_tone_comes_back_as_a_low_one(write: Callable[..., str]) -> None:
    """6 kHz cannot be had at 8000 samples a second, and must not be heard as 2 kHz."""
    sound = tone(1000) + tone(6000)
    pcm = await AudioFiles(rate=8000).load(write(as_wav(sound)))
    assert strength(samples(pcm), 2000, 8000) < strength(samples(pcm), 1000, 8000) - 50


def test_pydub_itself_would_have_let_it() -> None:
    """The control: the test above can fail."""
    sound = (tone(1000) + tone(6000)).astype("<i2").tobytes()
    segment = prepare.AudioSegment(sound, sample_width=2, frame_rate=16_000, channels=1)
    folded = np.frombuffer(segment.set_frame_rate(8000).raw_data, "<i2").astype(float)
    assert strength(folded, 2000, 8000) > strength(folded, 1000, 8000) - 3
    right = np.frombuffer(prepare.resampled(segment, 8000).raw_data, "<i2").astype(float)
    assert strength(right, 2000, 8000) < strength(right, 1000, 8000) - 50


def encode(path: Path, codec: str, rate: int) -> None:
    sound = tone(440, 1.0, rate).astype("<i2")
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.repeat(sound, 2).reshape(1, -1), format="s16", layout="stereo")
        frame.rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="stereo",
            rate=rate,
            frame_size=stream.codec_context.frame_size,
        )
        for part in (*resampler.resample(frame), *resampler.resample(None), None):
            container.mux(stream.encode(part))


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.mp3", "libmp3lame", 44_100),
        ("a.ogg", "libopus", 48_000),
        ("a.flac", "flac", 44_100),
        ("a.m4a", "aac", 44_100),
        ("a.aiff", "pcm_s16be", 22_050),
        ("a.wav", "pcm_s24le", 48_000),
        ("a.wav", "pcm_mulaw", 8_000),
    ],
)
async def test_any_common_format(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    """In stereo, at its own rate."""
    encode(tmp_path / name, codec, rate)
    pcm = await AudioFiles(tmp_path).load(name)
    assert pcm.seconds == pytest.approx(1.0, abs=0.1)
    assert strength(samples(pcm)[1600:-1600], 440, 16_000) > -16


PLAYLIST = b"ffconcat version 1.0\nfile prompt.wav\n"

WHOLE = as_wav(tone(440))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(5000), "is no audio file, or a broken one"),
        (b"Hello " * 1000, "is no audio file, or a broken one"),
        (PLAYLIST, "is no audio file, or a broken one"),
        (b"", "it is empty"),
        (WHOLE[:20_000], "it ends too soon"),
        (WHOLE[:44], "it ends too soon"),
        (WHOLE[:30], "it ends too soon"),
        (as_wav(np.zeros(16_000)), "nothing but silence"),
        (as_wav(np.zeros(0)), "nothing but silence|no audio file"),
        (WHOLE[:24] + struct.pack("<I", 0) + WHOLE[28:], "is no audio file, or a broken one"),
    ],
    ids=["picture", "text", "playlist", "empty", "cut", "head", "half", "silence", "none", "no rate"],
)
async def test_what_cannot_be_played_is_told_with_place_and_remedy(
    write: Callable[..., str], data: bytes, told: str
) -> None:
    name = write(data)
    with pytest.raises(SoundUnusable, match=told) as refused:
        await AudioFiles().load(name)
    assert name in refused.value.where
    assert "name another one" in refused.value.remedy


async def test_what_is_not_there_or_no_file_is_told(tmp_path: Path) -> None:
    for name, told in ((".", "it is no file"), ("gone.wav", "No such file"), ("a\0b", "cannot be a file")):
        with pytest.raises(SoundUnusable, match=told):
            await AudioFiles(tmp_path).load(name)


async def test_what_is_too_long_or_too_large_is_told(
    write: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    long = write(as_wav(np.tile(tone(440, rate=8000), 601), 8000))
    with pytest.raises(SoundUnusable, match="longer than 10 minutes"):
        await AudioFiles().load(long)
    monkeypatch.setattr(files, "MOST_BYTES", 1 << 20)
    with pytest.raises(SoundUnusable, match="more than 1 MB"):
        await AudioFiles().load(long)


async def test_a_decoder_that_hangs_or_crashes_is_survived(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SoundUnusable, match="not ready within"):
        await AudioFiles(timeout=0.01).load(write(WHOLE))
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nkill -SEGV $$\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(SoundUnusable, match="its decoder failed"):
        await AudioFiles().load(write(WHOLE))


class Counted:
    """Counts the processes that prepare files."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self._run = subprocess.run
        monkeypatch.setattr(subprocess, "run", self.run)

    def run(self, *args: object, **options: object) -> object:
        self.count += 1
        return self._run(*args, **options)  # type: ignore[call-overload]


async def test_a_file_is_prepared_once_until_it_changes(
    write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    name = write(WHOLE)
    sounds = AudioFiles(prepared=tmp_path / "prepared")
    first, second = await asyncio.gather(sounds.load(name), sounds.load(name))
    assert first == second == await sounds.load(name)
    assert counted.count == 1
    assert await AudioFiles(prepared=tmp_path / "prepared").load(name) == first
    assert counted.count == 1
    write(as_wav(tone(880)))
    os.utime(name, (1, 1))
    assert strength(samples(await sounds.load(name)), 880, 16_000) > -20
    assert counted.count == 2


async def test_a_file_that_was_mended_plays(write: Callable[..., str]) -> None:
    sounds = AudioFiles()
    name = write(WHOLE[:20_000])
    with pytest.raises(SoundUnusable):
        await sounds.load(name)
    write(WHOLE)
    assert (await sounds.load(name)).seconds == pytest.approx(1.0, abs=0.05)


async def test_a_link_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    with pytest.raises(SoundUnusable, match="cannot be played"):
        await AudioFiles(tmp_path).load("loop.wav")
