"""The measurement of schedules: within its limits with other troubles too, and out of them with a fault."""

from __future__ import annotations

import pytest

from benchmarks.durability.schedules import schedule_figures

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("seed", [2, 3])
def test_each_moment_is_told_once(seed: int) -> None:
    figures = {figure.name: figure for figure in schedule_figures(quick=True, control=False, seed=seed)}
    assert [name for name, figure in figures.items() if not figure.ok] == []
    assert figures["schedule_told"].value > 0.9 * figures["schedule_moments"].value
    assert figures["schedule_troubles"].value > 5


def test_a_store_that_forgets_is_seen() -> None:
    limited = [each for each in schedule_figures(quick=True, control=True) if each.limit is not None]
    assert len(limited) == 3
    assert [figure.name for figure in limited if figure.ok] == []
