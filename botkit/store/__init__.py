"""Keeps what must survive: implementations of `botkit.ports.store`, chosen by URL, and recordings."""

from __future__ import annotations

from .blobs import FolderBlobs
from .sqlite import SqliteStore
from .urls import open_store

__all__ = ["FolderBlobs", "SqliteStore", "open_store"]
