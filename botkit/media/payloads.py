"""Prompts ready to send: encoded once, off the event loop, and kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from concurrent.futures import Executor

from botkit.model.pcm import Pcm

from .codecs import AudioCodec, encode

Key = tuple[bytes, int, str]
Payloads = tuple[bytes, ...]


class PayloadCache:
    """Payloads by sound and codec; the least recently used go when `max_bytes` are exceeded.

    Two legs that want the same prompt at once wait for one encoding. Belongs to one event loop.
    """

    def __init__(self, executor: Executor, *, max_bytes: int) -> None:
        self._executor = executor
        self._max_bytes = max_bytes
        self._bytes = 0
        self._ready: OrderedDict[Key, Payloads] = OrderedDict()
        self._running: dict[Key, asyncio.Future[Payloads]] = {}

    def get(self, pcm: Pcm, codec: AudioCodec) -> asyncio.Future[Payloads]:
        """The payloads, at once where they are there. Do not cancel the future: others wait on it."""
        key = (hashlib.blake2b(pcm.samples, digest_size=16).digest(), pcm.rate, codec.name)
        loop = asyncio.get_running_loop()
        if key in self._ready:
            self._ready.move_to_end(key)
            done: asyncio.Future[Payloads] = loop.create_future()
            done.set_result(self._ready[key])
            return done
        if key not in self._running:
            running = loop.run_in_executor(self._executor, encode, pcm, codec)
            running.add_done_callback(lambda encoded: self._keep(key, encoded))
            self._running[key] = running
        return self._running[key]

    def _keep(self, key: Key, encoded: asyncio.Future[Payloads]) -> None:
        del self._running[key]
        if encoded.cancelled() or encoded.exception() is not None:
            return
        self._ready[key] = encoded.result()
        self._bytes += _size(encoded.result())
        while self._bytes > self._max_bytes:
            _, dropped = self._ready.popitem(last=False)
            self._bytes -= _size(dropped)


def _size(payloads: Payloads) -> int:
    return sum(map(len, payloads))
