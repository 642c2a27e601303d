"""The measurement of durable turns: each of its limits sees a fault."""

from __future__ import annotations

import pytest

from benchmarks import store

pytestmark = pytest.mark.chaos


def test_every_limit_sees_its_fault() -> None:
    limited = [figure for figure in store.figures(True, True) if figure.limit is not None]
    assert len(limited) >= 6
    assert [figure for figure in limited if figure.ok] == []
