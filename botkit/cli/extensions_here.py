"""What plugins add to the flow language here."""

from __future__ import annotations

from pathlib import Path

from botkit.flow.extensions import Extensions
from botkit.hooks import Hooks


def extensions_of(bot: Path | None) -> Extensions:
    """Those of installed plugins, and of the handlers of a bot.yaml if one is given. Raises `UsageError`."""
    if bot is None:
        hooks = Hooks()
        hooks.load_entry_points()
        return hooks.extensions()
    from botkit.app import hooks_of
    from botkit.settings import read_settings

    return hooks_of(read_settings(bot, with_platform=False)).extensions()
