"""A platform of one's own to build bots against: hub, Circuit dialect, browser page."""

from __future__ import annotations

from .sandbox import Sandbox
from .tenant import Tenant

__all__ = ["Sandbox", "Tenant"]
