"""`bot.yaml`: read, checked, and its secrets resolved."""

from .blocks import HttpBlock, IceBlock, SpeechBlock
from .bot_file import SECRET_KEYS, BotFile, Settings, read_settings
from .references import REFERENCE

__all__ = [
    "REFERENCE",
    "SECRET_KEYS",
    "BotFile",
    "HttpBlock",
    "IceBlock",
    "Settings",
    "SpeechBlock",
    "read_settings",
]
