"""The measurement of a bot that is left alone: within its limits, and out of them with a fault in it."""

from __future__ import annotations

import pytest

from benchmarks.soak import figures

pytestmark = pytest.mark.chaos


def test_nothing_is_left_of_calls_and_chats() -> None:
    assert [figure for figure in figures(quick=True, control=False) if not figure.ok] == []


def test_a_bot_that_keeps_things_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is seen soon."""
    monkeypatch.setattr("benchmarks.soak.WARM_UP_SECONDS", 3.0)
    monkeypatch.setattr("benchmarks.soak.QUICK_MINUTES", 0.1)
    short = {figure.name for figure in figures(quick=True, control=True) if not figure.ok}
    assert short >= {"handles_left", "tasks_left"}
