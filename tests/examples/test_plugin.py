"""The plugin that the how-to builds, and the packaged one: both do what their pages say."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from jsonschema import Draft202012Validator

from botkit.flow.coverage import Coverage
from botkit.flow.extensions import Extensions
from botkit.flow.flowset import FlowSet
from botkit.flow.json_schema import flow_schema
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.manual import verb_section
from botkit.flow.slot_types import slot_types
from botkit.flow.steps import verbs
from botkit.hooks import Hooks
from botkit.model.session import Channel
from tests.flow.conftest import Talk

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "examples" / "plugin"
PAGE = ROOT / "docs" / "how-to" / "plugins.md"


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(PLUGIN))
    yield importlib.import_module("botkit_parcels")
    for name in [name for name in sys.modules if name.startswith("botkit_parcels")]:
        del sys.modules[name]


@pytest.fixture
def added(package: ModuleType) -> Extensions:
    hooks = Hooks()
    hooks.register(package, "parcels")
    return hooks.extensions()


@pytest.fixture
def flows(added: Extensions) -> FlowSet:
    return load_flows([PLUGIN / "flows"], extensions=added)


def test_a_number_is_asked_for_three_times_at_most(flows: FlowSet) -> None:
    talk = Talk(flows, Channel.CHAT).begin()
    for _ in range(2):
        talk.says("912345678").says("no")
    talk.says("912345678")
    assert talk.heard == ["I have 912 345 678. Is that right?"]
    assert talk.copy().says("yes").heard == ["Your parcel travels with the plane."]
    assert talk.says("no").heard == ["Let us stop here. Please write to us."]


def test_a_caller_hears_it_in_groups(flows: FlowSet) -> None:
    talk = Talk(flows, Channel.CALL).begin().presses("912345678")
    assert talk.heard[0].startswith("I have 9, 1, 2. 3, 4, 5. 6, 7, 8. Is that right?")


def test_coverage_knows_its_ways(flows: FlowSet) -> None:
    coverage = Coverage(flows)
    talk = Talk(flows, Channel.CHAT).begin()
    coverage.add(talk.turn.why, Channel.CHAT)
    ways = {place.way: coverage.count(place) for place in coverage.places if place.step == "ask"}
    assert ways == {"": 1, "counted": 1, "too_many": 0}


def test_the_manual_knows_its_verb(added: Extensions) -> None:
    assert "| `most` |  | How often is not too often (default 3). |" in verb_section(added.verbs[0])


def test_the_schema_knows_its_verb(added: Extensions) -> None:
    schema = flow_schema([*verbs, *added.verbs], [*slot_types, *added.slot_types])
    flow = yaml.safe_load((PLUGIN / "flows" / "parcel.yaml").read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(flow)] == []


def test_its_example_is_a_flow(added: Extensions, tmp_path: Path) -> None:
    from inspect import cleandoc

    (tmp_path / "door.yaml").write_text(cleandoc(added.verbs[0].example))
    assert load_flows([tmp_path], extensions=added).flows


def test_its_check_finds_long_prompts(added: Extensions, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"flow: a\nsteps:\n  - say: {'very ' * 80}long.\n")
    with pytest.raises(FlowFileError, match="more than 300 characters"):
        load_flows([tmp_path], extensions=added)


def test_the_page_builds_a_plugin_that_works(tmp_path: Path) -> None:
    page = PAGE.read_text()
    python = re.findall(r"^```python\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    (flow,) = re.findall(r"^```yaml\n# door\.yaml\n(.+?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "handlers.py").write_text("\n\n".join(python))
    (tmp_path / "door.yaml").write_text(flow)
    hooks = Hooks()
    hooks.load_file(tmp_path / "handlers.py")
    flows = load_flows([tmp_path / "door.yaml"], extensions=hooks.extensions())
    talk = Talk(flows, Channel.CHAT).begin().says("1234")
    assert talk.copy().says("4711").heard == ["Come in. Parcel 912 345 comes with the plane."]
    assert talk.says("1234").heard == ["That was once too often."]


@pytest.mark.engines
def test_it_installs_as_a_package(tmp_path: Path) -> None:
    """Into an environment that borrows what is installed here, botkit too."""
    venv.create(tmp_path, with_pip=True)
    here = sysconfig.get_path("purelib")
    there = sysconfig.get_path("purelib", vars={"base": str(tmp_path), "platbase": str(tmp_path)})
    Path(there, "here.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    python = tmp_path / "bin" / "python"

    def run(*words: str | Path) -> str:
        done = subprocess.run([python, *words], capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", PLUGIN)
    assert run("-m", "botkit.cli", "check", PLUGIN / "flows") == "parcel: no findings\n"
    assert "step-attempt" in run("-m", "botkit.cli", "schema")
