"""The bytes of files on disk, by id. People's names for them never reach the file system."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from pathlib import Path

from botkit.model.errors import WorldError


class TooLarge(Exception):
    """More bytes came than are taken."""


class NotKept(Exception):
    """The disk does not take it."""


class FileStore:
    """A folder of files. It is emptied at start and end: what they belong to lives as long as the sandbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder, empty. Raises `WorldError`."""
        self.clear()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise WorldError(
                f"Files cannot be kept here: {error.strerror or error}.",
                where=str(self._folder),
                remedy="Choose another folder with `--state`.",
            ) from None

    def clear(self) -> None:
        """Remove everything that is ours. Twice is no error."""
        for pattern in ("file-*", "upload-*"):
            for path in self._folder.glob(pattern):
                with suppress(OSError):
                    path.unlink()
        with suppress(OSError):
            self._folder.rmdir()

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> tuple[str, int]:
        """Write what comes; a name for `keep` or `drop`, and its bytes. Raises `TooLarge`, `NotKept`."""
        name = f"upload-{uuid.uuid4()}"
        size = 0
        done = False
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge
                await asyncio.to_thread(_append, self._folder / name, chunk)
            await asyncio.to_thread(_append, self._folder / name, b"")
            done = True
        finally:
            if not done:
                self.drop(name)
        return name, size

    def keep(self, name: str, file_id: str) -> None:
        """What came in under `name` is this file from now on."""
        (self._folder / name).rename(self.path(file_id))

    def drop(self, name: str) -> None:
        """Forget what came in. Twice is no error."""
        (self._folder / name).unlink(missing_ok=True)

    def path(self, file_id: str) -> Path:
        """Where a file's bytes are. The id is the hub's, never a client's word."""
        return self._folder / f"file-{file_id}"

    def sweep(self, known: Collection[str]) -> None:
        """Remove the files that are not known any more."""
        for path in self._folder.glob("file-*"):
            if path.name.removeprefix("file-") not in known:
                path.unlink(missing_ok=True)


def _append(path: Path, chunk: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(chunk)
    except OSError as error:
        raise NotKept(error.strerror or str(error)) from None
