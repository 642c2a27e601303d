from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.circuit.backoff import Backoff
from botkit.circuit.recent import Recent
from botkit.circuit.throttle import Throttle


def test_the_waits_of_the_official_client() -> None:
    backoff = Backoff()
    assert backoff.delay(0, 0.0) == 7
    assert 14.9 < backoff.delay(0, 0.99) < 15
    assert [backoff.delay(attempt, 0.5) for attempt in range(1, 7)] == [8, 16, 32, 64, 64, 64]
    assert backoff.delay(1350, 0.5) == 64


@given(st.lists(st.floats(0, 1), min_size=30, max_size=120))
@settings(deadline=None)
def test_no_window_holds_more_than_the_limit(pauses: list[float]) -> None:
    throttle = Throttle(limit=5, window=2.0)
    now, sent = 0.0, []
    for pause in pauses:
        now += pause
        sent.append(now + throttle.reserve(now))
    assert sent == sorted(sent)
    assert all(later - earlier >= 2.0 - 1e-9 for earlier, later in zip(sent, sent[5:], strict=False))


def test_below_the_limit_nobody_waits() -> None:
    throttle = Throttle()
    assert [throttle.reserve(0.0) for _ in range(20)] == [0.0] * 20
    assert throttle.reserve(0.5) == 1.5


def test_what_was_not_asked_for_longest_goes_first() -> None:
    recent: Recent[int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    recent.drop("a")
    recent.drop("a")
    assert recent.get("a") is None
    recent.clear()
    assert recent.get("c") is None
