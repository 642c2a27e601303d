"""Every test is run by somebody: what `script/test` leaves out is selected by `.ci/run`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPTIONS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
MARKERS = [line.partition(":")[0] for line in OPTIONS["markers"]]
SELECTIONS = re.findall(r'pytest -m "(.+?)"', (ROOT / ".ci/run").read_text())


def selects(expression: str, marks: set[str]) -> bool:
    """What pytest makes of it for a test with these marks."""
    return bool(eval(expression, {}, {marker: marker in marks for marker in MARKERS}))


@pytest.mark.parametrize("marker", MARKERS)
def test_what_script_test_leaves_out_is_run_by_ci(marker: str) -> None:
    left_out = re.search("-m '(.+?)'", OPTIONS["addopts"])
    assert left_out is not None
    assert not selects(left_out[1], {marker}), "the default tier needs nothing but PyPI"
    assert [selects(expression, {marker}) for expression in SELECTIONS].count(True) == 1
    for other in MARKERS:
        assert any(selects(expression, {marker, other}) for expression in SELECTIONS), other


@pytest.mark.parametrize("marker", ["chaos", "engines", "fallback", "postgres", "property"])
def test_what_runs_alone_runs_once(marker: str) -> None:
    assert [selects(expression, {marker, "alone"}) for expression in SELECTIONS].count(True) == 1
