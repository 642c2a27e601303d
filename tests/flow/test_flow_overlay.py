"""Counts on a diagram."""

from __future__ import annotations

from botkit.flow.coverage import Coverage
from botkit.flow.graph import Diagram, diagram
from botkit.flow.overlay import with_counts
from botkit.model.session import Channel

from .conftest import Loader
from .test_flow_coverage import FLOW, talked


def counts(made: Diagram) -> tuple[dict[str, int | None], dict[str, int | None]]:
    nodes = {node.lines[0]: node.count for group in made.groups for node in group.nodes}
    arrows = {edge.label: edge.count for edge in made.edges if edge.label and not edge.aside}
    return nodes, arrows


def test_boxes_and_arrows_are_counted(load: Loader) -> None:
    flows = load(FLOW)
    coverage = Coverage(flows)
    coverage.add(talked(flows, Channel.CHAT, "buy", "3"), Channel.CHAT)
    coverage.add(talked(flows, Channel.CALL, "1", "11"), Channel.CALL)
    coverage.add(talked(flows, Channel.CALL, "0"), Channel.CALL)
    nodes, arrows = counts(with_counts(diagram(flows), coverage))
    assert (nodes["choose Buy or leave?"], nodes["collect count"]) == (3, 2)
    assert (nodes["any time: human (key 0)"], nodes["on hangup"]) == (1, 0)
    assert (arrows["buy"], arrows["leave"], arrows["yes"], arrows["no"]) == (2, 0, 1, 1)


def test_without_counting_there_are_no_counts(load: Loader) -> None:
    nodes, arrows = counts(diagram(load(FLOW)))
    assert {*nodes.values(), *arrows.values()} == {None}


def test_a_way_that_cannot_be_has_no_count(load: Loader) -> None:
    flow = """
        flow: a
        steps:
          - choose: Well?
            options: {tea: {}, cocoa: {}}
            into: drink
          - switch: drink
            cases:
              tea:
                - say: Hot.
              cocoa:
                - say: Sweet.
        """
    flows = load(flow)
    _, arrows = counts(with_counts(diagram(flows), Coverage(flows)))
    assert (arrows["tea"], arrows["otherwise"]) == (0, None)
