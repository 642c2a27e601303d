"""The one registry. Connectors, voices, steps, handlers: everything comes through hooks."""

from .context import Context
from .facade import Hooks
from .marks import hook, step_handler

__all__ = ["Context", "Hooks", "hook", "step_handler"]
