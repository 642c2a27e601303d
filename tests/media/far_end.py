"""A far end that sends packets by a clock of the test's, and what is heard of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec
from botkit.media.receiving.incoming import Incoming
from botkit.media.receiving.listening import FRAME_BYTES, Listening
from botkit.model.pcm import Pcm
from botkit.ports.audio import Sound

KEY_TYPE = 126
TYPES = {OPUS: 111, PCMU: 0, PCMA: 8}


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@dataclass
class Line:
    """A far end that sends, and what is heard of it."""

    codec: AudioCodec
    time: Time
    keys: list[str] = field(default_factory=list)
    heard: list[Sound] = field(default_factory=list)
    lost: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.incoming = Incoming(self.keys.append, clock=self.time.monotonic)
        self.incoming.codecs = {number: codec for codec, number in TYPES.items()}
        self.incoming.key_type = KEY_TYPE
        self.listening = Listening(self.take)
        self.incoming.attach(self.listening)

    def take(self, sound: Sound, lost: bool) -> None:
        self.heard.append(sound)
        self.lost.append(lost)

    def send(self, number: int, payload: bytes, *, kind: int | None = None, slot: int | None = None) -> None:
        stamp = (number if slot is None else slot) * self.codec.frame
        head = struct.pack(
            "!BBHII", 0x80, TYPES[self.codec] if kind is None else kind, number & 0xFFFF, stamp, 7
        )
        self.incoming(head + payload)

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.02)):
            self.time.now += 0.02
            self.incoming.tick(self.time.now)

    def sound(self) -> np.ndarray:
        return np.frombuffer(b"".join(sound.samples for sound in self.heard), "<i2").astype(float)


def hum(seconds: float) -> Pcm:
    wave = 8_000 * np.sin(2 * np.pi * 400 * np.arange(round(seconds * 16_000)) / 16_000)
    return Pcm(wave.astype("<i2").tobytes(), 16_000)


def loudness(line: Line) -> list[bool]:
    """Frame by frame, whether something is to be heard."""
    frames = line.sound().reshape(-1, FRAME_BYTES // 2)
    return [bool(np.sqrt(np.mean(frame**2)) > 3_000) for frame in frames]


def expecting_losses(pcm: Pcm) -> list[bytes]:
    """Payloads of an encoder that was told of losses, so that each has a copy of the frame before."""
    context = av.CodecContext.create("libopus", "w")
    assert isinstance(context, AudioCodecContext)
    context.format, context.layout, context.sample_rate = "s16", "mono", pcm.rate
    context.time_base = Fraction(1, pcm.rate)
    context.bit_rate = 24_000
    context.options = {"application": "voip", "frame_duration": "20", "packet_loss": "20", "fec": "1"}
    frame = av.AudioFrame.from_ndarray(np.frombuffer(pcm.samples, "<i2").reshape(1, -1), "s16", "mono")
    frame.sample_rate = pcm.rate
    return [bytes(packet) for packet in (*context.encode(frame), *context.encode(None))]
