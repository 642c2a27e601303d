"""A caller that can send what no honest one does: its packets changed, repeated, or made up."""

from __future__ import annotations

import random
import re
import socket
import struct
from collections.abc import Callable, Iterator

from botkit.media import aiortc_hooks
from botkit.media.codecs import OPUS, AudioCodec
from botkit.media.rtp.header import RtpHeader
from botkit.testing.caller import Caller

STUN_COOKIE = 0x2112A442


class RoughCaller(Caller):
    """`change` sees each of its RTP and RTCP packets before encryption, and says what goes out instead."""

    def __init__(self, *, codec: AudioCodec = OPUS, also: AudioCodec | None = None) -> None:
        """`also` is offered as well, behind `codec`."""
        super().__init__(codec=codec)
        self.change: Callable[[bytes], bytes | None] = lambda packet: packet
        self.datagrams: list[bytes] = []
        """All that went out since it is connected, encrypted."""
        self.last: RtpHeader
        """Of the RTP packet that it sent last, before any change."""
        self._also = also

    async def connected(self, timeout: float = 10.0) -> None:
        """Return when media flows both ways."""
        await super().connected(timeout)
        aiortc_hooks.filter_outgoing(self._transport, self._changed_packet)
        send = self._transport.transport._send

        async def noted(data: bytes) -> None:
            self.datagrams.append(data)
            await send(data)

        self._transport.transport._send = noted
        await self.until(lambda: hasattr(self, "last") and bool(self.packets))

    @property
    def bot(self) -> tuple[str, int]:
        """Where the bot's packets come from."""
        return self._transport.transport._connection._nominated[1].remote_addr

    async def send(self, datagram: bytes) -> None:
        """As it is, from the caller's own address."""
        await self._transport.transport._send(datagram)

    async def send_rtp(self, packet: bytes) -> None:
        """Encrypted with the call's key."""
        await self.send(self._transport._tx_srtp.protect(packet))

    async def send_rtcp(self, packet: bytes) -> None:
        """Encrypted with the call's key."""
        await self.send(self._transport._tx_srtp.protect_rtcp(packet))

    @property
    def _transport(self):
        (transceiver,) = self._pc.getTransceivers()
        return aiortc_hooks.transport_of(transceiver)

    def _preferences(self):
        known = {c.mimeType: c for c in aiortc_hooks.audio_capabilities()}
        also = [] if self._also is None else [known[f"audio/{self._also.name}"]]
        first, *rest = super()._preferences()
        return [first, *also, *rest]

    def _changed_packet(self, packet: bytes) -> bytes | None:
        header = RtpHeader.read(packet)
        if header is not None:
            self.last = header
            self._news.set()
        return self.change(packet)


def rtp(payload: bytes, *, kind: int, sequence: int, timestamp: int, source: int, flags: int = 0x80) -> bytes:
    """An RTP packet. `kind` = its payload type, `source` = its SSRC, `flags` = its first byte."""
    head = struct.pack("!BBHII", flags, kind, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, source)
    return head + payload


def shifted(packet: bytes, *, timestamp: int, sequence: int = 0) -> bytes:
    """An RTP packet with a timestamp and a number so much later; RTCP as it is."""
    header = RtpHeader.read(packet)
    if header is None:
        return packet
    number, stamp = (header.sequence + sequence) & 0xFFFF, (header.timestamp + timestamp) & 0xFFFFFFFF
    return packet[:2] + struct.pack("!HI", number, stamp) + packet[8:]


def nonsense(generator: random.Random) -> Iterator[bytes]:
    """Datagrams of each kind that comes in at a media port, and none of them whole."""
    yield b""
    for first in range(256):
        yield bytes([first])
        yield bytes([first]) + generator.randbytes(generator.randrange(60))
    yield from (generator.randbytes(generator.randrange(1500)) for _ in range(50))
    yield from (b"\x80" + generator.randbytes(65_000), bytes(65_507))
    for method in (0x0001, 0x0101, 0x0111, 0x0011, 0x0FFF):
        for length in (0, 8, 24, 0xFFFC):
            head = struct.pack("!HHI", method, length, STUN_COOKIE) + generator.randbytes(12)
            yield head + generator.randbytes(generator.choice((0, 8, 24)))
            yield head + struct.pack("!HH", generator.choice((0x06, 0x08, 0x20, 0x8028)), 4) + bytes(4)
    for kind in (20, 21, 22, 23):
        # DTLS records of a later epoch, cut short, and with a length that lies.
        yield bytes([kind, 0xFE, 0xFD, 0, 1]) + bytes(6) + b"\x00\x02\x02\x00"
        yield bytes([kind, 0xFE, 0xFD, 0, 0]) + bytes(6) + b"\x00\x02\x02"
        yield bytes([kind, 0xFE, 0xFD, 0, 0]) + bytes(6) + b"\xff\xff" + generator.randbytes(30)


def broken_reports(generator: random.Random) -> Iterator[bytes]:
    """RTCP of all kinds whose counts, lengths and padding lie."""
    for kind in (*range(192, 196), *range(199, 211)):
        for count in (0, 1, 31):
            if kind == 203 and count:
                continue  # a goodbye that can be read is one
            body = generator.randbytes(4 * generator.randrange(8))
            head = struct.pack("!BB", 0x80 | count, kind)
            yield head + struct.pack("!H", len(body) // 4 + 1) + generator.randbytes(4) + body
            yield head + struct.pack("!H", 0xFFFF) + generator.randbytes(4) + body
            yield struct.pack("!BBH", 0xA0 | count, kind, 1) + generator.randbytes(3) + b"\xff"


def broken_descriptions(text: str, generator: random.Random, count: int) -> Iterator[str]:
    """An SDP description with lines that are gone, twice there, cut off, of another order, or wrong."""
    for _ in range(count):
        lines = text.splitlines(keepends=True)
        for _ in range(generator.choice((1, 1, 2, 4))):
            _break_one(lines, generator)
        yield "".join(lines)


def _break_one(lines: list[str], generator: random.Random) -> None:
    at = generator.randrange(len(lines))
    line = lines[at]
    numbers = list(re.finditer(r"\d+", line))
    match generator.randrange(7):
        case 0 if len(lines) > 1:
            del lines[at]
        case 1:
            lines.insert(generator.randrange(len(lines)), line)
        case 2:
            spot = generator.randrange(len(line))
            lines[at] = line[:spot] + generator.choice("\0 :/=A\xff\u20ac\U0001f4de") + line[spot + 1 :]
        case 3 if numbers:
            number = generator.choice(numbers)
            other = generator.choice(("-1", "0", "65536", "9" * 5000, "1e9", "", "\u0663"))
            lines[at] = line[: number.start()] + other + line[number.end() :]
        case 4:
            lines[at] = line[: generator.randrange(len(line))]
        case 5:
            generator.shuffle(lines)
        case _:
            lines[at] = line.rstrip() * generator.choice((2, 50)) + "\r\n"


def stranger() -> socket.socket:
    """Somebody on the same host with no part in the call."""
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
