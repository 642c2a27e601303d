"""RTCP packets (RFC 3550 section 6), as far as botkit tells and understands them: reports, names, good-byes.

Pure. What others send is read as far as it can be: unknown kinds are passed over, and what follows a broken
length is left alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1500
"""Bytes of a compound that is read; no datagram of the field is longer."""
SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, BYE = 200, 201, 202, 203
CNAME = 1
_header = struct.Struct("!BBH")
_sender = struct.Struct("!QIII")
_block = struct.Struct("!IIIIII")
_word = struct.Struct("!I")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """How one source is received."""

    ssrc: int
    fraction: int
    """Lost since the report before, in 1/256."""
    lost: int
    """Since the beginning; negative when more came twice than never (24 bits, signed)."""
    highest: int
    """The highest sequence number, cycles in the upper 16 bits."""
    jitter: int
    """In units of the source's clock rate."""
    last_report: int
    """The middle 32 bits of the NTP time in the source's last sender report; 0 = there was none."""
    delay: int
    """Since that one came, in 1/65536 s."""

    def write(self) -> bytes:
        """24 bytes."""
        lost = self.fraction << 24 | max(-0x800000, min(self.lost, 0x7FFFFF)) & 0xFFFFFF
        return _block.pack(self.ssrc, lost, self.highest, self.jitter, self.last_report, self.delay)

    @classmethod
    def read(cls, data: bytes, at: int) -> Block:
        """The one that begins at offset `at`."""
        ssrc, lost, highest, jitter, last_report, delay = _block.unpack_from(data, at)
        return cls(
            ssrc=ssrc,
            fraction=lost >> 24,
            lost=(lost & 0xFFFFFF ^ 0x800000) - 0x800000,
            highest=highest,
            jitter=jitter,
            last_report=last_report,
            delay=delay,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a source says of itself."""

    ntp: int
    """When it said so: 32.32 bits of seconds since 1900."""
    timestamp: int
    """The same moment by its RTP clock."""
    packets: int
    octets: int
    """Of payload."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A sender report, or without `sent` a receiver report."""

    ssrc: int
    sent: Sent | None
    blocks: tuple[Block, ...] = ()

    def write(self) -> bytes:
        """The packet."""
        kind, body = RECEIVER_REPORT, _word.pack(self.ssrc)
        if self.sent is not None:
            wrapped = (
                value & 0xFFFFFFFF for value in (self.sent.timestamp, self.sent.packets, self.sent.octets)
            )
            kind, body = SENDER_REPORT, body + _sender.pack(self.sent.ntp, *wrapped)
        return _packet(kind, len(self.blocks), body + b"".join(block.write() for block in self.blocks))


@dataclass(frozen=True, slots=True)
class Bye:
    """These sources are gone."""

    sources: tuple[int, ...]

    def write(self) -> bytes:
        """The packet."""
        return _packet(BYE, len(self.sources), b"".join(map(_word.pack, self.sources)))


def source_name(ssrc: int, cname: str) -> bytes:
    """A source description with the canonical name."""
    name = cname.encode()
    items = _word.pack(ssrc) + bytes((CNAME, len(name))) + name
    return _packet(SOURCE_DESCRIPTION, 1, items + bytes(4 - len(items) % 4))


def read(compound: bytes) -> Iterator[Report | Bye]:
    """What is understood of a compound packet. Never raises."""
    at = 0
    while at + _header.size <= len(compound) <= LONGEST:
        flags, kind, words = _header.unpack_from(compound, at)
        body = compound[at + _header.size : at + _header.size + 4 * words]
        at += _header.size + 4 * words
        if flags >> 6 != 2 or at > len(compound):
            return
        count = flags & 0x1F
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            report = _report(body, count, with_sent=kind == SENDER_REPORT)
            if report is not None:
                yield report
        elif kind == BYE and len(body) >= 4 * count:
            yield Bye(struct.unpack_from(f"!{count}I", body))


def _report(body: bytes, count: int, *, with_sent: bool) -> Report | None:
    start = _word.size + (_sender.size if with_sent else 0)
    if len(body) < start + count * _block.size:
        return None
    sent = None
    if with_sent:
        ntp, timestamp, packets, octets = _sender.unpack_from(body, _word.size)
        sent = Sent(ntp=ntp, timestamp=timestamp, packets=packets, octets=octets)
    blocks = (Block.read(body, start + n * _block.size) for n in range(count))
    return Report(ssrc=_word.unpack_from(body)[0], sent=sent, blocks=tuple(blocks))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _header.pack(0x80 | count, kind, len(body) // 4) + body


def middle(ntp: int) -> int:
    """The 32 bits of an NTP time that reports name it by."""
    return ntp >> 16 & 0xFFFFFFFF
