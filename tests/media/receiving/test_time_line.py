"""A second of sound in every second, whatever the far end and the network do."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import numpy as np
import pytest

from botkit.media.codecs import OPUS, PCMA, PCMU, AudioCodec, encode, silence
from botkit.media.receiving.listening import FRAME_BYTES, MOST_AHEAD, Listening
from botkit.model.pcm import Pcm
from tests.media.far_end import KEY_TYPE, TYPES, Line, Time, expecting_losses, hum, loudness

codecs = pytest.mark.parametrize("codec", [OPUS, PCMU, PCMA], ids=lambda codec: codec.name)
SECOND = 50
"""Frames."""


@pytest.fixture
def time() -> Time:
    return Time()


def packets(codec: AudioCodec, seconds: float) -> list[bytes]:
    hums = encode(hum(1.0), codec)
    return [hums[number % len(hums)] for number in range(round(seconds * SECOND))]


@codecs
def test_it_is_steady_whatever_is_lost(time: Time, codec: AudioCodec) -> None:
    line, chance = Line(codec, time), random.Random(1)
    for number, payload in enumerate(packets(codec, 10)):
        if number % SECOND not in (30, 31) and chance.random() > 0.05:
            line.send(number, payload)
        line.wait(0.02)
    line.wait(0.2)
    assert len(line.heard) == pytest.approx(10.2 * SECOND, abs=4)


def test_a_pause_of_the_far_end_is_silence_and_no_made_up_sound(time: Time) -> None:
    line = Line(OPUS, time)
    for number, payload in enumerate(packets(OPUS, 0.4)):
        line.send(number, payload)
        line.wait(0.02)
        assert len(line.heard) == number + 1, "the last word is there at once"
    line.wait(0.4)
    for number, payload in enumerate(packets(OPUS, 0.4), 20):
        line.send(number, payload, slot=number + 20)
        line.wait(0.02)
    assert len(line.heard) == 60
    assert not any(line.lost)
    assert not line.sound()[22 * 320 : 38 * 320].any()


def test_a_loss_within_a_pause_is_no_made_up_pause(time: Time) -> None:
    """DTX: one packet in 400 ms tells of the noise, and that one is lost."""
    line = Line(OPUS, time)
    line.send(0, silence(OPUS))
    line.send(1, silence(OPUS), slot=1)
    line.wait(0.8)
    line.send(3, silence(OPUS), slot=40)
    line.wait(0.1)
    assert not any(line.lost)


def test_unreadable_packets_are_as_good_as_lost(time: Time) -> None:
    line = Line(OPUS, time)
    for number, payload in enumerate(packets(OPUS, 0.4)):
        line.send(number, b"\x03" if number in (10, 11) else payload)
        line.wait(0.02)
    assert [n for n, lost in enumerate(line.lost) if lost] == [10, 11]


def test_what_is_lost_is_taken_from_the_copy_in_the_next_packet(
    time: Time, voice: Callable[[float, int], Pcm]
) -> None:
    """No guess comes near: the voice is noise."""
    whole, broken = Line(OPUS, time), Line(OPUS, time)
    for number, payload in enumerate(expecting_losses(voice(1.0, 3))):
        whole.send(number, payload)
        if number != 20:
            broken.send(number, payload)
        time.now += 0.02
    truth, heard = (line.sound()[20 * 320 : 21 * 320] for line in (whole, broken))
    assert broken.lost[20]
    assert truth @ heard / np.sqrt((truth @ truth) * (heard @ heard)) > 0.8


def test_packets_of_nothing_are_silence(time: Time) -> None:
    """As some send to keep a way through a firewall open."""
    line = Line(OPUS, time)
    for number in range(2 * SECOND):
        line.send(number, b"")
        line.wait(0.02)
    assert len(line.heard) == pytest.approx(2 * SECOND, abs=5)


def test_what_a_stall_left_behind_goes_where_nobody_talks(time: Time) -> None:
    line = Line(PCMU, time)
    calls = [*packets(PCMU, 2), *[silence(PCMU)] * (3 * SECOND), *packets(PCMU, 1)]
    for number, payload in enumerate(calls):
        if number < SECOND:
            line.send(number, payload)
            line.wait(0.02)
        elif number < 2 * SECOND:
            if number == SECOND:
                line.wait(1.0)
            line.send(number, payload)
        else:
            line.send(number, payload)
            line.wait(0.02)
    assert sum(loudness(line)) == pytest.approx(3 * SECOND, abs=3), "all that was said is heard"
    assert len(line.heard) == pytest.approx(6 * SECOND, abs=5), "and a second is a second"


@pytest.mark.parametrize("fast", [1.002, 0.998], ids=["fast", "slow"])
def test_a_far_end_with_another_clock_is_held_to_ours(time: Time, fast: float) -> None:
    line = Line(PCMU, time)
    begun, ticked = time.now, 0
    for number in range(100 * SECOND):
        due = begun + number * 0.02 / fast
        while begun + ticked * 0.02 <= due:
            line.incoming.tick(begun + ticked * 0.02)
            ticked += 1
        time.now = due
        line.send(number, silence(PCMU))
    assert len(line.heard) * 0.02 == pytest.approx(time.now - begun, abs=0.12)
    assert len(line.heard) != 100 * SECOND


def test_timestamps_that_leap_are_no_sound(time: Time) -> None:
    """Each by 400 ms, which alone would be a pause."""
    line = Line(PCMU, time)
    for number, payload in enumerate(packets(PCMU, 2)):
        line.send(number, payload, slot=number * 20)
        line.wait(0.02)
    assert len(line.heard) == pytest.approx(2 * SECOND, abs=10)
    assert sum(loudness(line)) >= 2 * SECOND - 2


def test_timestamps_that_stand_still_or_go_back_make_nobody_deaf(time: Time) -> None:
    """Some do not count the time of a hold."""
    line = Line(PCMU, time)
    number = 0
    for slot in (0, 1, 2, *[2] * 10, *range(50)):
        line.send(number, packets(PCMU, 1)[slot], slot=slot)
        line.wait(0.02)
        number += 1
    line.wait(20.0)
    for slot in range(50, 100):
        line.send(number, packets(PCMU, 2)[slot], slot=slot)
        line.wait(0.02)
        number += 1
    assert loudness(line)[-48:] == [True] * 48
    assert len(line.heard) == pytest.approx((time.now - 100.0) * SECOND, abs=5)


def test_ten_times_too_much_is_bounded_and_the_call_goes_on(
    time: Time, caplog: pytest.LogCaptureFixture
) -> None:
    line = Line(PCMU, time)
    sounds = packets(PCMU, 1)
    for number in range(20 * 10 * SECOND):
        line.send(number, sounds[number % SECOND])
        if number % 10 == 9:
            line.wait(0.02)
    assert len(line.heard) <= (20 + MOST_AHEAD + 1) * SECOND
    assert line.incoming.flooded == pytest.approx(20 * (500 - 200), rel=0.1)
    assert [record.getMessage() for record in caplog.records] == [
        "a far end sends more than 200 packets a second; the rest is dropped"
    ]
    line.wait(2 * MOST_AHEAD)
    line.heard.clear()
    for number, payload in enumerate(packets(PCMU, 2), 20 * 10 * SECOND):
        line.send(number, payload)
        line.wait(0.02)
    assert sum(loudness(line)) >= 2 * SECOND - 2, "one who behaves again is heard again"


def test_another_codec_in_mid_call_is_heard_on(time: Time) -> None:
    line = Line(OPUS, time)
    for number in range(60):
        codec = (OPUS, PCMU, PCMA)[number // 5 % 3]
        line.codec = codec
        line.send(number, packets(codec, 2)[number])
        line.wait(0.02)
    assert len(line.heard) == pytest.approx(60, abs=2)
    assert sum(loudness(line)) >= 50


def test_whoever_begins_to_listen_hears_the_next_packet_and_none_before(time: Time) -> None:
    line = Line(OPUS, time)
    line.incoming.detach(line.listening)
    sounds = packets(OPUS, 1)
    for number in range(20):
        line.send(number, sounds[number])
        line.wait(0.02)
    line.listening = Listening(line.take)
    line.incoming.attach(line.listening)
    line.send(20, sounds[20])
    assert len(line.heard) == 1
    assert line.lost == [False]


def test_two_listeners_hear_the_same(time: Time) -> None:
    line, others = Line(PCMU, time), []
    line.incoming.attach(Listening(lambda sound, lost: others.append((sound, lost))))
    for number, payload in enumerate(packets(PCMU, 0.5)):
        if number % 7:
            line.send(number, payload)
        line.wait(0.02)
    assert others == list(zip(line.heard, line.lost, strict=True))


def test_frames_are_20_ms_whatever_the_packets_are(time: Time) -> None:
    line = Line(PCMU, time)
    sound = b"".join(packets(PCMU, 1))
    for number, start in enumerate(range(0, len(sound), 80)):
        head = struct.pack("!BBHII", 0x80, 0, number, start, 7)
        line.incoming(head + sound[start : start + 80])
        time.now += 0.01
    assert len(line.heard) == SECOND
    assert {len(sound.samples) for sound in line.heard} == {FRAME_BYTES}


def test_kinds_that_nobody_knows_leave_no_hole(time: Time) -> None:
    line = Line(PCMU, time)
    for number, payload in enumerate(packets(PCMU, 1)):
        line.send(2 * number, payload, slot=number)
        line.send(2 * number + 1, b"?", kind=13, slot=number)
        assert len(line.heard) == number + 1
        line.wait(0.02)
    assert not any(line.lost)


def test_keys_from_another_source_disturb_nobody(time: Time) -> None:
    line = Line(PCMU, time)
    for number, payload in enumerate(packets(PCMU, 0.5)):
        line.send(number, payload)
        head = struct.pack("!BBHII", 0x80, KEY_TYPE, 5_000 + number, 7_777, 8)
        line.incoming(head + bytes.fromhex("050a00a0"))
        line.wait(0.02)
    assert line.keys == ["5"]
    assert len(line.heard) == 25
    assert not any(line.lost)


@codecs
def test_random_packets_are_survived(time: Time, codec: AudioCodec) -> None:
    line, chance = Line(codec, time), random.Random(2)
    for _ in range(1_000):
        kind = chance.choice([TYPES[codec], TYPES[codec], 0, 8, 111, KEY_TYPE, chance.randrange(256)])
        head = bytearray(struct.pack("!BBHII", 0x80, kind & 0x7F, chance.randrange(1 << 16), 0, 7))
        head[4:8] = chance.randbytes(4)
        if chance.random() < 0.2:
            head[0] = chance.randrange(256)
        line.incoming(bytes(head) + chance.randbytes(chance.randrange(200)))
        line.wait(0.02)
    before = len(line.heard)
    assert before <= (20 + MOST_AHEAD + 1) * SECOND
    for number, payload in enumerate(packets(codec, 1)):
        line.send(number, payload)
        line.wait(0.02)
    assert np.count_nonzero(loudness(line)[before:]) >= 0.8 * SECOND
