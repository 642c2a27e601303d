"""Audio files as prompts, made ready off the call path."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

from botkit.folder_cache import FolderCache
from botkit.model.pcm import Pcm, read_wav, wav
from botkit.ports.audio import SoundUnusable

log = logging.getLogger(__name__)

MOST_BYTES = 200 * 2**20
"""Of a file: ten minutes of uncompressed stereo have half of that."""
REVISION = "1"
"""Of what is done to files; those prepared by another one are prepared anew."""
UNUSABLE = 3
"""Exit code of `prepare` for a file that is at fault."""

Stamp = tuple[str, int, int]
"""Path, time of the last change, size."""


class AudioFiles:
    """`ports.audio.SoundFiles`. A file is prepared once, in a process of its own, until it changes.

    WAV, MP3, OGG, FLAC, M4A and what else FFmpeg reads; ten minutes at most. See `prepare` for what is done.
    """

    def __init__(
        self,
        folder: Path = Path(),
        *,
        rate: int = 16_000,
        prepared: Path | None = None,
        timeout: float = 60.0,
        memory_bytes: int = 64 * 2**20,
        folder_bytes: int = 512 * 2**20,
    ) -> None:
        """`folder`: what a relative path is relative to. `prepared`: where prepared sound is kept for the
        next start. `timeout`: seconds for one file. The least recently used go first from either cache.
        """
        self._folder = folder
        self._rate = rate
        self._timeout = timeout
        self._kept = FolderCache(prepared, ".wav", max_bytes=folder_bytes) if prepared else None
        self._memory: OrderedDict[Stamp, Pcm] = OrderedDict()
        self._memory_bytes = memory_bytes
        self._used = 0
        self._running: dict[Stamp, asyncio.Task[Pcm]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def load(self, path: str) -> Pcm:
        """The file's sound, trimmed, as loud as a voice, faded at its edges. Raises `SoundUnusable`."""
        stamp = await asyncio.to_thread(self._stamp, path)
        if stamp in self._memory:
            self._memory.move_to_end(stamp)
            return self._memory[stamp]
        if stamp not in self._running:
            self._running[stamp] = asyncio.create_task(self._find(stamp))
            self._running[stamp].add_done_callback(lambda task: self._found(stamp, task))
        return await asyncio.shield(self._running[stamp])

    def _stamp(self, path: str) -> Stamp:
        file = self._folder / path
        try:
            file = file.resolve(strict=True)
            told = file.stat()
        except RuntimeError as fault:
            raise unusable(path, "its link leads back to itself") from fault
        except (OSError, ValueError) as fault:
            reason = fault.strerror if isinstance(fault, OSError) else "that cannot be a file's name"
            raise unusable(path, f"it cannot be read: {reason}") from fault
        if not file.is_file():
            raise unusable(path, "it is no file")
        if not told.st_size:
            raise unusable(path, "it is empty")
        if told.st_size > MOST_BYTES:
            raise unusable(path, f"it has more than {MOST_BYTES >> 20} MB")
        return str(file), told.st_mtime_ns, told.st_size

    async def _find(self, stamp: Stamp) -> Pcm:
        key = hashlib.sha256(f"{REVISION} {self._rate} {stamp}".encode()).hexdigest()
        kept = await asyncio.to_thread(self._kept.read, key) if self._kept else None
        if kept is not None:
            return read_wav(kept)
        async with self._one_at_a_time:
            pcm = await asyncio.to_thread(self._prepare, stamp[0])
        if self._kept:
            await asyncio.to_thread(self._kept.write, key, wav(pcm))
        return pcm

    def _prepare(self, file: str) -> Pcm:
        command = [sys.executable, "-P", "-m", "botkit.media.prepare", file, str(self._rate)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        try:
            done = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._timeout,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as fault:
            raise unusable(file, f"it was not ready within {self._timeout:g} s") from fault
        if done.returncode == UNUSABLE:
            raise unusable(file, done.stdout.decode(errors="replace"))
        if done.returncode or not done.stdout:
            log.error("preparing %s failed: %s", file, done.stderr[-4000:].decode(errors="replace"))
            raise unusable(file, "its decoder failed over it")
        return Pcm(done.stdout, self._rate)

    def _found(self, stamp: Stamp, task: asyncio.Task[Pcm]) -> None:
        del self._running[stamp]
        if task.cancelled() or task.exception() is not None:
            return
        self._memory[stamp] = task.result()
        self._used += len(task.result().samples)
        while self._used > self._memory_bytes:
            _, dropped = self._memory.popitem(last=False)
            self._used -= len(dropped.samples)


def unusable(file: str, reason: str) -> SoundUnusable:
    """`reason` begins small, as a clause."""
    return SoundUnusable(
        f"This file cannot be played: {reason}.",
        where=file,
        remedy="Put a WAV, MP3, OGG, FLAC or M4A file there that plays elsewhere and is no longer than "
        "10 minutes, or name another one.",
    )
