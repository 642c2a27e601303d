"""The RTP header (RFC 3550 section 5.1), as far as a tap needs it: read, and replaced."""

from __future__ import annotations

import struct
from typing import NamedTuple

FIXED_LENGTH = 12
PLAIN = 0x80
"""The first byte of nearly every packet: version 2, and neither padding, extension nor sources."""
RTCP_TYPES = range(64, 96)
"""What the payload type field shows for RTCP on a shared port (RFC 5761 section 4)."""
_fixed = struct.Struct("!BBHII")


class RtpHeader(NamedTuple):
    """The fields of one packet, and where its payload lies."""

    payload_type: int
    marker: bool
    sequence: int
    """16 bits, wraps."""
    timestamp: int
    """32 bits, in units of the codec's clock rate, wraps."""
    ssrc: int
    start: int
    """Offset of the payload's first byte."""
    end: int
    """Offset behind the payload's last byte, padding left out."""

    @classmethod
    def read(cls, packet: bytes) -> RtpHeader | None:
        """The header of `packet`; None for RTCP and for what is no RTP packet."""
        if len(packet) < FIXED_LENGTH:
            return None
        flags, kind, sequence, timestamp, ssrc = _fixed.unpack_from(packet)
        if flags >> 6 != 2 or kind & 0x7F in RTCP_TYPES:
            return None
        if flags == PLAIN:
            return cls(kind & 0x7F, kind > 0x7F, sequence, timestamp, ssrc, FIXED_LENGTH, len(packet))
        start = FIXED_LENGTH + 4 * (flags & 0x0F)
        if flags & 0x10:
            if len(packet) < start + 4:
                return None
            start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
        end = len(packet) - packet[-1] if flags & 0x20 else len(packet)
        if start > end:
            return None
        return cls(kind & 0x7F, kind > 0x7F, sequence, timestamp, ssrc, start, end)


def rewritten(packet: bytes, *, payload_type: int, marker: bool, timestamp: int, payload: bytes) -> bytes:
    """A packet that takes this one's place in its stream: same sequence number and SSRC, no extension."""
    sequence, ssrc = packet[2:4], packet[8:12]
    kind = payload_type | (0x80 if marker else 0)
    return bytes((0x80, kind)) + sequence + struct.pack("!I", timestamp & 0xFFFFFFFF) + ssrc + payload


def ahead(a: int, b: int, bits: int = 16) -> int:
    """How far counter `a` is ahead of `b`, both wrapping at `bits`; negative when behind."""
    half = 1 << (bits - 1)
    return ((a - b + half) & ((1 << bits) - 1)) - half
