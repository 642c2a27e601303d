"""A bad network, in virtual time: what came in time is heard, soon, and the time line stays steady."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from benchmarks.media.losses import PATTERNS, AiortcHearing, BotkitHearing, measure, outcome

SECONDS = 20.0


@pytest.mark.parametrize("pattern", PATTERNS)
def test_all_that_comes_in_time_is_heard_and_no_delay_stays(pattern: str) -> None:
    hearing = BotkitHearing()
    result = outcome(pattern, hearing, SECONDS)
    assert result.delivered == 100
    assert result.delay <= 1
    assert result.sound == pytest.approx(1.0, abs=0.001)
    assert len({number for number, _ in hearing.heard}) == len(hearing.heard), "nothing twice"
    assert [number for number, _ in hearing.heard] == sorted(number for number, _ in hearing.heard)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_disturbs(pattern: str) -> None:
    call = PATTERNS[pattern](SECONDS, random.Random(1))
    gaps = {round(b.due - a.due, 3) for a, b in pairwise(call)}
    assert any(sent.came != sent.due for sent in call) or len(gaps) > 1
    assert call[0].came is not None


async def test_a_window_of_16_packets_is_seen_to_fall_short() -> None:
    control = {figure.name: figure.ok for figure in await measure(quick=True, control=True)}
    assert not control["loss_delivered_percent"]
    assert not control["loss_added_delay_ms"]
    assert not control["loss_time_line_off_percent"]


def test_the_peer_loses_nothing_where_nothing_is_lost() -> None:
    """Else it would be made to look bad: 80 ms is its prefetch."""
    result = outcome("swapped", AiortcHearing(), SECONDS)
    assert result.delivered == 100
    assert 80 <= result.delay <= 120
