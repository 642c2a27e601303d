"""Where large things are kept: recordings today."""

from __future__ import annotations

from typing import BinaryIO, Protocol

from botkit.model.errors import WorldError


class BlobFailed(WorldError):
    """It could not be kept, or is not there."""


class Blobs(Protocol):
    """Bytes by name. They stay until somebody removes them."""

    async def put(self, name: str, data: bytes) -> str:
        """Keep `data`; returns what `get` takes, `name` made unique and safe. Raises `BlobFailed`."""
        ...

    async def put_file(self, name: str, file: BinaryIO) -> str:
        """As `put`, with what is in `file` from where it stands: it may be more than memory has room for."""
        ...

    async def get(self, ref: str) -> bytes:
        """Raises `BlobFailed`."""
        ...
