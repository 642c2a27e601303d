"""Keeps what must survive: implementations of `botkit.ports.store`, chosen by URL."""

from __future__ import annotations

from .sqlite import SqliteStore, Synchronous
from .urls import open_store

__all__ = ["SqliteStore", "Synchronous", "open_store"]
