"""Counts on a diagram of flows: how many conversations came by each box, and took each arrow."""

from __future__ import annotations

from dataclasses import replace

from .coverage import Coverage, Place
from .graph import Diagram, Edge, Node


def with_counts(diagram: Diagram, coverage: Coverage) -> Diagram:
    """The same diagram with the counts of `coverage`, which is of the same flows."""
    places = {(place.flow, place.step, place.way): place for place in coverage.places}

    def count(step: tuple[str, str], way: str = "") -> int | None:
        place: Place | None = places.get((*step, way))
        return None if place is None else coverage.count(place)

    def counted(node: Node) -> Node:
        return replace(node, count=count(node.step))

    def taken(edge: Edge) -> Edge:
        if edge.aside or not edge.ways:
            return edge
        by_way = [number for way in edge.ways if (number := count(edge.step, way)) is not None]
        return replace(edge, count=sum(by_way) if by_way else None)

    return replace(
        diagram,
        groups=tuple(replace(group, nodes=tuple(map(counted, group.nodes))) for group in diagram.groups),
        edges=tuple(map(taken, diagram.edges)),
    )
