"""What botkit itself says and understands, a module for each language it does so in."""

from __future__ import annotations

from . import english, german
from .catalogue import Catalogue, meanings

__all__ = ["Catalogue", "catalogues", "meanings"]

catalogues: tuple[Catalogue, ...] = (english.catalogue, german.catalogue)
"""The first stands in for languages that have none."""
