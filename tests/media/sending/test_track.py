"""The playout's slots, on a clock that the test moves."""

from __future__ import annotations

from itertools import pairwise

import pytest

from botkit.media.codecs import OPUS, PTIME
from botkit.media.rtp.slots import MOST_LATE
from botkit.media.sending import track as tracks
from botkit.media.sending.playout import Playout
from botkit.media.sending.track import PlayoutTrack

FRAME = OPUS.frame


class Clock:
    """Stands where it is put. What is due by then is sent without waiting."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(tracks, "time", clock)
    return clock


async def slots_after(late: float, clock: Clock, count: int) -> list[int]:
    """The slots of a packet in time, and of the next `count`, asked for `late` seconds after it."""
    playout = Playout(OPUS, cache=None, on_event=lambda event: None)  # type: ignore[arg-type]
    track = PlayoutTrack(playout, OPUS)
    first = await track.recv()
    clock.now += late
    packets = [first, *[await track.recv() for _ in range(count)]]
    assert {(packet.pts or 0) % FRAME for packet in packets} == {0}
    return [(packet.pts or 0) // FRAME for packet in packets]


async def test_a_loop_that_was_busy_for_a_moment_tears_no_hole(clock: Clock) -> None:
    slots = await slots_after(MOST_LATE * PTIME, clock, MOST_LATE)
    assert slots == list(range(MOST_LATE + 1))


async def test_a_loop_that_was_blocked_skips_slots_once_and_then_catches_up(clock: Clock) -> None:
    slots = await slots_after((MOST_LATE + 30) * PTIME + PTIME / 2, clock, MOST_LATE + 1)
    assert [b - a for a, b in pairwise(slots)] == [30] + [1] * MOST_LATE
    assert slots[-1] == MOST_LATE + 30
