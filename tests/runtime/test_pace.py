"""Who keeps to a rate."""

from __future__ import annotations

import pytest

from botkit.model.limits import Rate
from botkit.runtime import pace
from botkit.runtime.pace import Pace, Verdict


def test_what_is_too_much_counts_until_one_is_slower() -> None:
    two = Pace(Rate(2, 10.0))
    moments = [0.0, 1.0, 2.0, 9.0, 11.5, 12.5, 22.0, 30.0]
    verdicts = [two.one_more("ada", moment) for moment in moments]
    assert [verdict for verdict, _ in verdicts] == [
        Verdict.FINE,
        Verdict.FINE,
        Verdict.TOO_MANY,
        Verdict.STILL_TOO_MANY,
        Verdict.STILL_TOO_MANY,
        Verdict.STILL_TOO_MANY,
        Verdict.FINE,
        Verdict.FINE,
    ]
    assert verdicts[6] == (Verdict.FINE, 4)


def test_accounts_are_counted_one_by_one() -> None:
    one = Pace(Rate(1, 10.0))
    assert [one.one_more(who, 0.0)[0] for who in ("ada", "grace", "ada")] == [
        Verdict.FINE,
        Verdict.FINE,
        Verdict.TOO_MANY,
    ]


def test_what_is_tried_again_counts_once_and_is_decided_as_before() -> None:
    two = Pace(Rate(2, 10.0))
    assert [two.one_more("ada", float(number), "first") for number in range(5)] == [(Verdict.FINE, 0)] * 5
    assert two.one_more("ada", 5.0, "second") == (Verdict.FINE, 0)
    assert two.one_more("ada", 6.0, "third")[0] is Verdict.TOO_MANY
    assert two.one_more("ada", 30.0, "third")[0] is Verdict.TOO_MANY
    assert two.one_more("ada", 31.0, "first") == (Verdict.FINE, 0)
    assert two.one_more("ada", 32.0, "fourth") == (Verdict.FINE, 1)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_ACCOUNTS", 3)
    one = Pace(Rate(1, 1000.0))
    for number in range(100):
        one.one_more(str(number), float(number))
    assert len(one._accounts) == 3
    assert one.one_more("99", 100.0)[0] is Verdict.TOO_MANY, "who was heard of last is remembered"


def test_memory_of_what_was_decided_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_DECIDED", 2)
    one = Pace(Rate(1, 10.0))
    for number, event in enumerate(("a", "b", "a", "c")):
        one.one_more(event, float(number), event)
    assert one.one_more("a", 4.0, "a")[0] is Verdict.FINE, "it was asked for again before c came"
    assert one.one_more("b", 5.0, "b")[0] is Verdict.TOO_MANY, "it is forgotten, and counts anew"
