"""Recordings in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from botkit.ports.blobs import BlobFailed


class FakeBlobs:
    """`ports.blobs.Blobs` that forgets with the process."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        """By what `put` returned, oldest first."""
        self._refusal = ""
        self._since: dict[str, datetime] = {}

    def age(self, ref: str, moment: datetime) -> None:
        """It was kept then; else what is here is young."""
        self._since[ref] = moment

    def refuse(self, why: str) -> None:
        """Nothing can be kept from now on; an empty reason lets it work again."""
        self._refusal = why

    async def put(self, name: str, data: bytes) -> str:
        if self._refusal:
            raise BlobFailed(self._refusal)
        ref = f"{len(self.kept) + 1}-{name.replace('/', '-')}"
        self.kept[ref] = data
        return ref

    async def put_file(self, name: str, file: BinaryIO) -> str:
        return await self.put(name, file.read())

    async def get(self, ref: str) -> bytes:
        try:
            return self.kept[ref]
        except KeyError:
            raise BlobFailed(f"{ref!r} names nothing that was kept here.") from None

    async def older(self, moment: datetime) -> Sequence[str]:
        return [ref for ref, since in self._since.items() if since < moment and ref in self.kept]

    async def remove(self, ref: str) -> None:
        self.kept.pop(ref, None)
