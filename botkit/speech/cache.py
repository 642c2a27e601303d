"""What was said once is not said again: sound by text, language, voice and engine version."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import AsyncIterator
from pathlib import Path

from botkit.folder_cache import FolderCache
from botkit.model.pcm import Pcm, read_wav, wav
from botkit.ports.speech import Synthesizer, TellsOfStart

from .sentences import paused, pieces, strung


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
        self._files = FolderCache(folder, ".wav", max_bytes=max_bytes) if folder is not None else None
        self._memory: OrderedDict[str, Pcm] = OrderedDict()
        self._memory_bytes = memory_bytes
        self._used = 0
        self._running: dict[str, asyncio.Task[Pcm]] = {}

    @property
    def fails_to_start(self) -> bool:
        """See `ports.speech.TellsOfStart`; what is remembered is heard all the same."""
        return isinstance(self._inner, TellsOfStart) and self._inner.fails_to_start

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
        kept = await asyncio.to_thread(self._files.read, key)
        if kept is not None:
            return read_wav(kept)
        pcm = await self._inner.synthesize(text, language=language)
        await asyncio.to_thread(self._files.write, key, wav(pcm))
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
