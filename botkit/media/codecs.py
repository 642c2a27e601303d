"""The audio codecs of a call: sound to 20 ms payloads and back, by FFmpeg's codecs in `av`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import numpy as np
import numpy.typing as npt
import soxr
from av.audio.codeccontext import AudioCodecContext

from botkit.model.pcm import Pcm

PTIME = 0.02
"""Seconds of sound in one packet."""
Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioCodec:
    """One codec that a call can use."""

    name: str
    """As in an SDP `rtpmap`."""
    clock_rate: int
    """RTP timestamp units a second, and samples a second of what goes in and comes out."""
    payload_type: int | None
    """The static one of RFC 3551; None = dynamic."""
    ffmpeg: str
    """FFmpeg's name for it."""

    @property
    def frame(self) -> int:
        """Samples of one payload, and timestamp units."""
        return round(self.clock_rate * PTIME)


OPUS = AudioCodec(
    name="opus",
    clock_rate=48000,
    payload_type=None,
    ffmpeg="libopus",
)
PCMU = AudioCodec(
    name="PCMU",
    clock_rate=8000,
    payload_type=0,
    ffmpeg="pcm_mulaw",
)
PCMA = AudioCodec(
    name="PCMA",
    clock_rate=8000,
    payload_type=8,
    ffmpeg="pcm_alaw",
)
CODECS = (OPUS, PCMU, PCMA)
"""Every WebRTC end has to know them (RFC 7874 section 3). G722 is left out: its decoder carries state from
frame to frame, and where ready payloads of two sounds meet it crackles for 100 ms."""


OPUS_BIT_RATE = 32_000
WARM_UP_FRAMES = 10
"""After so many frames of nothing an encoder repeats itself."""


def codec_named(name: str, clock_rate: int) -> AudioCodec | None:
    """The codec of an SDP `rtpmap`, or None when botkit has it not."""
    for codec in CODECS:
        if codec.name.lower() == name.lower() and codec.clock_rate == clock_rate:
            return codec
    return None


def samples_of(pcm: Pcm, rate: int) -> Samples:
    """`pcm` at `rate` samples a second, band-limited (soxr)."""
    samples = np.frombuffer(pcm.samples, dtype="<i2").astype(np.int16, copy=False)
    if pcm.rate == rate or not len(samples):
        return samples
    changed: Samples = soxr.resample(samples, pcm.rate, rate)
    return changed


def encode(pcm: Pcm, codec: AudioCodec) -> tuple[bytes, ...]:
    """The payloads of `pcm`, 20 ms each, the last one filled up with silence.

    Every call begins with a fresh encoder, so payloads of several sounds can follow each other.
    """
    samples = samples_of(pcm, codec.clock_rate)
    return tuple(_payloads(samples, codec)) if len(samples) else ()


@cache
def silence(codec: AudioCodec) -> bytes:
    """The payload that stands for 20 ms of nothing."""
    return tuple(_payloads(np.zeros(WARM_UP_FRAMES * codec.frame, np.int16), codec))[WARM_UP_FRAMES - 1]


def _payloads(samples: Samples, codec: AudioCodec) -> Iterator[bytes]:
    encoder = Encoder(codec)
    padded = np.pad(samples, (0, -len(samples) % codec.frame))
    for start in range(0, len(padded), codec.frame):
        yield from encoder.encode(padded[start : start + codec.frame])
    yield from encoder.finish()


class Encoder:
    """One stream's encoder."""

    def __init__(self, codec: AudioCodec) -> None:
        context = av.CodecContext.create(codec.ffmpeg, "w")
        assert isinstance(context, AudioCodecContext)
        context.format = "s16"
        context.layout = "mono"
        context.sample_rate = codec.clock_rate
        context.time_base = Fraction(1, codec.clock_rate)
        if codec is OPUS:
            context.bit_rate = OPUS_BIT_RATE
            context.options = {"application": "voip", "frame_duration": "20"}
        self._context = context
        self._pts = 0

    def encode(self, frame: Samples) -> Iterator[bytes]:
        """The payloads that are ready with these 20 ms."""
        sound = av.AudioFrame.from_ndarray(frame[None, :], layout="mono")
        sound.sample_rate = self._context.sample_rate
        sound.time_base = self._context.time_base
        sound.pts = self._pts
        self._pts += len(frame)
        return map(bytes, self._context.encode(sound))

    def finish(self) -> Iterator[bytes]:
        """What is still inside."""
        return map(bytes, self._context.encode(None))


def seconds_of(payload: bytes, codec: AudioCodec) -> float:
    """How much time one payload holds; 0 when it is broken."""
    if codec is not OPUS:
        return len(payload) / codec.clock_rate
    if not payload:
        return 0.0
    # RFC 6716 section 3.1: mode, frame size, and how many frames.
    mode, count = payload[0] >> 3, payload[0] & 3
    if mode < 12:
        frame = (0.01, 0.02, 0.04, 0.06)[mode & 3]
    elif mode < 16:
        frame = (0.01, 0.02)[mode & 1]
    else:
        frame = (0.0025, 0.005, 0.01, 0.02)[mode & 3]
    if count == 3:
        return frame * (payload[1] & 0x3F) if len(payload) > 1 else 0.0
    return frame * (1, 2, 2)[count]


class Decoder:
    """One stream's decoder; payloads must come in order."""

    def __init__(self, codec: AudioCodec) -> None:
        context = av.CodecContext.create(codec.ffmpeg, "r")
        assert isinstance(context, AudioCodecContext)
        context.format = "s16"
        context.layout = "mono"
        context.sample_rate = codec.clock_rate
        self._context = context

    def decode(self, payload: bytes) -> Samples:
        """The sound of one payload, mono at the codec's rate. A broken payload is silence of no length."""
        if not payload:  # means the end of the stream to FFmpeg
            return np.zeros(0, np.int16)
        try:
            frames = self._context.decode(av.Packet(payload))
        except av.FFmpegError:
            return np.zeros(0, np.int16)
        sound: Samples = np.concatenate(
            [np.zeros(0, np.int16), *(frame.to_ndarray().reshape(-1) for frame in frames)], dtype=np.int16
        )
        return sound
