"""The flow language: how fast flows are checked, run and tested, and whether generated cases break it."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable

from benchmarks import Figure

from . import cases, checking, scripts, start, turns


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """A module each, with a control of its own; the cases have none: each is right or wrong."""
    yield from start.figures(quick, control)
    yield from checking.figures(quick, control)
    yield from scripts.figures(quick, control)
    yield from turns.figures(quick, control)
    if control:
        return
    seed = random.SystemRandom().randrange(1, 1_000_000)
    print(f"PROPERTY_SEED={seed}", file=sys.stderr, flush=True)
    yield from cases.figures(quick, seed)
