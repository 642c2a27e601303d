"""The flow language: how fast flows are checked, and whether generated cases break engine or checker."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable

from benchmarks import Figure

from . import cases, checking, start


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """A module each. The control delays the reading of each file, as a slow disk does."""
    yield from start.figures(quick, control)
    yield from checking.figures(quick, control)
    if control:
        return  # nothing is slow about the cases
    seed = random.SystemRandom().randrange(1, 1_000_000)
    print(f"PROPERTY_SEED={seed}", file=sys.stderr, flush=True)
    yield from cases.figures(quick, seed)
