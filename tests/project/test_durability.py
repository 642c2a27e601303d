"""The measurement of what a killed bot suffers: within its limits, and out of them with a fault in it."""

from __future__ import annotations

import pytest

from benchmarks.durability import figures

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def test_a_killed_bot_goes_on_and_says_nothing_twice() -> None:
    assert [figure for figure in figures(quick=True, control=False) if not figure.ok] == []


def test_a_bot_that_repeats_itself_is_seen() -> None:
    short = [figure.name for figure in figures(quick=True, control=True) if not figure.ok]
    assert "messages_doubled" in short
