"""The measuring frame: areas, limits, exit codes."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

import pytest

from benchmarks import Figure
from benchmarks.__main__ import areas, main


@pytest.fixture
def area(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """An area `made_up` whose value is 1 ms, and 3 ms with the fault in it; the limit is 2 ms."""

    def figures(quick: bool, control: bool) -> Iterable[Figure]:
        yield Figure(name="delay", value=3.0 if control else 1.0, unit="ms", limit=2.0)
        yield Figure(name="worst", value=9.25, unit="ms")

    module = ModuleType("benchmarks.made_up")
    module.figures = figures  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr("benchmarks.__main__.areas", lambda: ["made_up"])
    return module


def test_a_line_has_name_value_unit_limit_and_verdict(
    area: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["made_up"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["delay", "1", "ms", "2", "ok"], ["worst", "9.25", "ms", "-", "ok"]]


def test_json_is_a_list_of_figures(area: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["made_up", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "name": "delay",
        "value": 1.0,
        "unit": "ms",
        "limit": 2.0,
        "ok": True,
    }


def test_the_control_must_come_out_short(area: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["made_up", "--control"]) == 0
    assert "short" in capsys.readouterr().out


def test_an_area_that_does_not_see_its_fault_fails(area: ModuleType) -> None:
    blind = area.figures
    area.figures = lambda quick, control: blind(quick, False)  # type: ignore[attr-defined]
    assert main(["all", "--control"]) == 1


def test_a_short_figure_is_no_success(area: ModuleType) -> None:
    area.figures = lambda quick, control: [  # type: ignore[attr-defined]
        Figure(name="rate", value=5, unit="turns/s", limit=10, at_least=True)
    ]
    assert main([]) == 1


def test_an_unknown_area_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["nope"])
    assert left.value.code == 2
    message = capsys.readouterr().err
    assert "'nope'" in message
    assert "flows" in message


@pytest.mark.parametrize("name", areas())
def test_every_area_measures_quickly_and_with_a_fault(name: str) -> None:
    module = import_module(f"benchmarks.{name}")
    assert module.__doc__
    assert list(inspect.signature(module.figures).parameters) == ["quick", "control"]
