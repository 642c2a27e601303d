"""The verbs that plugins add."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from botkit.flow.steps import Step
from botkit.hooks import Hooks


def plugin_verbs(bot: Path | None) -> Sequence[type[Step]]:
    """Those of installed plugins, and of the handlers of a bot.yaml if one is given. Raises `UsageError`."""
    if bot is None:
        hooks = Hooks()
        hooks.load_entry_points()
        return hooks.steps()
    from botkit.app import hooks_of
    from botkit.settings import read_settings

    return hooks_of(read_settings(bot, with_platform=False)).steps()
