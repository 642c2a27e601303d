"""Bots that chat and answer the phone.

`from botkit import Bot, Context, hook, step_handler`. Names are imported when first used, so that
`import botkit` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.app import Bot
    from botkit.hooks import Context, hook, step_handler

__all__ = ["Bot", "Context", "hook", "step_handler"]

_HOMES = {
    "Bot": "botkit.app",
    "Context": "botkit.hooks",
    "hook": "botkit.hooks",
    "step_handler": "botkit.hooks",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'botkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
