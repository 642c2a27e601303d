"""Handlers that are handed over in Python, as plugins."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType, SimpleNamespace

from botkit.model.errors import UsageError

from .marks import STEP_HANDLER


def as_plugin(handler: Callable[..., object] | ModuleType) -> object:
    """A function marked by `@hook` or `@step_handler`, or a module of such, for `Hooks.register`. Raises
    `UsageError`."""
    if isinstance(handler, ModuleType):
        return handler
    if not (hasattr(handler, "botkit_impl") or hasattr(handler, STEP_HANDLER)):
        raise UsageError(
            f"{handler!r} is no handler.",
            remedy="Mark it with @hook or @step_handler, or pass a module of such.",
        )
    return SimpleNamespace(**{handler.__name__: handler})
