"""Recordings as files of one folder."""

from __future__ import annotations

import asyncio
import io
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import BinaryIO

from botkit.ports.blobs import BlobFailed

LARGEST = 64 * 1024 * 1024
"""Bytes of one blob: half an hour of 16 kHz speech."""
LONGEST_NAME = 60
"""Characters of a name that are kept."""

_REF = re.compile(r"[a-z0-9][a-z0-9-]*(\.[a-z0-9]{1,8})?")
_MADE = re.compile(r"[a-z0-9][a-z0-9-]*-[0-9a-f]{16}(\.[a-z0-9]{1,8})?")
"""What `put` returns; whatever else somebody has put into the folder stays."""
_PART = ".part-"
"""How the names begin of what is being written."""
_HALF = re.compile(re.escape(_PART) + r"[a-z0-9_]+")


class FolderBlobs:
    """`ports.blobs.Blobs`: a file each, which its owner alone may read, whole or not at all."""

    def __init__(self, folder: Path) -> None:
        """The folder is made with the first blob."""
        self._folder = folder

    async def put(self, name: str, data: bytes) -> str:
        """What is returned is the file's name."""
        if len(data) > LARGEST:
            raise BlobFailed(f"{name!r} has {len(data)} bytes; {LARGEST} are allowed.")
        return await self._keep(name, io.BytesIO(data))

    async def put_file(self, name: str, file: BinaryIO) -> str:
        """So here."""
        return await self._keep(name, file)

    async def _keep(self, name: str, source: BinaryIO) -> str:
        ref = _ref(name)
        try:
            await asyncio.to_thread(_write, self._folder, ref, source)
        except OSError as error:
            raise BlobFailed(
                f"{name!r} cannot be kept: {error.strerror or error}.",
                where=str(self._folder),
                remedy="Make the folder writable, and free space on its disk.",
            ) from error
        return ref

    async def get(self, ref: str) -> bytes:
        if not _REF.fullmatch(ref):
            raise BlobFailed(f"{ref[:LONGEST_NAME]!r} names nothing that was kept here.")
        try:
            return await asyncio.to_thread((self._folder / ref).read_bytes)
        except OSError as error:
            raise BlobFailed(
                f"{ref!r} cannot be read: {error.strerror or error}.", where=str(self._folder)
            ) from error

    async def older(self, moment: datetime) -> Sequence[str]:
        """By the times of the files."""
        return await asyncio.to_thread(older, self._folder, moment)

    async def remove(self, ref: str) -> None:
        if not (_REF.fullmatch(ref) or _HALF.fullmatch(ref)):
            raise BlobFailed(f"{ref[:LONGEST_NAME]!r} names nothing that was kept here.")
        await asyncio.to_thread(remove, self._folder, ref)


def older(folder: Path, moment: datetime) -> Sequence[str]:
    """What `folder` keeps since before a moment, and what processes that were killed have half written.
    Raises `BlobFailed`."""
    since = moment.timestamp()
    found = []
    try:
        for file in folder.iterdir() if folder.exists() else ():
            if not file.is_file() or file.is_symlink() or file.stat().st_mtime >= since:
                continue
            if _HALF.fullmatch(file.name) or _MADE.fullmatch(file.name):
                found.append(file.name)
    except OSError as error:
        raise BlobFailed(
            f"the recordings cannot be looked at: {error.strerror or error}.", where=str(folder)
        ) from error
    return sorted(found)


def remove(folder: Path, ref: str) -> None:
    """One of them. Raises `BlobFailed`."""
    try:
        (folder / ref).unlink(missing_ok=True)
    except OSError as error:
        raise BlobFailed(
            f"{ref!r} cannot be removed: {error.strerror or error}.", where=str(folder)
        ) from error


def _ref(name: str) -> str:
    """`name` as a file may be called anywhere, and as no other is."""
    path = PurePath(name.lower())
    suffix = re.sub(r"[^a-z0-9]", "", path.suffix)[:8]
    stem = re.sub(r"[^a-z0-9]+", "-", path.stem)[:LONGEST_NAME].strip("-") or "blob"
    return f"{stem}-{secrets.token_hex(8)}" + (f".{suffix}" if suffix else "")


def _write(folder: Path, ref: str, source: BinaryIO) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A temporary file is its owner's alone from the first byte on.
    descriptor, part = tempfile.mkstemp(prefix=_PART, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(folder / ref)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    _sync(folder)


def _sync(folder: Path) -> None:
    """A new name in a folder lasts once the folder itself is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
