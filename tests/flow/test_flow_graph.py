"""The diagram of flows has every step and every way from one to another."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from botkit.flow.graph import Diagram, Shape, diagram
from botkit.flow.loader import load_flows
from botkit.flow.steps import Step, verbs

FLOWS = Path(__file__).parents[2] / "flows"


def drawn(tmp_path: Path, text: str) -> Diagram:
    (tmp_path / "flow.yaml").write_text(dedent(text))
    return diagram(load_flows([tmp_path / "flow.yaml"]))


def ways(made: Diagram) -> set[tuple[str, str, str]]:
    """(text, label, text) of every arrow."""
    texts = {node.id: " / ".join(node.lines) for group in made.groups for node in group.nodes}
    return {(texts[edge.source], edge.label, texts[edge.target]) for edge in made.edges}


def test_options_cases_and_conditions_label_the_arrows(tmp_path: Path) -> None:
    made = drawn(
        tmp_path,
        """
        flow: desk
        start: [call_incoming, mention: {words: [help]}]
        slots: {age: {type: number, ask: How old?}}
        steps:
          - choose: Which?
            options: {tea: {}, coffee: {}, person: {go: human}}
            into: wish
          - switch: wish
            cases:
              tea:
                - say: Tea.
          - collect: [age]
            give_up:
              - go: human
          - if: age > 5
            then:
              - end: Fine.
          - end
          - id: human
            transfer: a@example.com
            outcomes:
              otherwise:
                - say: Nobody.
        """,
    )
    assert ways(made) == {
        ("somebody calls / the bot is mentioned: help", "", "choose Which?"),
        ("choose Which?", "tea, coffee", "switch wish"),
        ("choose Which?", "person", "transfer a@example.com"),
        ("switch wish", "tea", "say Tea."),
        ("switch wish", "otherwise", "collect age"),
        ("say Tea.", "", "collect age"),
        ("collect age", "no answer", "transfer a@example.com"),
        ("collect age", "", "if age > 5"),
        ("if age > 5", "yes", "end Fine."),
        ("if age > 5", "no", "end"),
        ("transfer a@example.com", "accepted", "end"),
        ("transfer a@example.com", "otherwise", "say Nobody."),
        ("say Nobody.", "", "end"),
    }


def test_events_globals_and_called_flows_begin_somewhere(tmp_path: Path) -> None:
    made = drawn(
        tmp_path,
        """
        flow: desk
        start: [mention]
        globals:
          operator: {key: 0, go: human}
          repeat:
        when:
          error:
            - end: Sorry.
        steps:
          - call: ask
          - id: human
            end: Bye.
        flows:
          ask:
            title: Questions
            steps:
              - wait: 5m
              - say: Hello {{ user.name }}.
        """,
    )
    assert [group.title for group in made.groups] == ["desk", "desk/ask: Questions"]
    assert ways(made) == {
        ("the bot is mentioned", "", "call ask"),
        ("on error", "", "end Sorry."),
        ("any time: operator (key 0)", "", "end Bye."),
        ("call ask", "", "end Bye."),
        ("call ask", "", "ask"),
        ("ask", "", "wait 5m / say Hello {user.name}."),
        ("wait 5m / say Hello {user.name}.", "", "back"),
    }
    assert [edge.aside for edge in made.edges].count(True) == 1


def test_what_is_for_one_channel_shows_the_way_of_the_other(tmp_path: Path) -> None:
    made = drawn(
        tmp_path,
        """
        flow: desk
        start: [call_incoming, mention]
        steps:
          - end: Write no more.
            only: chat
          - end: Call again.
        """,
    )
    assert ("chat only: end Write no more.", "on call", "end Call again.") in ways(made)


def test_many_jumps_to_one_place_are_told_by_name(tmp_path: Path) -> None:
    jumps = "\n".join(f"  - id: s{n}\n    say: Number {n}.\n  - go: last" for n in range(4))
    options = ", ".join(f"o{n}: {{go: s{n}}}" for n in range(4))
    text = f"flow: desk\nsteps:\n  - choose: Which?\n    options: {{{options}}}\n{jumps}\n"
    made = drawn(tmp_path, f"{text}  - id: last\n    say: Done.\n")
    assert ("choose Which?", "o3", "say Number 3. / go last") in ways(made)
    assert ("last: say Done.", "", "end") in ways(made)
    assert not any(target.startswith("last") for _, _, target in ways(made))


def test_long_texts_are_cut_and_short_ones_kept(tmp_path: Path) -> None:
    made = drawn(tmp_path, f"flow: desk\nsteps:\n  - say: {'long ' * 100}\n")
    assert all(len(line) <= 48 for group in made.groups for node in group.nodes for line in node.lines)


@pytest.mark.parametrize("cls", verbs, ids=lambda cls: cls.verb)
def test_every_verb_is_drawn(tmp_path: Path, cls: type[Step]) -> None:
    (tmp_path / "welcome.wav").touch()
    made = drawn(tmp_path, cls.example)
    nodes = {node.id: node for group in made.groups for node in group.nodes}
    assert all(edge.source in nodes and edge.target in nodes for edge in made.edges)
    assert len(nodes) > 1


@pytest.mark.parametrize("name", ["reception", "helpdesk"])
def test_every_step_that_ships_is_in_a_box(name: str) -> None:
    flows = load_flows([FLOWS / f"{name}.yaml"])
    made = diagram(flows)
    lines = sum(
        len(node.lines)
        for group in made.groups
        for node in group.nodes
        if node.shape is not Shape.ENTRY and node.place
    )
    steps = [op for flow in flows.flows.values() for op in flow.ops if op.step.verb != "go"]
    assert lines == len(steps)


def test_a_request_says_what_it_asks_of_whom(tmp_path: Path) -> None:
    made = drawn(tmp_path, "flow: a\nconfig: {api: {}}\nsteps: [{http: 'POST {{ config.api }}/x'}]\n")
    assert any("http POST {config.api}/x" in node.lines for group in made.groups for node in group.nodes)
