"""What a version of a flow is made of, and how flows say what becomes of those who are in an older one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from botkit.flow.flowset import FlowSet, OnChange
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.versions import FlowVersion


def flows(config: Mapping[str, Mapping[str, object]] | None = None, **files: str) -> FlowSet:
    texts = {f"{name}.yaml": text for name, text in files.items()}
    return load_flows([], texts=texts, config=config)


class TestHash:
    BOTH: Mapping[str, str] = {
        "desk": "flow: desk\nconfig: {c: {}}\nsteps:\n  - call: bill\n  - end\n",
        "bill": "flow: bill\nsteps:\n  - say: Your bill.\n",
        "other": "flow: other\nsteps:\n  - say: Hello.\n",
    }

    def hashes(
        self, config: Mapping[str, Mapping[str, object]] | None = None, **changed: str
    ) -> dict[str, str]:
        found = flows(config, **{**self.BOTH, **changed})
        return {name: flow.hash for name, flow in found.flows.items()}

    def test_an_unrelated_change_leaves_it(self) -> None:
        changed = self.hashes(other="flow: other\nsteps:\n  - say: Bye.\n")
        assert {name for name, was in self.hashes().items() if changed[name] != was} == {"other"}

    def test_it_is_of_the_flows_that_are_called_too(self) -> None:
        changed = self.hashes(bill="flow: bill\nsteps:\n  - say: Your new bill.\n")
        assert {name for name, was in self.hashes().items() if changed[name] != was} == {"desk", "bill"}

    @pytest.mark.parametrize(
        "step",
        ["dial: olivia@example.com", "each: config.team\n    as: who\n    to: '{{ who }}'\n    until: 2h"],
    )
    def test_it_is_of_the_flows_that_others_are_asked_with_too(self, step: str) -> None:
        def desk(text: str) -> str:
            steps = f"config: {{team: {{type: list}}}}\nsteps:\n  - {step}\n    flow: bill\n"
            return (
                flows(desk=f"flow: desk\n{steps}", bill=f"flow: bill\nsteps:\n  - say: {text}\n")
                .flows["desk"]
                .hash
            )

        assert desk("One.") != desk("Two.")
        assert desk("One.") == desk("One.")

    def test_it_is_of_the_config(self) -> None:
        one, two = self.hashes({"desk": {"c": "1"}}), self.hashes({"desk": {"c": "2"}})
        assert {name for name in one if one[name] != two[name]} == {"desk"}

    def test_flows_of_a_file_share_it(self) -> None:
        text = "flow: a\nsteps:\n  - call: in\nflows:\n  in:\n    steps:\n      - say: Hi.\n"
        both = flows(a=text).flows
        assert both["a"].hash == both["a/in"].hash != ""

    def test_where_the_files_are_does_not_matter(self) -> None:
        moved = load_flows([], texts={f"elsewhere/{name}.yaml": text for name, text in self.BOTH.items()})
        assert {name: flow.hash for name, flow in moved.flows.items()} == self.hashes()

    def test_flows_that_dial_each_other_have_one(self) -> None:
        def ring(name: str, other: str) -> str:
            return f"flow: {name}\nsteps:\n  - dial: a@example.com\n    flow: {other}\n"

        both = flows(a=ring("a", "b"), b=ring("b", "a")).flows
        assert both["a"].hash
        assert both["b"].hash

    def test_a_version_loads_again_to_the_same_hash(self, tmp_path: Path) -> None:
        for name, text in self.BOTH.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        config = {"desk": {"c": "5"}}
        first = load_flows([tmp_path], config=config)
        kept = FlowVersion.load(first.versions["desk"].dump())
        again = load_flows([], texts=kept.files, config=kept.config)
        assert set(again.flows) == {"desk", "bill"}
        assert again.flows["desk"].hash == first.flows["desk"].hash == kept.id
        assert again.flows["bill"].hash == first.flows["bill"].hash
        assert again.flows["desk"].at.place.file == str(tmp_path / "desk.yaml")

    def test_bytes_that_are_no_version_are_refused(self) -> None:
        for data in (b"", b"[]", b"{}", b"nonsense", b'{"id": "a"}'):
            with pytest.raises(ValueError, match="no version of flows"):
                FlowVersion.load(data)


class TestMigrationsAreChecked:
    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("migrations: {old: nowhere}", "There is no step `nowhere` in this flow."),
            ("migrations: {old: inside}", "`inside` is a step of another flow, `a/in`."),
            ("on_change: perhaps", ""),
        ],
    )
    def test_refused(self, line: str, message: str) -> None:
        text = f"""
flow: a
{line}
steps:
  - id: here
    call: in
flows:
  in:
    steps:
      - id: inside
        say: Hi.
"""
        with pytest.raises(FlowFileError) as caught:
            flows(a=text)
        finding = caught.value.findings[0]
        assert message in finding.message
        assert finding.place.line == 3

    def test_an_inner_flow_has_its_own(self) -> None:
        text = """
flow: a
on_change: migrate
steps:
  - call: in
flows:
  in:
    migrations: {old: new}
    steps:
      - id: new
        say: Hi.
"""
        assert flows(a=text).flows["a/in"].migrations == {"old": "new"}
        assert flows(a=text).flows["a/in"].on_change is OnChange.MIGRATE
