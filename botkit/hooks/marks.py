"""The two decorators that plugin authors use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pluggy

F = TypeVar("F", bound=Callable[..., object])

PROJECT = "botkit"
"""The pluggy project, and the entry-point group that plugins register in."""

hook = pluggy.HookimplMarker(PROJECT)
"""Marks a function as the implementation of the hook of its name."""

STEP_HANDLER = "botkit_step_handler"
"""The attribute by which a module's step handlers are found."""


def step_handler(function: F) -> F:
    """Offer `function` to flows as `run: NAME`. Sync or async; takes only the `with` values it names."""
    setattr(function, STEP_HANDLER, True)
    return function
