"""Where large things are kept: recordings today."""

from __future__ import annotations

from typing import Protocol

from botkit.model.errors import WorldError


class BlobFailed(WorldError):
    """It could not be kept, or is not there."""


class Blobs(Protocol):
    """Bytes by name. They stay until somebody removes them."""

    async def put(self, name: str, data: bytes) -> str:
        """Keep `data`; returns what `get` takes, `name` made unique and safe. Raises `BlobFailed`."""
        ...

    async def get(self, ref: str) -> bytes:
        """Raises `BlobFailed`."""
        ...
