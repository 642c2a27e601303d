"""One far end's sound on its way into another leg's slots."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from botkit.media.codecs import OPUS, PTIME, AudioCodec, Encoder, seconds_of, silence
from botkit.media.rates import Resampler
from botkit.media.receiving.incoming import Heard
from botkit.media.receiving.listening import RATE, Listening
from botkit.media.weakly import weakly
from botkit.ports.audio import Sound

PREFILL = 2
"""Payloads that are gathered before the first one goes out: so much may the next ones be late."""
MOST = 8
"""Payloads that wait at most; the oldest go then."""
TRIM_EVERY = 250
"""Slots. Where so long more than `PREFILL` payloads have waited, one is left out. So what a loss or a stall
added stays for as long as they go on, and only the first of them is heard as a hole."""
FRAMES_MASK = 0x03
"""The bits of an Opus payload's first byte that tell how many frames are in it; 0 = one."""


class Relay:
    """A small jitter buffer: `hear` and `tick` fill it (it is a `Sink`), `take` empties it.

    A 20 ms payload of the sender's own codec goes through as it is; all others are decoded and encoded. In
    place of a lost one goes what lets the far decoder make it up, where it can.
    """

    def __init__(self, codec: AudioCodec) -> None:
        """`codec` is the one that the slots are sent with."""
        self._codec = codec
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._flows = False
        self._least = MOST
        self._slots = 0
        self._recoded: Listening | None = None
        self._latest = b""

    def hear(self, packet: Heard) -> None:
        """The next packet, in order."""
        whole = math.isclose(seconds_of(packet.payload, packet.codec), PTIME)
        if packet.codec is self._codec and whole:
            self._recoded = None
            if packet.lost <= PREFILL:  # of more, silence has gone out in their time
                for place in range(packet.lost):
                    self._put(self._stand_in(packet.payload, place), packet.at)
            self._put(packet.payload, packet.at)
            self._latest = packet.payload
            return
        if self._recoded is None:
            self._recoded = Listening(weakly(self._encode))
            self._encoder, self._resampler = Encoder(self._codec), Resampler(RATE, self._codec.clock_rate)
        self._recoded.hear(packet)

    def tick(self, now: float) -> None:
        """Time passes."""
        if self._recoded is not None:
            self._recoded.tick(now)

    def take(self, now: float) -> bytes | None:
        """The payload for the slot that is due; None = silence."""
        if not self._waiting:
            self._flows, self._least, self._slots = False, MOST, 0
            return None
        late = now - self._waiting[0][0] >= PREFILL * PTIME
        self._flows = self._flows or late or len(self._waiting) >= PREFILL
        if not self._flows:
            return None
        self._trim()
        return self._waiting.popleft()[1]

    def _trim(self) -> None:
        """Delay that a stall left behind goes again."""
        self._least = min(self._least, len(self._waiting))
        self._slots += 1
        if self._slots >= TRIM_EVERY:
            if self._least > PREFILL:
                self._waiting.popleft()
            self._least, self._slots = MOST, 0

    def _encode(self, sound: Sound, lost: bool) -> None:
        samples = self._resampler.feed(np.frombuffer(sound.samples, "<i2").astype(np.int16))
        for payload in self._encoder.encode(samples):
            self._put(payload, sound.at)

    def _stand_in(self, following: bytes, place: int) -> bytes:
        """For a lost payload, so that those behind it keep their time."""
        if self._codec is OPUS:  # a frame of no bytes, which a decoder takes for a lost one (RFC 6716, 3.2.1)
            return bytes((following[0] & ~FRAMES_MASK,))
        return self._latest if self._latest and not place else silence(self._codec)

    def _put(self, payload: bytes, at: float) -> None:
        self._waiting.append((at, payload))
        if len(self._waiting) > MOST:
            self._waiting.popleft()
