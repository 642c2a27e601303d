"""The Circuit client, usable without a bot, and the connector on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connector import CircuitConnector
    from .session import CircuitSession

__all__ = ["CircuitConnector", "CircuitSession"]


def __getattr__(name: str) -> object:
    # Imported when asked for: the wire's codec and the plugin are used where aiohttp is not wanted.
    if name == "CircuitSession":
        from .session import CircuitSession

        return CircuitSession
    if name == "CircuitConnector":
        from .connector import CircuitConnector

        return CircuitConnector
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
