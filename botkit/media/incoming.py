"""What the caller sends, packet by packet: keys are taken out, the rest goes on without a hole."""

from __future__ import annotations

import time
from collections.abc import Callable

from .dtmf import HoleCloser, KeyReader
from .rtp import RtpHeader, renumbered


class Incoming:
    """A filter in front of aiortc's receiver (`aiortc_hooks.filter_incoming`).

    Keys never reach the jitter buffer, so they are told at once and cannot reach the decoder.
    """

    def __init__(self, key_type: int | None, on_key: Callable[[str], None]) -> None:
        self._key_type = key_type
        self._on_key = on_key
        self._keys = KeyReader()
        self._holes = HoleCloser()
        self.heard_at = time.monotonic()
        """When the last RTP packet came; at first, when this began to listen."""

    def __call__(self, packet: bytes) -> bytes | None:
        """The packet that goes on, or None for a key."""
        header = RtpHeader.read(packet)
        if header is None:
            return packet
        self.heard_at = time.monotonic()
        if header.payload_type == self._key_type:
            self._holes.take_out(header.sequence)
            key = self._keys.read(header.timestamp, packet[header.start : header.end])
            if key is not None:
                self._on_key(key)
            return None
        number = self._holes.pass_on(header.sequence)
        return packet if number == header.sequence else renumbered(packet, number)
