"""Two ends that report to each other over a line with a time of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from botkit.media.rtp.header import RtpHeader
from botkit.media.rtp.reports import INTERVAL, MOST_SOURCES, NTP_EPOCH, Reports
from botkit.media.rtp.rtcp import Bye, Report, read

WALL = 1_800_000_000.0
OPUS, KEYS = 111, 126


@dataclass
class Stream:
    """Counts of what an end sends."""

    ssrc: int
    packets: int = 0
    octets: int = 0
    last_timestamp: int = 0
    last_at: float = 0.0


@dataclass
class End:
    """One end of the line."""

    ssrc: int
    clock_rate: int = 48_000
    chance: float = 0.5
    stream: Stream = field(init=False)
    reports: Reports = field(init=False)

    def __post_init__(self) -> None:
        self.stream = Stream(self.ssrc)
        self.reports = Reports(
            self.stream, self.clock_rate, rates={OPUS: self.clock_rate}, chance=lambda: self.chance
        )

    def send(self, at: float, kind: int = OPUS) -> RtpHeader:
        stream = self.stream
        stream.packets += 1
        stream.octets += 60
        stream.last_timestamp = stream.packets * self.clock_rate // 50
        stream.last_at = at
        return RtpHeader(kind, False, stream.packets & 0xFFFF, stream.last_timestamp, self.ssrc, 12, 72)


@dataclass
class Line:
    """Carries both ways, `delay` seconds each; 50 packets a second but those whose number is in `lost`."""

    left: End = field(default_factory=lambda: End(1))
    right: End = field(default_factory=lambda: End(2))
    delay: float = 0.0
    lost: frozenset[int] = frozenset()
    now: float = 100.0
    said: list[tuple[float, int, bytes]] = field(default_factory=list)

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            for one, other in ((self.left, self.right), (self.right, self.left)):
                header = one.send(self.now)
                if header.sequence not in self.lost:
                    other.reports.received(header, self.now + self.delay)
                packet = one.reports.due(self.now, WALL + self.now)
                if packet is not None:
                    self.said.append((self.now, one.ssrc, packet))
                    other.reports.take(packet, self.now + self.delay)
            self.now += 0.02


def report_of(packet: bytes) -> Report:
    first = next(read(packet))
    assert isinstance(first, Report)
    return first


def test_the_first_report_is_early_and_the_others_keep_the_interval() -> None:
    line = Line()
    line.run(30)
    times = [at for at, ssrc, _ in line.said if ssrc == 1]
    assert times[0] == pytest.approx(101.0, abs=0.02)
    assert [b - a for a, b in pairwise(times)] == pytest.approx([INTERVAL] * 5, abs=0.021)


@pytest.mark.parametrize("chance", [0.0, 0.999])
def test_intervals_are_spread(chance: float) -> None:
    line = Line(left=End(1, chance=chance))
    line.run(30)
    times = [at for at, ssrc, _ in line.said if ssrc == 1]
    assert times[2] - times[1] == pytest.approx(INTERVAL * (0.5 + chance), abs=0.021)


def test_a_report_tells_what_was_really_sent() -> None:
    line = Line()
    line.run(7)
    at, _, packet = next(each for each in reversed(line.said) if each[1] == 1)
    sent = report_of(packet).sent
    assert sent is not None
    passed = round((at - 100) * 50) + 1
    assert (sent.packets, sent.octets, sent.timestamp) == (passed, 60 * passed, 960 * passed)
    assert sent.ntp / 2**32 == pytest.approx(WALL + at + NTP_EPOCH, abs=1e-3)


def test_its_timestamp_is_that_of_the_moment_of_the_report() -> None:
    end = End(1)
    end.send(100.0)
    assert end.reports.due(100.5, WALL) is None
    packet = end.reports.due(101.5, WALL)
    assert packet is not None
    sent = report_of(packet).sent
    assert sent is not None
    assert sent.timestamp == 960 + 48_000 + 24_000


def test_who_sends_nothing_reports_what_is_received() -> None:
    silent, loud = End(1), End(2)
    silent.reports.received(loud.send(100.0), 100.0)
    silent.reports.due(100.0, WALL)
    packet = silent.reports.due(101.0, WALL)
    assert packet is not None
    report = report_of(packet)
    assert report.sent is None
    assert [block.ssrc for block in report.blocks] == [2]


def test_who_is_silent_since_two_reports_is_no_sender() -> None:
    end = End(1)
    end.reports.due(99.0, WALL)
    end.send(100.0)
    said = [end.reports.due(100.0 + n * 10, WALL) for n in range(1, 5)]
    assert [packet is not None and report_of(packet).sent is not None for packet in said] == [
        True,
        True,
        False,
        False,
    ]


def test_both_ends_know_the_loss_of_both() -> None:
    line = Line(lost=frozenset(range(10, 500, 20)))
    line.run(10)
    left = line.left.reports.statistics
    assert left.lost == 25
    assert left.received == 475
    assert left.sent == 500
    told = next(at for at, ssrc, _ in reversed(line.said) if ssrc == 2)
    assert left.far_lost == sum(number <= (told - 100) * 50 + 1 for number in line.lost)


def test_the_round_trip_is_measured() -> None:
    line = Line(delay=0.15)
    line.run(15)
    # The right end answers a report in the same slot or later, and says how much later.
    assert line.left.reports.statistics.round_trip == pytest.approx(0.15, abs=1e-3) or (
        line.left.reports.statistics.round_trip == pytest.approx(0.3, abs=1e-3)
    )


def test_a_report_that_refers_to_none_of_ours_measures_nothing() -> None:
    line = Line()
    line.run(0.8)
    packet = line.right.reports.bye(line.now, WALL)
    line.left.reports.take(packet, line.now)
    statistics = line.left.reports.statistics
    assert statistics.far_lost == 0
    assert statistics.round_trip is None


def test_nobody_has_told_yet() -> None:
    statistics = End(1).reports.statistics
    assert (statistics.sent, statistics.received, statistics.lost) == (0, 0, 0)
    assert (statistics.jitter, statistics.far_lost, statistics.far_jitter) == (None, None, None)


def test_jitter_is_told_in_seconds_at_both_ends() -> None:
    left, right = End(1), End(2, clock_rate=48_000)
    for number in range(200):
        at = 100.0 + number * 0.02
        left.send(at)
        left.reports.received(right.send(at), at + (0.01 if number % 2 else 0.0))
    packet = left.reports.bye(at, WALL)
    right.reports.take(packet, at)
    assert left.reports.statistics.jitter == pytest.approx(0.01, rel=0.01)
    assert right.reports.statistics.far_jitter == pytest.approx(0.01, rel=0.01)


def test_keys_count_and_are_no_jitter() -> None:
    left, right = End(1), End(2)
    for number in range(10):
        left.reports.received(right.send(100.0, kind=KEYS), 100.0 + number * 0.02)
    statistics = left.reports.statistics
    assert (statistics.received, statistics.lost, statistics.jitter) == (10, 0, None)


def test_a_bye_is_told_until_something_comes_again() -> None:
    line = Line()
    line.run(1)
    line.left.reports.take(line.right.reports.bye(line.now, WALL), line.now)
    said = [line.left.reports.said_bye]
    assert line.left.reports.statistics.received == 50, "what it sent still counts"
    line.run(1)
    said.append(line.left.reports.said_bye)
    assert said == [True, False]
    assert line.left.reports.statistics.received == 100


def test_a_bye_of_a_stranger_is_none() -> None:
    line = Line()
    line.run(1)
    line.left.reports.take(Bye((4711,)).write(), line.now)
    assert not line.left.reports.said_bye


def test_our_bye_ends_a_whole_compound() -> None:
    end = End(1)
    end.send(100.0)
    first, last = read(end.reports.bye(100.0, WALL))
    assert isinstance(first, Report)
    assert last == Bye((1,))


def test_sources_are_bounded_and_counted_all() -> None:
    end = End(1)
    for number in range(1_000):
        end.reports.received(RtpHeader(OPUS, False, 7, 960, 5_000 + number, 12, 72), 100.0 + number * 0.02)
    assert end.reports.statistics.received == 1_000
    report = report_of(end.reports.bye(200.0, WALL))
    assert [block.ssrc for block in report.blocks] == [5_000 + n for n in range(1_000 - MOST_SOURCES, 1_000)]


def test_only_sources_with_news_are_reported() -> None:
    left, right = End(1), End(2)
    left.reports.received(right.send(100.0), 100.0)
    assert report_of(left.reports.bye(101.0, WALL)).blocks
    assert not report_of(left.reports.bye(106.0, WALL)).blocks


def test_a_report_shows_that_the_far_end_lives_and_nonsense_does_not() -> None:
    end = End(1)
    end.reports.take(b"\x80\xc9", 100.0)
    assert end.reports.heard_at is None
    end.reports.take(Report(ssrc=2, sent=None).write(), 101.0)
    assert end.reports.heard_at == 101.0
