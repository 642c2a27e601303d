"""Flows: how fast they are read, checked and run. One module a figure."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks import Figure

from . import turns

PARTS = (turns,)


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """All of them, one after the other."""
    for part in PARTS:
        yield from part.figures(quick, control)
