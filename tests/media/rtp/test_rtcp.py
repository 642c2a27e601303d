"""RTCP to the byte, held against aiortc's own reader."""

from __future__ import annotations

import random

import pytest
from aiortc.rtp import RtcpByePacket, RtcpPacket, RtcpRrPacket, RtcpSdesPacket, RtcpSrPacket

from botkit.media.rtp.rtcp import LONGEST, Block, Bye, Report, Sent, read, source_name

BLOCK = Block(
    ssrc=0xDEADBEEF, fraction=51, lost=-3, highest=0x0001_0002, jitter=77, last_report=0x22223333, delay=65536
)
SENDER = Report(
    ssrc=9, sent=Sent(ntp=0x1111222233334444, timestamp=5, packets=6, octets=7), blocks=(BLOCK, BLOCK)
)
RECEIVER = Report(ssrc=9, sent=None, blocks=(BLOCK,))
COMPOUND = SENDER.write() + source_name(9, "ann@example.com") + RECEIVER.write() + Bye((9, 10)).write()


def test_others_read_what_is_written() -> None:
    sender, name, receiver, bye = RtcpPacket.parse(COMPOUND)
    assert isinstance(sender, RtcpSrPacket)
    info, (report, _) = sender.sender_info, sender.reports
    assert (sender.ssrc, info.ntp_timestamp, info.rtp_timestamp) == (9, 0x1111222233334444, 5)
    assert (info.packet_count, info.octet_count) == (6, 7)
    assert (report.ssrc, report.fraction_lost, report.packets_lost) == (0xDEADBEEF, 51, -3)
    assert (report.highest_sequence, report.jitter) == (0x0001_0002, 77)
    assert (report.lsr, report.dlsr) == (0x22223333, 65536)
    assert isinstance(receiver, RtcpRrPacket)
    assert receiver.reports == [report]
    assert isinstance(name, RtcpSdesPacket)
    assert name.chunks[0].items == [(1, b"ann@example.com")]
    assert isinstance(bye, RtcpByePacket)
    assert bye.sources == [9, 10]


@pytest.mark.parametrize("length", range(9))
def test_a_name_of_any_length_fills_whole_words(length: int) -> None:
    packet = source_name(9, "x" * length)
    (name,) = RtcpPacket.parse(packet)
    assert isinstance(name, RtcpSdesPacket)
    assert name.chunks[0].items == [(1, b"x" * length)]


def test_what_is_written_is_read() -> None:
    assert list(read(COMPOUND)) == [SENDER, RECEIVER, Bye((9, 10))]


def test_counts_wrap_and_losses_stay_in_their_field() -> None:
    most = Block(ssrc=1, fraction=255, lost=2**30, highest=0, jitter=0, last_report=0, delay=0)
    sent = Sent(ntp=2**64 - 1, timestamp=2**32 + 1, packets=2**32 + 2, octets=2**40)
    (report,) = read(Report(ssrc=1, sent=sent, blocks=(most,)).write())
    assert isinstance(report, Report)
    assert report.sent == Sent(ntp=2**64 - 1, timestamp=1, packets=2, octets=0)
    assert report.blocks[0].lost == 0x7FFFFF


def test_an_extended_report_is_understood() -> None:
    """Some send more of their own behind the blocks (RFC 3550 section 6.4.3)."""
    packet = bytearray(RECEIVER.write() + b"more")
    packet[3] += 1
    assert list(read(bytes(packet))) == [RECEIVER]


def test_unknown_kinds_are_passed_over() -> None:
    feedback = bytes.fromhex("8fcd0002 00000001 00000002")
    assert list(read(feedback + RECEIVER.write())) == [RECEIVER]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80",
        RECEIVER.write()[:-1],
        b"\x00" + RECEIVER.write()[1:],
        bytes.fromhex("9fc90001 00000001"),
        bytes.fromhex("9fcb0000"),
        bytes.fromhex("80c80000"),
        RECEIVER.write() * (LONGEST // len(RECEIVER.write()) + 1),
    ],
    ids=["nothing", "short", "cut", "version", "no blocks", "no sources", "no sender", "too long"],
)
def test_nonsense_is_nothing(packet: bytes) -> None:
    assert list(read(packet)) == []


def test_chance_never_raises() -> None:
    chance = random.Random(1)
    for _ in range(2_000):
        packet = bytearray(COMPOUND)
        for _ in range(chance.randrange(1, 9)):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        list(read(bytes(packet[: chance.randrange(len(packet) + 1)])))
