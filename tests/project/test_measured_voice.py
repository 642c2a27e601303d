"""The measurement of calls: each of its limits sees a fault."""

from __future__ import annotations

from types import ModuleType

import pytest

from benchmarks.voice import answers, interruptions, keys, load

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("part", [keys, answers, interruptions, load], ids=lambda part: part.__name__)
async def test_every_limit_sees_its_fault(part: ModuleType) -> None:
    limited = [figure for figure in await part.measure(True, True) if figure.limit is not None]
    assert limited
    assert [figure for figure in limited if figure.ok] == []
