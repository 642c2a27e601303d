"""Callers take turns."""

from __future__ import annotations

import pytest

from botkit.speech.turns import Turns


def taken(turns: Turns[str]) -> list[str]:
    return [turns.take() for _ in range(len(turns))]


def test_one_callers_requests_keep_their_order() -> None:
    turns: Turns[str] = Turns()
    for item in "abc":
        turns.add("ada", item)
    assert taken(turns) == ["a", "b", "c"]


def test_nobody_waits_behind_all_of_another_ones() -> None:
    turns: Turns[str] = Turns()
    for item in ("a1", "a2", "a3"):
        turns.add("ada", item)
    turns.add("ben", "b1")
    turns.add("cleo", "c1")
    assert taken(turns) == ["a1", "b1", "c1", "a2", "a3"]


def test_what_was_dropped_is_not_served() -> None:
    turns: Turns[str] = Turns()
    turns.add("ada", "a1")
    turns.add("ben", "b1")
    assert turns.drop("ada", "a1")
    assert not turns.drop("ada", "a1")
    assert taken(turns) == ["b1"]
    with pytest.raises(LookupError):
        turns.take()
