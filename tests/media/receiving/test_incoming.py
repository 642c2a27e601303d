"""What the far end sends: keys at once, sound in order and on a steady time line."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, encode
from botkit.media.receiving.listening import FRAME_BYTES
from tests.media.far_end import KEY_TYPE, Line, Time, hum, loudness

codecs = pytest.mark.parametrize("codec", [OPUS, PCMU, PCMA], ids=lambda codec: codec.name)


@pytest.fixture
def time() -> Time:
    return Time()


@codecs
def test_every_packet_is_a_frame_at_once(time: Time, codec: AudioCodec) -> None:
    line = Line(codec, time)
    for number, payload in enumerate(encode(hum(0.4), codec)):
        line.send(number, payload)
        assert len(line.heard) == number + 1
        assert line.heard[-1].at == time.now
        line.wait(0.02)
    assert {len(sound.samples) for sound in line.heard} == {FRAME_BYTES}
    assert np.sqrt(np.mean(line.sound()[3200:] ** 2)) == pytest.approx(8_000 / np.sqrt(2), rel=0.1)


@codecs
def test_lost_packets_are_made_up_and_nothing_is_late_behind_them(time: Time, codec: AudioCodec) -> None:
    line = Line(codec, time)
    payloads = encode(hum(0.6), codec)
    for number, payload in enumerate(payloads):
        time.now += 0.02
        if number not in (10, 11):
            line.send(number, payload)
    assert len(line.heard) == len(payloads)
    assert [n for n, lost in enumerate(line.lost) if lost] == [10, 11]
    assert loudness(line)[4:11] == [True] * 7, "it goes on through the hole"
    peaks = np.abs(line.sound().reshape(-1, FRAME_BYTES // 2)).max(axis=1)
    assert peaks[4:].min() > 500, "and nowhere is nothing"


def test_swapped_packets_are_put_in_order(time: Time) -> None:
    straight, swapped = Line(PCMU, time), Line(PCMU, time)
    payloads = encode(hum(0.2), PCMU)
    for number in range(10):
        straight.send(number, payloads[number])
    for number in (0, 2, 1, 3, 6, 5, 4, 7, 9, 8):
        swapped.send(number, payloads[number])
    assert np.array_equal(straight.sound(), swapped.sound())


def test_a_far_end_that_stops_sending_in_silence_is_heard_as_silence(time: Time) -> None:
    line = Line(OPUS, time)
    payloads = encode(hum(0.4), OPUS)
    for number in range(10):
        line.send(number, payloads[number])
        line.wait(0.02)
    line.wait(0.4)
    given = len(line.heard)
    assert given == pytest.approx(10 + 20 - 3, abs=1), "silence comes without packets, 60 ms late"
    line.send(10, payloads[10], slot=31)
    assert len(line.heard) == 32
    assert not any(loudness(line)[12:30])


def test_silence_comes_from_the_first_moment_though_nothing_was_ever_sent(time: Time) -> None:
    line = Line(PCMU, time)
    line.wait(1.0)
    assert len(line.heard) == pytest.approx(50 - 4, abs=1)


def test_a_network_that_stalls_loses_nothing(time: Time) -> None:
    line = Line(PCMU, time)
    payloads = encode(hum(0.8), PCMU)
    for number in range(10):
        line.send(number, payloads[number])
        line.wait(0.02)
    line.wait(0.2)
    for number in range(10, 40):
        line.send(number, payloads[number])
    assert sum(loudness(line)) == pytest.approx(40, abs=1)


def test_a_loop_that_was_blocked_finds_its_packets_before_it_takes_them_for_silence(time: Time) -> None:
    line = Line(PCMU, time)
    payloads = encode(hum(0.8), PCMU)
    line.send(0, payloads[0])
    time.now += 0.3
    line.incoming.tick(time.now)
    for number in range(1, 16):
        line.send(number, payloads[number])
    assert len(line.heard) == 16


def test_a_missing_packet_is_not_waited_for_when_no_other_comes(time: Time) -> None:
    line = Line(PCMU, time)
    payloads = encode(hum(0.2), PCMU)
    line.send(0, payloads[0])
    line.send(2, payloads[2])
    assert len(line.heard) == 1
    line.wait(0.1)
    assert sum(loudness(line)) == 2


def test_keys_are_told_once_and_leave_no_hole_in_the_order(time: Time) -> None:
    line = Line(PCMU, time)
    payloads = encode(hum(0.4), PCMU)
    line.send(0, payloads[0])
    for number in (1, 2, 3):
        line.send(number, bytes.fromhex("070a00a0"), kind=KEY_TYPE, slot=1)
    line.send(4, payloads[4])
    assert line.keys == ["7"]
    assert len(line.heard) == 5, "the time of the key is silence"


def test_packets_of_an_hour_that_leap_are_no_hour_of_silence(time: Time) -> None:
    line = Line(PCMU, time)
    payloads = encode(hum(0.2), PCMU)
    line.send(0, payloads[0])
    line.send(1, payloads[1], slot=180_000)
    assert len(line.heard) == 2


def test_a_new_source_begins_anew(time: Time) -> None:
    line = Line(PCMU, time)
    payloads = encode(hum(0.2), PCMU)
    line.send(1_000, payloads[0])
    head = struct.pack("!BBHII", 0x80, 0, 990, 5, 8)
    line.incoming(head + payloads[1])
    assert len(line.heard) == 2


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"\x03", bytes(1_400), b"\xfc" * 40], ids=lambda p: p[:4].hex() or "-"
)
@codecs
def test_garbage_is_survived(time: Time, codec: AudioCodec, payload: bytes) -> None:
    line = Line(codec, time)
    payloads = encode(hum(0.4), codec)
    line.send(0, payloads[0])
    line.send(1, payload)
    for packet in (b"", b"\x80", bytes(11), b"\x80\x7f" + bytes(10), b"\x80" + bytes([KEY_TYPE]) + bytes(10)):
        line.incoming(packet)
    for number in range(2, 20):
        line.send(number, payloads[number])
    assert loudness(line)[-10:] == [True] * 10


def test_nothing_is_decoded_while_nobody_wants_it(time: Time) -> None:
    line = Line(PCMU, time)
    line.incoming.detach(line.listening)
    line.incoming.detach(line.listening)
    line.send(0, encode(hum(0.02), PCMU)[0])
    line.wait(0.2)
    assert line.heard == []


def test_unknown_payload_types_are_no_sign_of_life(time: Time) -> None:
    line = Line(PCMU, time)
    before = line.incoming.heard_at
    time.now += 1
    line.send(0, b"x", kind=13)
    assert line.incoming.heard_at == before
