"""The slots of all legs, on a loop whose time the test moves."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from botkit.media.codecs import PTIME
from botkit.media.rtp.slots import MOST_LATE
from botkit.media.rtp.ticker import BEAT, PHASES, Ticker


class Loop:
    """Calls what is due when the test says that it is so late."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[SimpleNamespace] = []
        self.soon: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[..., None], *given: object) -> SimpleNamespace:
        timer = SimpleNamespace(when=when, run=lambda: call(*given))
        self.timers.append(timer)
        return timer

    def call_soon(self, call: Callable[..., None], *given: object) -> None:
        self.soon.append(lambda: call(*given))

    def until(self, when: float) -> None:
        """In time for every deadline up to then."""
        while self._next() is not None and self._next().when <= when:
            self.now = max(self.now, self._next().when)
            self._run()
        self.now = when

    def blocked_until(self, when: float) -> None:
        """Nothing was done until then."""
        self.now = when
        self._run()

    def _next(self) -> SimpleNamespace | None:
        return min(self.timers, key=lambda timer: timer.when, default=None)

    def _run(self) -> None:
        timer = self._next()
        self.timers.remove(timer)
        timer.run()
        while self.soon:
            self.soon.pop(0)()


class Leg:
    """Notes its slots."""

    def __init__(self, loop: Loop) -> None:
        self.slots: list[int] = []
        self.times: list[float] = []
        self.gave_up = False
        self.fault: Exception | None = None
        self._loop = loop

    def slot(self, number: int, now: float) -> None:
        if self.fault is not None:
            raise self.fault
        self.slots.append(number)
        self.times.append(now)

    def broken(self) -> None:
        self.gave_up = True


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    fake = SimpleNamespace(get_running_loop=lambda: loop)
    monkeypatch.setattr("botkit.media.rtp.ticker.asyncio", fake)
    return loop


@pytest.fixture
def ticker(loop: Loop) -> Ticker:
    return Ticker(lambda: None)


def test_the_first_slot_is_due_at_once_and_all_others_on_a_grid(loop: Loop, ticker: Ticker) -> None:
    leg = Leg(loop)
    ticker.add(leg)
    assert leg.times == [1000.0]
    loop.until(1000.0 + 50 * PTIME)
    first, second = leg.times[:2]
    assert 0 < second - first <= PTIME + 1e-9
    assert leg.times[1:] == pytest.approx([second + n * PTIME for n in range(len(leg.times) - 1)])
    assert leg.slots == list(range(leg.slots[0], leg.slots[0] + len(leg.slots)))


def test_a_leg_that_comes_later_has_no_hole_behind_its_first_slot(loop: Loop, ticker: Ticker) -> None:
    ticker.add(Leg(loop))
    for _ in range(7):
        loop.until(loop.now + 0.013)
        later = Leg(loop)
        ticker.add(later)
        loop.until(loop.now + PTIME)
        assert later.slots == [later.slots[0], later.slots[0] + 1]


def test_nothing_is_read_when_nobody_is_left(loop: Loop) -> None:
    reads: list[float] = []
    ticker, leg = Ticker(lambda: reads.append(loop.now)), Leg(loop)
    ticker.add(leg)
    loop.until(1000.0 + PTIME)
    assert reads
    reads.clear()
    ticker.remove(leg)
    loop.until(1000.0 + 5 * PTIME)
    assert reads == []


def test_legs_are_spread_over_the_slot(loop: Loop, ticker: Ticker) -> None:
    legs = [Leg(loop) for _ in range(2 * PHASES)]
    for leg in legs:
        ticker.add(leg)
    loop.until(1000.0 + 5 * PTIME)
    at = [round(leg.times[-1] / BEAT) % PHASES for leg in legs]
    assert sorted(at) == sorted([*range(PHASES), *range(PHASES)])


def test_whoever_a_packet_tells_has_a_turn_before_slots_are_sent(loop: Loop) -> None:
    leg, said = Leg(loop), []

    def read() -> None:
        slots = len(leg.slots)
        loop.call_soon(lambda: said.append(len(leg.slots) == slots))

    ticker = Ticker(read)
    ticker.add(leg)
    loop.until(1000.0 + 3 * PTIME)
    assert len(leg.slots) >= 3
    assert len(said) >= 3 * PHASES - 1
    assert all(said)


def test_what_comes_while_others_are_heard_has_its_turn_too(loop: Loop) -> None:
    """The key is not there yet at the first look of a beat."""
    leg, looks, stopped_at = Leg(loop), [], []

    def read() -> None:
        looks.append(loop.now)
        if len(looks) == 2 * PHASES:
            loop.call_soon(lambda: stopped_at.append(len(leg.slots)))

    ticker = Ticker(read)
    ticker.add(leg)
    loop.until(1000.0 + 3 * PTIME)
    assert looks[0::2] == looks[1::2], "two looks a beat"
    (slots_before,) = stopped_at
    assert leg.times[slots_before] == looks[2 * PHASES - 1], "told before the slot of the same beat"


def test_what_falls_due_behind_a_look_waits_for_the_next(loop: Loop) -> None:
    """The machine stands still between look and slot: a key may have come."""
    leg, slots_at_look = Leg(loop), []

    def read() -> None:
        slots_at_look.append(len(leg.slots))
        if len(slots_at_look) == 8 * PHASES:
            loop.call_soon(lambda: setattr(loop, "now", loop.now + 5 * PTIME))

    ticker = Ticker(read)
    ticker.add(leg)
    loop.until(1000.0 + 10 * PTIME)
    stood = slots_at_look[8 * PHASES - 1]
    assert slots_at_look[8 * PHASES] <= stood + 1
    assert slots_at_look[8 * PHASES + 2] >= stood + 5, "and then no slot is left out"


def test_a_loop_that_was_busy_tears_no_hole(loop: Loop, ticker: Ticker) -> None:
    leg = Leg(loop)
    ticker.add(leg)
    loop.blocked_until(1000.0 + 10 * PTIME)
    assert leg.slots == list(range(leg.slots[0], leg.slots[0] + len(leg.slots)))
    assert len(leg.slots) >= 10


def test_a_loop_that_was_blocked_for_long_skips_slots_and_says_so_by_their_numbers(
    loop: Loop, ticker: Ticker
) -> None:
    leg = Leg(loop)
    ticker.add(leg)
    loop.blocked_until(1000.0 + (MOST_LATE + 100) * PTIME)
    assert len(leg.slots) <= MOST_LATE + 2
    assert leg.slots[-1] - leg.slots[0] >= MOST_LATE + 98
    assert len(loop.timers) == 1


def test_without_legs_nothing_is_done(loop: Loop, ticker: Ticker) -> None:
    leg = Leg(loop)
    ticker.add(leg)
    ticker.remove(leg)
    ticker.remove(leg)
    loop.until(1000.0 + PTIME)
    assert loop._next() is None
    assert len(leg.slots) == 1
    ticker.add(leg)
    loop.until(loop.now + PTIME)
    assert len(leg.slots) == 3


def test_a_leg_that_fails_is_told_and_disturbs_no_other(
    loop: Loop, ticker: Ticker, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = Leg(loop), Leg(loop)
    ticker.add(bad)
    ticker.add(good)
    bad.fault = RuntimeError("no way")
    loop.until(1000.0 + 5 * PTIME)
    assert bad.gave_up
    assert len(bad.slots) == 1
    assert len(good.slots) >= 5
    assert [record.message for record in caplog.records] == ["a call cannot go on"]


def test_a_look_that_fails_costs_nobody_a_slot(loop: Loop, caplog: pytest.LogCaptureFixture) -> None:
    faults = [True] * 20 + [False] * 20 + [True]

    def read() -> None:
        if faults and faults.pop(0):
            raise RuntimeError("a socket of somebody's")

    ticker, leg = Ticker(read), Leg(loop)
    ticker.add(leg)
    loop.until(1000.0 + 20 * PTIME)
    assert not faults
    assert leg.slots == list(range(leg.slots[0], leg.slots[0] + len(leg.slots)))
    assert len(leg.slots) >= 20
    assert [record.message for record in caplog.records] == ["packets of calls cannot be read"] * 2


def test_a_leg_that_fails_also_when_it_is_told_so_disturbs_no_other(loop: Loop, ticker: Ticker) -> None:
    class Worse(Leg):
        def broken(self) -> None:
            raise RuntimeError("and now?")

    bad, good = Worse(loop), Leg(loop)
    ticker.add(bad)
    ticker.add(good)
    bad.fault = RuntimeError("no way")
    with pytest.raises(RuntimeError, match="and now"):  # the real loop logs it
        loop.until(1000.0 + 5 * PTIME)
    loop.until(1000.0 + 10 * PTIME)
    assert len(good.slots) >= 10
