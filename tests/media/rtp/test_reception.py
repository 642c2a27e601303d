"""What is lost and how unsteady it comes, by RFC 3550's own arithmetic."""

from __future__ import annotations

import random

import pytest

from botkit.media.rtp.header import RtpHeader
from botkit.media.rtp.reception import Reception

RATE = 48_000
FRAME = 960


def header(sequence: int, timestamp: int | None = None, kind: int = 111) -> RtpHeader:
    timestamp = sequence * FRAME if timestamp is None else timestamp
    return RtpHeader(kind, False, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 7, 12, 40)


def heard(*numbers: int) -> Reception:
    source = Reception(header(numbers[0]))
    for number in numbers:
        source.add(header(number), number * 0.02, RATE)
    return source


def test_nothing_is_lost_of_a_row() -> None:
    source = heard(*range(65_500, 65_600))
    block = source.block(0.0)
    assert (source.received, source.lost, block.fraction) == (100, 0, 0)
    assert block.highest == 1 << 16 | 65_599 - 65_536, "the cycle counts"
    assert source.jitter == pytest.approx(0.0, abs=1e-6)


def test_what_is_left_out_is_lost() -> None:
    source = heard(1, 2, 5, 6)
    assert source.lost == 2
    assert source.block(0.0).fraction == 2 * 256 // 6


def test_what_comes_late_is_not_lost() -> None:
    assert heard(1, 2, 5, 4, 3, 6).lost == 0


def test_what_comes_twice_makes_up_for_nothing_in_the_fraction() -> None:
    source = heard(1, 1, 1, 2)
    block = source.block(0.0)
    assert (source.lost, block.lost, block.fraction) == (-2, -2, 0)


def test_a_fraction_is_of_the_time_since_the_last_one() -> None:
    source = heard(*range(10))
    source.block(0.0)
    for number in (10, 12):
        source.add(header(number), number * 0.02, RATE)
    assert source.block(0.0).fraction == 256 // 3
    assert not source.has_news
    assert source.block(0.0).fraction == 0


def test_a_stray_number_is_left_out() -> None:
    source = heard(100, 101, 40_000, 102, 103)
    assert (source.received, source.lost) == (4, 0)


def test_a_sender_that_begins_anew_has_lost_nothing_by_that() -> None:
    source = heard(100, 101, 103, 40_000, 40_001, 40_002)
    assert source.received == 5
    assert source.lost == 1


def test_jitter_is_the_mean_deviation_of_the_spacing() -> None:
    chance = random.Random(5)
    source = Reception(header(0))
    expected, before = 0.0, None
    for number in range(500):
        late = chance.uniform(0.0, 0.01)
        source.add(header(number), number * 0.02 + late, RATE)
        if before is not None:
            expected += (abs(late - before) - expected) / 16
        before = late
    assert source.jitter / RATE == pytest.approx(expected, rel=1e-6)


def test_timestamps_may_wrap_and_begin_anywhere() -> None:
    source = Reception(header(0))
    for number in range(100):
        source.add(header(number, 0xFFFFFFFF - 20 * FRAME + number * FRAME), 1e6 + number * 0.02, RATE)
    assert source.jitter == pytest.approx(0.0, abs=0.1)


def test_a_jump_of_the_timestamps_is_no_jitter() -> None:
    source = heard(*range(50))
    for number in range(50, 100):
        source.add(header(number, number * FRAME + 1_000_000_000), number * 0.02, RATE)
    assert source.jitter < 1.0


def test_a_key_and_a_change_of_codec_are_no_jitter() -> None:
    source = heard(*range(50))
    for number in range(50, 55):
        source.add(header(number, 50 * FRAME, kind=126), number * 0.02, None)
    for number in range(55, 100):
        source.add(header(number, 777 + number * 160, kind=0), number * 0.02, 8_000)
    assert source.clock_rate == 8_000
    assert source.jitter < 1.0
    assert source.lost == 0


def test_the_far_ends_report_is_told_back() -> None:
    source = heard(1)
    assert (source.block(9.0).last_report, source.block(9.0).delay) == (0, 0)
    source.sent_report(0x1111_2222_3333_4444, 10.0)
    block = source.block(10.5)
    assert (block.last_report, block.delay) == (0x2222_3333, 0x8000)
