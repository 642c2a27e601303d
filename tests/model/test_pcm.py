"""Sound in WAV files."""

from __future__ import annotations

import io
import struct
import wave
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.model.pcm import Pcm, read_wav, wav

SOUND = Pcm(struct.pack("<4h", 0, 1, -1, 32767), 16_000)


@given(st.binary(max_size=200), st.sampled_from([8000, 16_000, 48_000]))
def test_what_is_written_is_read(data: bytes, rate: int) -> None:
    pcm = Pcm(data[: len(data) // 2 * 2], rate)
    assert read_wav(wav(pcm)) == pcm


def test_other_programs_can_read_it() -> None:
    with wave.open(io.BytesIO(wav(SOUND))) as file:
        assert file.getparams()[:4] == (1, 2, 16_000, 4)


@given(st.binary(max_size=100) | st.binary(max_size=60).map(lambda tail: wav(SOUND)[:30] + tail))
def test_anything_else_is_refused_with_a_value_error(data: bytes) -> None:
    with suppress(ValueError):
        assert len(read_wav(data).samples) <= len(data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no WAV file"),
        (b"\xff\xd8\xff\xe0 a picture", "no WAV file"),
        (wav(SOUND)[:-2], "ends too soon"),
        (wav(SOUND)[:40], "no WAV file"),
    ],
)
def test_it_says_why(data: bytes, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_wav(data)


def test_stereo_is_told_apart() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((2, 2, 8000, 0, "NONE", ""))
        writer.writeframes(bytes(8))
    with pytest.raises(ValueError, match=r"2 channel\(s\) of 16 bits at 8000 Hz"):
        read_wav(file.getvalue())
