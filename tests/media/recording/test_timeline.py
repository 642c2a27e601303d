"""Packets on a steady time line, by arrivals and time stamps that the test makes up."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from botkit.media.recording.timeline import Stream, placed

FRAME = 160
SLOT = 0.02


def stream(packets: Iterable[tuple[float, int]]) -> Stream:
    made = Stream(8000)
    for at, timestamp in packets:
        made.add(at, timestamp & 0xFFFFFFFF)
    return made


def places(packets: Iterable[tuple[float, int]]) -> list[tuple[int, float]]:
    return [pair for stretch in placed(stream(packets)) for pair in stretch]


def steady(count: int, *, start: float = 1.0, first: int = 0) -> list[tuple[float, int]]:
    return [(start + n * SLOT, first + n * FRAME) for n in range(count)]


def assert_in_time(found: list[tuple[int, float]], *, within: float = 0.001, start: float = 1.0) -> None:
    """Packet n is at n slots."""
    for number, at in found:
        assert at == pytest.approx(start + number * SLOT, abs=within)


def test_a_steady_stream() -> None:
    found = places(steady(100))
    assert [number for number, _ in found] == list(range(100))
    assert_in_time(found)


def test_time_stamps_wrap() -> None:
    assert_in_time(places(steady(100, first=0xFFFFFFFF - 50 * FRAME)))


def test_jitter_moves_nothing() -> None:
    late = (0.0, 0.03, 0.01, 0.045, 0.002)
    packets = [(at + late[n % 5], stamp) for n, (at, stamp) in enumerate(steady(100))]
    assert_in_time(places(packets))


def test_what_comes_first_may_come_late() -> None:
    packets = [(at + max(0.0, 0.15 - n * SLOT), stamp) for n, (at, stamp) in enumerate(steady(100))]
    assert_in_time(places(packets))


def test_losses_leave_room() -> None:
    packets = [pair for n, pair in enumerate(steady(100)) if n % 7]
    found = places(packets)
    assert [round((at - 1.0) / SLOT) for _, at in found] == [n for n in range(100) if n % 7]


def test_order_is_that_of_time_stamps_and_doubles_are_dropped() -> None:
    packets = steady(20)
    packets[5:8] = [packets[7], packets[6], packets[5], packets[6]]
    found = places(packets)
    assert [packets[number][1] // FRAME for number, _ in found] == list(range(20))
    assert [at for _, at in found] == pytest.approx([1.0 + n * SLOT for n in range(20)], abs=0.03)


def test_a_stall_is_where_it_was_spoken() -> None:
    """For a second nothing came, then all of it at once."""
    packets = [(3.0 if 2.0 <= at < 3.0 else at, stamp) for at, stamp in steady(200)]
    assert_in_time(places(packets))


def test_a_pause_in_which_time_stamps_stand_still() -> None:
    packets = [*steady(50), *((at + 4.0, stamp) for at, stamp in steady(150)[50:])]
    found = places(packets)
    assert_in_time(found[:50])
    assert_in_time(found[50:], start=5.0)


def test_time_stamps_that_leap_ahead() -> None:
    packets = [*steady(50), *((at, stamp + 80_000) for at, stamp in steady(150)[50:])]
    assert_in_time(places(packets))


def test_silence_that_is_not_sent() -> None:
    packets = [pair for n, pair in enumerate(steady(200)) if not 50 <= n < 150 or n % 20 == 0]
    found = places(packets)
    assert found[-1][1] == pytest.approx(1.0 + 199 * SLOT)


@pytest.mark.parametrize("parts", [1e-3, -1e-3])
def test_clocks_that_drift_apart(parts: float) -> None:
    """Far more than clocks do; nothing is ever far from where it belongs."""
    count = 6000
    packets = [(1.0 + n * SLOT * (1 + parts), n * FRAME) for n in range(count)]
    for number, at in places(packets):
        assert at == pytest.approx(packets[number][0], abs=0.05)


def test_nonsense_has_an_end() -> None:
    packets = [(n * 0.001, n * 2_654_435_761) for n in range(2000)]
    assert len(places(packets)) == 2000


def test_nothing() -> None:
    assert places([]) == []
