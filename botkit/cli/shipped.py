"""Where the flows and the bot that ship with botkit are."""

from __future__ import annotations

import sys
from pathlib import Path

import botkit
from botkit.model.errors import WorldError


def front_desk() -> Path:
    """The bot.yaml of the demo: in a checkout, or where an installed wheel keeps its shared files."""
    checkout = Path(botkit.__file__).parent.parent
    for root in (checkout, Path(sys.prefix) / "share" / "botkit"):
        file = root / "examples" / "frontdesk" / "bot.yaml"
        if file.is_file():
            return file
    raise WorldError(
        "The front desk bot is not installed.",
        remedy="Install botkit from its wheel, or run it in its checkout.",
    )
