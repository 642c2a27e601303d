"""A folder of what was costly to make: one file for each, checked when read, the oldest dropped first."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path

log = logging.getLogger(__name__)

CHECKSUM = 16
"""Bytes at the end of a file: what has no use for them, like a program that plays WAV, does not mind."""


class FolderCache:
    """Bytes by a key that can be a file's name. A folder that cannot be used costs time, nothing else.

    Blocking; several processes may share the folder.
    """

    def __init__(self, folder: Path, suffix: str, *, max_bytes: int) -> None:
        """`suffix` tells its files from others in the folder; `max_bytes` bounds them together."""
        self._folder = folder
        self._suffix = suffix
        self._max_bytes = max_bytes
        self._size: int | None = None
        """Of its files, as far as known."""

    def read(self, key: str) -> bytes | None:
        """What was kept; None when there is nothing, or a file that is not whole."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError as fault:
            log.warning("the cache cannot be read: %s", fault)
            return None
        content = data[:-CHECKSUM]
        if data[-CHECKSUM:] != _checksum(content):
            log.warning("the cache has a broken file, which is made anew: %s", path)
            return None
        return content

    def has(self, key: str) -> bool:
        """Whether something is kept, whole or not."""
        return self._path(key).exists()

    def write(self, key: str, content: bytes) -> None:
        """Keep it."""
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            # Its owner's alone, also one of an earlier botkit: what was said to somebody may be theirs.
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            with open(part, "wb", opener=_private) as file:
                file.write(content + _checksum(content))
            part.replace(self._path(key))
            self._prune(len(content) + CHECKSUM)
        except OSError as fault:
            log.warning("the cache cannot be written: %s", fault)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{self._suffix}"

    def _prune(self, added: int) -> None:
        if self._size is not None:
            self._size += added
            if self._size <= self._max_bytes:
                return
        names = (self._suffix, ".part")
        files = [(path, path.stat()) for path in self._folder.iterdir() if path.suffix in names]
        self._size = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda file: file[1].st_mtime_ns):
            if self._size <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            self._size -= stat.st_size


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=CHECKSUM).digest()
