"""The packets of one stream that we send: numbers, timestamps and true counts (RFC 3550)."""

from __future__ import annotations

import secrets
import struct

from botkit.media.codecs import AudioCodec

from .dtmf import CLOCK_RATE, KeyPacket

_header = struct.Struct("!BBHII")
VERSION = 0x80
MARKER = 0x80


class RtpStream:
    """A number for each packet, a timestamp for each slot: slots that are skipped are heard as time."""

    def __init__(
        self,
        ssrc: int,
        codec: AudioCodec,
        payload_type: int,
        key_type: int | None,
        key_rate: int = CLOCK_RATE,
    ) -> None:
        """`key_type` is the payload type of telephone-event, if the far end takes any, at `key_rate` Hz."""
        self.ssrc = ssrc
        self.packets = 0
        """Sent so far."""
        self.octets = 0
        """Of payload, sent so far."""
        self.last_timestamp = secrets.randbits(32)
        """Of the slot that was sent last; at first, of the one before the first."""
        self.last_at = 0.0
        """When that was: `time.monotonic()`."""
        self._sequence = secrets.randbits(15)
        self._slot: int | None = None
        self.use(codec, payload_type, key_type, key_rate)

    def use(
        self, codec: AudioCodec, payload_type: int, key_type: int | None, key_rate: int = CLOCK_RATE
    ) -> None:
        """From the next packet on; numbers and timestamps go on."""
        self._frame = codec.frame
        self._payload_type = payload_type
        self._key_type, self._key_rate = key_type, key_rate
        self._begins = True

    def sound(self, slot: int, payload: bytes, now: float) -> bytes:
        """The packet for slot `slot` (counts every 20 ms, from anywhere)."""
        kind = self._payload_type | MARKER if self._begins else self._payload_type
        self._begins = False
        timestamp = self._advance(slot, now)
        return self._packet(kind, timestamp, payload)

    def key(self, slot: int, key: KeyPacket, now: float) -> bytes:
        """The packet for a slot with a key in it; all of one key bear the timestamp of its first."""
        assert self._key_type is not None, "keys are tones then"
        timestamp = (self._advance(slot, now) - key.since * self._frame) & 0xFFFFFFFF
        kind = self._key_type if key.since else self._key_type | MARKER
        return self._packet(kind, timestamp, key.event.write(self._key_rate))

    def _advance(self, slot: int, now: float) -> int:
        slots = 1 if self._slot is None else slot - self._slot
        self._slot = slot
        self.last_at = now
        self.last_timestamp = (self.last_timestamp + slots * self._frame) & 0xFFFFFFFF
        return self.last_timestamp

    def _packet(self, kind: int, timestamp: int, payload: bytes) -> bytes:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets += 1
        self.octets += len(payload)
        return _header.pack(VERSION, kind, self._sequence, timestamp, self.ssrc) + payload
