"""Our own packets: numbers, timestamps, counts."""

from __future__ import annotations

from itertools import pairwise

import pytest

from botkit.media.codecs import OPUS, PCMU
from botkit.media.rtp.dtmf import KeyPacket, TelephoneEvent, press
from botkit.media.rtp.header import RtpHeader, ahead
from botkit.media.rtp.stream import RtpStream

SSRC = 0xDEADBEEF


def headers(packets: list[bytes]) -> list[RtpHeader]:
    read = [RtpHeader.read(packet) for packet in packets]
    assert None not in read
    return [header for header in read if header is not None]


def test_numbers_count_packets_and_timestamps_count_slots() -> None:
    stream = RtpStream(SSRC, OPUS, 111, None)
    packets = [stream.sound(slot, b"payload", 0.0) for slot in (7, 8, 9, 14)]
    found = headers(packets)
    assert [ahead(b.sequence, a.sequence) for a, b in pairwise(found)] == [1, 1, 1]
    assert [ahead(b.timestamp, a.timestamp, 32) for a, b in pairwise(found)] == [960, 960, 5 * 960]
    assert {(header.ssrc, header.payload_type) for header in found} == {(SSRC, 111)}
    assert [header.marker for header in found] == [True, False, False, False]
    assert packets[0].endswith(b"payload")


def test_counters_wrap() -> None:
    stream = RtpStream(SSRC, OPUS, 111, None)
    found = headers([stream.sound(slot, b"", 0.0) for slot in range(70_000)])
    assert all(ahead(b.sequence, a.sequence) == 1 for a, b in pairwise(found))
    assert all(ahead(b.timestamp, a.timestamp, 32) == 960 for a, b in pairwise(found))


def test_a_key_bears_the_timestamp_of_its_first_packet() -> None:
    stream = RtpStream(SSRC, PCMU, 0, 101)
    before = stream.sound(0, b"sound", 0.0)
    events = press("5", packets=3)
    keys = [stream.key(n + 1, KeyPacket(event, n), 0.0) for n, event in enumerate(events)]
    after = stream.sound(len(events) + 1, b"sound", 0.0)
    first, *found, last = headers([before, *keys, after])
    assert {ahead(header.timestamp, first.timestamp, 32) for header in found} == {160}
    assert [header.marker for header in found] == [True] + [False] * (len(events) - 1)
    assert {header.payload_type for header in found} == {101}
    assert ahead(last.timestamp, first.timestamp, 32) == 160 * (len(events) + 1)
    read = TelephoneEvent.read(keys[0][found[0].start :])
    assert read is not None
    assert read.key == "5"


def test_what_went_out_is_counted() -> None:
    stream = RtpStream(SSRC, OPUS, 111, None)
    assert (stream.packets, stream.octets) == (0, 0)
    stream.sound(3, b"12345", 10.0)
    packet = stream.sound(4, b"123", 10.02)
    assert (stream.packets, stream.octets, stream.last_at) == (2, 8, 10.02)
    (header,) = headers([packet])
    assert stream.last_timestamp == header.timestamp


@pytest.mark.parametrize("seed", range(3))
def test_no_stream_begins_where_another_did(seed: int) -> None:
    first, second = (headers([RtpStream(SSRC, OPUS, 111, None).sound(0, b"", 0.0)])[0] for _ in range(2))
    assert (first.sequence, first.timestamp) != (second.sequence, second.timestamp)
