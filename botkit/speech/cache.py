"""What was said once is not said again: sound by text, language, voice and engine version."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import struct
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

from botkit.model.pcm import Pcm
from botkit.ports.speech import Synthesizer

from .edges import paused, strung
from .sentences import pieces

log = logging.getLogger(__name__)

HEADER = struct.Struct("!8sI16s")
"""Magic, samples a second, checksum of the samples."""
MAGIC = b"botpcm1\n"


class CachedSynthesizer:
    """A `Synthesizer` that remembers, in memory and in `folder` (None: in memory alone).

    Two who want the same sentence at once wait for one synthesis. A file that is not whole is a miss.
    """

    def __init__(
        self,
        inner: Synthesizer,
        folder: Path | None,
        *,
        max_bytes: int = 256 * 2**20,
        memory_bytes: int = 32 * 2**20,
    ) -> None:
        """`max_bytes` bounds the folder, `memory_bytes` the memory; the least recently used go first."""
        self.name = inner.name
        self.version = inner.version
        self._inner = inner
        self._files = _Files(folder, max_bytes) if folder is not None else None
        self._memory: OrderedDict[str, Pcm] = OrderedDict()
        self._memory_bytes = memory_bytes
        self._used = 0
        self._running: dict[str, asyncio.Task[Pcm]] = {}

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        """Remembered, or spoken now. Raises `SpeechFailed`; failures are not remembered."""
        return strung([piece async for piece in self.stream(text, language=language)])

    async def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        """Sentence by sentence, each remembered by itself; the next is begun while one is used."""
        first, *rest = pieces(text)
        coming = self._piece(first, language)
        for following in rest:
            pcm = await asyncio.shield(coming)
            coming = self._piece(following, language)
            yield paused(pcm)
        yield await asyncio.shield(coming)

    async def close(self) -> None:
        """Close the voice behind it."""
        running = tuple(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._inner.close()

    def _piece(self, text: str, language: str) -> asyncio.Future[Pcm]:
        """Whoever awaits it shields it: others may wait for the same."""
        parts = [self._inner.name, self._inner.version, language, text]
        key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        if key in self._memory:
            self._memory.move_to_end(key)
            known = asyncio.get_running_loop().create_future()
            known.set_result(self._memory[key])
            return known
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._find(key, text, language))
            self._running[key].add_done_callback(lambda task: self._found(key, task))
        return self._running[key]

    async def _find(self, key: str, text: str, language: str) -> Pcm:
        if self._files is None:
            return await self._inner.synthesize(text, language=language)
        pcm = await asyncio.to_thread(self._files.read, key)
        if pcm is None:
            pcm = await self._inner.synthesize(text, language=language)
            await asyncio.to_thread(self._files.write, key, pcm)
        return pcm

    def _found(self, key: str, task: asyncio.Task[Pcm]) -> None:
        del self._running[key]
        if task.cancelled() or task.exception() is not None:
            return
        self._memory[key] = task.result()
        self._used += len(task.result().samples)
        while self._used > self._memory_bytes:
            _, dropped = self._memory.popitem(last=False)
            self._used -= len(dropped.samples)


class _Files:
    """One file a piece. A folder that cannot be written costs speed, not speech."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def read(self, key: str) -> Pcm | None:
        path = self._folder / f"{key}.pcm"
        try:
            data = path.read_bytes()
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError as fault:
            log.warning("the speech cache cannot be read: %s", fault)
            return None
        pcm = _unpacked(data)
        if pcm is None:
            log.warning("the speech cache has a broken file, which is made anew: %s", path)
        return pcm

    def write(self, key: str, pcm: Pcm) -> None:
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(_packed(pcm))
            part.replace(self._folder / f"{key}.pcm")
            self._prune()
        except OSError as fault:
            log.warning("the speech cache cannot be written: %s", fault)

    def _prune(self) -> None:
        files = [(path, path.stat()) for path in self._folder.iterdir() if path.suffix in (".pcm", ".part")]
        excess = sum(stat.st_size for _, stat in files) - self._max_bytes
        for path, stat in sorted(files, key=lambda file: file[1].st_mtime_ns):
            if excess <= 0:
                return
            path.unlink(missing_ok=True)
            excess -= stat.st_size


def _packed(pcm: Pcm) -> bytes:
    return HEADER.pack(MAGIC, pcm.rate, _checksum(pcm.rate, pcm.samples)) + pcm.samples


def _unpacked(data: bytes) -> Pcm | None:
    if len(data) < HEADER.size:
        return None
    magic, rate, checksum = HEADER.unpack_from(data)
    samples = data[HEADER.size :]
    if magic != MAGIC or checksum != _checksum(rate, samples):
        return None
    return Pcm(samples, rate)


def _checksum(rate: int, samples: bytes) -> bytes:
    return hashlib.blake2b(samples, digest_size=16, salt=rate.to_bytes(16, "big")).digest()
