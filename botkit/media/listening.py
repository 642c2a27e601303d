"""A far end's packets as sound on a steady time line: 20 ms frames, 16 kHz, without holes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from botkit.ports.audio import Sound

from .codecs import PTIME, AudioCodec, Decoder, Samples
from .incoming import Heard
from .rates import Resampler
from .rtp import ahead

RATE = 16_000
FRAME_BYTES = 640
LONGEST_GAP = 0.5
"""Seconds that timestamps may leap and be filled; what leaps farther is a new time line."""
STARVED = 0.06
"""Seconds without sound after which silence is put in: the far end sends nothing while it is silent (DTX),
or the network stalls. What comes late all the same is heard."""
SECOND_LOOK = 0.01
"""Seconds between a suspicion of silence and the verdict: packets that a busy loop has not read yet count."""


class Listening:
    """Decodes one stream, in order. `give(sound, lost)` gets each frame; `lost` = it was in lost packets."""

    def __init__(self, give: Callable[[Sound, bool], None]) -> None:
        self._give = give
        self._codec: AudioCodec | None = None
        self._expected: int | None = None
        self._pending = bytearray()
        self._given_at: float | None = None
        self._starved_at: float | None = None

    def hear(self, packet: Heard) -> None:
        """The next packet."""
        codec, timestamp, at = packet.codec, packet.timestamp, packet.at
        if codec is not self._codec:
            self._codec, self._expected = codec, None
            self._decoder, self._resampler = Decoder(codec), Resampler(codec.clock_rate, RATE)
        gap = 0 if self._expected is None else ahead(timestamp, self._expected, 32)
        if 0 < gap <= LONGEST_GAP * codec.clock_rate:
            self._append(_silence(gap / codec.clock_rate, codec), at, lost=True)
        sound = self._decoder.decode(packet.payload)
        self._expected = (timestamp + len(sound)) & 0xFFFFFFFF
        self._append(sound, at, lost=False)
        self._given_at, self._starved_at = at, None

    def tick(self, now: float) -> None:
        """Time passes; about every 20 ms."""
        if self._given_at is None:
            self._given_at = now
        missing = now - self._given_at - STARVED
        if missing <= 0:
            return
        if self._starved_at is None:
            self._starved_at = now
        elif now - self._starved_at >= SECOND_LOOK:
            self._fill(min(missing, LONGEST_GAP), now)

    def _fill(self, missing: float, now: float) -> None:
        frames = math.ceil(missing / PTIME)
        if self._codec is None:
            for _ in range(frames):
                self._give(Sound(now, bytes(FRAME_BYTES)), False)
        else:
            silence = _silence(frames * PTIME, self._codec)
            if self._expected is not None:
                self._expected = (self._expected + len(silence)) & 0xFFFFFFFF
            self._append(silence, now, lost=False)
        self._given_at = now - STARVED + (frames * PTIME - missing)

    def _append(self, sound: Samples, at: float, *, lost: bool) -> None:
        self._pending += self._resampler.feed(sound).astype("<i2").tobytes()
        whole = len(self._pending) - len(self._pending) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._give(Sound(at, bytes(self._pending[start : start + FRAME_BYTES])), lost)
        del self._pending[:whole]


def _silence(seconds: float, codec: AudioCodec) -> Samples:
    """In whole milliseconds, so that it divides by every factor of a rate."""
    return np.zeros(round(seconds * 1000) * (codec.clock_rate // 1000), np.int16)
