"""Where large things are kept: recordings today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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

    async def older(self, moment: datetime) -> Sequence[str]:
        """What was kept before a moment, as `put` has returned it. Raises `BlobFailed`."""
        ...

    async def remove(self, ref: str) -> None:
        """Forget one. One that is not there is no error. Raises `BlobFailed`."""
        ...
