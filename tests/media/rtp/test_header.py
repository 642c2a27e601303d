"""RTP headers, to the byte."""

from __future__ import annotations

import pytest

from botkit.media.rtp.header import RtpHeader, ahead, rewritten

PLAIN = bytes.fromhex("80 ef 1234 00015f90 deadbeef") + b"payload"
"""Version 2, marker, payload type 111."""
EXTENDED = bytes.fromhex("90 6f 1234 00015f90 deadbeef bede 0001 10300000") + b"payload"
"""One word of header extension (RFC 8285), as browsers send it."""
WITH_SOURCES = bytes.fromhex("82 6f 1234 00015f90 deadbeef 00000001 00000002") + b"payload"
PADDED = bytes.fromhex("a0 6f 1234 00015f90 deadbeef") + b"payload" + b"\0\0\x03"


def test_a_plain_header() -> None:
    assert RtpHeader.read(PLAIN) == RtpHeader(111, True, 0x1234, 90000, 0xDEADBEEF, 12, 19)


@pytest.mark.parametrize("packet", [PLAIN, EXTENDED, WITH_SOURCES, PADDED])
def test_the_payload_is_found(packet: bytes) -> None:
    header = RtpHeader.read(packet)
    assert header is not None
    assert packet[header.start : header.end] == b"payload"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        PLAIN[:11],
        b"\x00" + PLAIN[1:],
        bytes.fromhex("80 c8 0006 deadbeef") + bytes(20),
        EXTENDED[:14],
        EXTENDED[:17],
        bytes.fromhex("a0 6f 1234 00015f90 deadbeef") + b"\xff",
        WITH_SOURCES[:15],
    ],
    ids=[
        "empty",
        "short",
        "version 0",
        "sender report",
        "cut extension",
        "cut words",
        "padding",
        "cut sources",
    ],
)
def test_what_is_no_rtp_packet(packet: bytes) -> None:
    assert RtpHeader.read(packet) is None


def test_a_packet_that_takes_anothers_place() -> None:
    taken = rewritten(EXTENDED, payload_type=126, marker=True, timestamp=7, payload=b"\x01\x0a\x00\xa0")
    assert taken == bytes.fromhex("80 fe 1234 00000007 deadbeef 010a00a0")


@pytest.mark.parametrize(
    ("a", "b", "bits", "difference"),
    [(2, 1, 16, 1), (1, 2, 16, -1), (1, 0xFFFF, 16, 2), (0xFFFF, 1, 16, -2), (960, 2**32 - 960, 32, 1920)],
)
def test_counters_wrap(a: int, b: int, bits: int, difference: int) -> None:
    assert ahead(a, b, bits) == difference
