"""A far end's packets as sound on a steady time line: 20 ms frames, 16 kHz, without holes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from botkit.media.codecs import PTIME, AudioCodec
from botkit.media.rtp.header import ahead
from botkit.ports.audio import Sound

from .decoders import StreamDecoder, stream_decoder
from .incoming import Heard

RATE = 16_000
SAMPLE_BYTES = 2
FRAME_BYTES = 640
LONGEST_GAP = 0.5
"""Seconds that timestamps may leap and be filled; what leaps farther is a new time line."""
SLACK = 0.1
"""Seconds that timestamps may leap farther than the clock, and be filled."""
STARVED = 0.06
"""Seconds without sound after which silence is put in: the far end sends nothing while it is silent (DTX),
or the network stalls. What comes late all the same is heard."""
SECOND_LOOK = 0.01
"""Seconds between a suspicion of silence and the verdict: packets that a busy loop has not read yet count."""
MOST_AHEAD = 5.0
"""Seconds that the time line may be ahead of the clock, so what a network held back so long is heard. What
comes on top of it is not."""
OFF = 0.06
"""Seconds that it may be off the clock, either way, until it is set right: the far end's clock is another
one, and what came late is heard behind the silence that took its place."""
CALM = 50
"""Quiet packets in a row after which it may be set right: whoever waits for the end of a word has it."""
QUIET = 300
"""The largest sample of a quiet packet: 40 dB below the loudest."""


class Listening:
    """Decodes one stream, in order. `give(sound, lost)` gets each frame; `lost` = it is made up."""

    def __init__(self, give: Callable[[Sound, bool], None]) -> None:
        self._give = give
        self._codec: AudioCodec | None = None
        self._decoder: StreamDecoder
        self._expected: int | None = None
        """The timestamp behind the last packet, and behind the silence that was put in since."""
        self._duration = 0
        """Timestamp units of the last packet that could be read."""
        self._unreadable = 0
        """Packets since then."""
        self._end: float | None = None
        """The moment that the time line has come to."""
        self._calm = 0
        self._starved_at: float | None = None
        self._pending = bytearray()

    def hear(self, packet: Heard) -> None:
        """The next packet."""
        codec, timestamp, payload, at, _ = packet
        if codec is not self._codec:
            self._codec, self._expected = codec, None
            self._decoder = stream_decoder(codec)
        if self._end is None:
            self._end = at - PTIME
        if self._end - at > MOST_AHEAD:
            self._expected = None
            return
        if timestamp != self._expected and self._expected is not None:
            self._bridge(packet, ahead(timestamp, self._expected, 32), at - PTIME - self._end)
        sound = self._decoder.decode(payload)
        if not sound:
            self._unreadable += 1
            return
        self._unreadable, self._starved_at = 0, None
        self._duration = len(sound) * codec.clock_rate // (RATE * SAMPLE_BYTES)
        self._expected = (timestamp + self._duration) & 0xFFFFFFFF
        off = at - self._end - PTIME
        if not -OFF < off < OFF:
            sound = self._set_right(sound, off)
        self._append(sound, at, lost=False)

    def tick(self, now: float) -> None:
        """Time passes; about every 20 ms."""
        if self._end is None:
            self._end = now
        missing = now - self._end - STARVED
        if missing <= 0:
            return
        if self._starved_at is None:
            self._starved_at = now
        elif now - self._starved_at >= SECOND_LOOK:
            self._fill(min(missing, LONGEST_GAP), now)

    def _bridge(self, packet: Heard, leap: int, passed: float) -> None:
        """Fill the gap in front of `packet`: its timestamp leaps by so many units, while so many seconds
        passed."""
        codec, timestamp, payload, at, lost = packet
        seconds = leap / codec.clock_rate
        if not 0 < seconds <= min(LONGEST_GAP, passed + SLACK):
            return
        samples = round(seconds * RATE)
        if leap <= (lost + self._unreadable) * self._duration:
            self._append(self._decoder.conceal(samples, payload), at, lost=True)
        else:  # longer than what was lost: the far end was silent
            self._append(bytes(samples * SAMPLE_BYTES), at, lost=False)
        self._expected, self._unreadable = timestamp, 0

    def _fill(self, missing: float, now: float) -> None:
        """Silence, whole frames of it."""
        frames = math.ceil(missing / PTIME)
        if self._codec is not None and self._expected is not None:
            self._expected = (self._expected + frames * self._codec.frame) & 0xFFFFFFFF
        self._append(bytes(frames * FRAME_BYTES), now, lost=False)

    def _set_right(self, sound: bytes, off: float) -> bytes:
        """Where nothing is said, a packet given twice, or not at all."""
        quiet = np.abs(np.frombuffer(sound, "<i2")).max() <= QUIET
        self._calm = self._calm + 1 if quiet else 0
        if self._calm <= CALM:
            return sound
        return b"" if off < 0 else 2 * sound

    def _append(self, sound: bytes, at: float, *, lost: bool) -> None:
        self._end = (self._end or at) + len(sound) / (RATE * SAMPLE_BYTES)
        if not self._pending and len(sound) == FRAME_BYTES:
            self._give(Sound(at, sound), lost)
            return
        self._pending += sound
        whole = len(self._pending) - len(self._pending) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._give(Sound(at, bytes(self._pending[start : start + FRAME_BYTES])), lost)
        del self._pending[:whole]
