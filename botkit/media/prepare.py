"""One audio file made a prompt: `python -m botkit.media.prepare FILE RATE`.

A process of its own, because a decoder may crash over a broken file, and because pydub holds Python's lock
for as long as a file is. Writes samples (16-bit little-endian, one channel, RATE) to stdout; or, with exit
code 3, why there are none.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import soxr

from .files import UNUSABLE

with warnings.catch_warnings():
    # That audioop goes in Python 3.13, and that there is no ffmpeg program, of which it has no need here.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment
    from pydub.silence import detect_leading_silence

LONGEST = 600
"""Seconds of sound."""
LEVEL = -16.0
"""Decibels of full scale: about as loud as the voices speak."""
PEAK = -1.0
"""Decibels of full scale that the loudest sample may have."""
FAINTEST = -60.0
"""Decibels of full scale: what is nowhere louder is silence."""
EDGES = 45.0
"""Decibels below the loudest sample: quieter edges are cut off."""
EDGE = 20
"""Milliseconds left standing at each edge, faded in and out."""

FORMATS = "wav,w64,aiff,au,caf,mp3,aac,ogg,flac,mov,matroska,asf,amr,g722"
"""FFmpeg's names. Nothing that leads on to other files, as playlists do."""
EXACT = {"wav", "w64", "aiff", "flac", "mov,mp4,m4a,3gp,3g2,mj2"}
"""Formats that know how long they are; others guess."""


class Unusable(Exception):
    """The text says why."""


def decoded(path: Path) -> AudioSegment:
    """The first sound of the file, in one channel, at its own rate. Raises `Unusable`."""
    _check_riff(path)
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        with av.open(f"file:{path}", options=options) as container:
            if not container.streams.audio:
                raise Unusable("it holds no sound")
            stream = container.streams.audio[0]
            rate = stream.codec_context.sample_rate
            data = b"".join(_samples(container, stream, rate))
            promised = (
                float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0
            )
            exact = container.format.name in EXACT
    except (av.FFmpegError, OSError, ValueError) as fault:
        raise Unusable("it is no audio file, or a broken one") from fault
    if exact and len(data) / 2 / rate < 0.98 * promised - 0.1:
        raise Unusable("it ends too soon")
    return AudioSegment(data, sample_width=2, frame_rate=rate, channels=1)


def prepared(sound: AudioSegment, rate: int) -> bytes:
    """Trimmed, as loud as the voices, faded at its edges, at `rate`. Raises `Unusable`."""
    sound = resampled(sound, rate)
    if sound.max_dBFS < FAINTEST:
        raise Unusable("it holds nothing but silence")
    before = detect_leading_silence(sound, sound.max_dBFS - EDGES)
    behind = detect_leading_silence(sound.reverse(), sound.max_dBFS - EDGES)
    sound = sound[max(before - EDGE, 0) : len(sound) - max(behind - EDGE, 0)]
    sound = sound.apply_gain(min(LEVEL - sound.dBFS, PEAK - sound.max_dBFS))
    return bytes(sound.fade_in(EDGE).fade_out(EDGE).raw_data)


def resampled(sound: AudioSegment, rate: int) -> AudioSegment:
    """At another rate. Not by pydub, which lets high tones come back as low ones."""
    samples = np.frombuffer(sound.raw_data, "<i2")
    data = soxr.resample(samples, sound.frame_rate, rate).astype("<i2").tobytes()
    return AudioSegment(data, sample_width=2, frame_rate=rate, channels=1)


def _samples(container: av.container.InputContainer, stream: av.AudioStream, rate: int) -> Iterator[bytes]:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    left = LONGEST * rate
    for decoded_frame in container.decode(stream):
        for frame in resampler.resample(decoded_frame):
            left -= frame.samples
            if left < 0:
                raise Unusable(f"it is longer than {LONGEST // 60} minutes")
            yield frame.to_ndarray().astype("<i2").tobytes()


def _check_riff(path: Path) -> None:
    """FFmpeg plays what is there of a WAV file without a word."""
    with path.open("rb") as file:
        head = file.read(12)
    size = int.from_bytes(head[4:8], "little")
    if head[:4] == b"RIFF" and 0 < size < 0xFFFFFFFF and path.stat().st_size < size + 8:
        raise Unusable("it ends too soon")


def main(name: str, rate: str) -> int:
    """The exit code."""
    os.nice(5)
    try:
        data = prepared(decoded(Path(name)), int(rate))
    except Unusable as fault:
        sys.stdout.buffer.write(str(fault).encode())
        return UNUSABLE
    sys.stdout.buffer.write(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
