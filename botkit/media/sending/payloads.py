"""Prompts ready to send: encoded once, off the event loop, and kept."""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections import OrderedDict
from concurrent.futures import Executor
from pathlib import Path

from botkit.folder_cache import FolderCache
from botkit.media.codecs import AudioCodec, encode
from botkit.model.pcm import Pcm

Key = tuple[int, int, int, str]
Payloads = tuple[bytes, ...]

REVISION = "1"
"""Of how sound is encoded; what another one left in the folder is encoded anew."""
LENGTH = struct.Struct("!H")
"""In front of each payload in a file."""


class PayloadCache:
    """Payloads by sound and codec; the least recently used go when `max_bytes` are exceeded.

    Two legs that want the same prompt at once wait for one encoding. Belongs to one event loop.
    """

    def __init__(
        self,
        executor: Executor,
        *,
        max_bytes: int,
        folder: Path | None = None,
        folder_bytes: int = 256 * 2**20,
    ) -> None:
        """`folder` keeps them for the next start, `folder_bytes` of them at most."""
        self._executor = executor
        self._max_bytes = max_bytes
        self._kept = FolderCache(folder, ".payloads", max_bytes=folder_bytes) if folder else None
        self._bytes = 0
        self._ready: OrderedDict[Key, Payloads] = OrderedDict()
        self._running: dict[Key, asyncio.Future[Payloads]] = {}

    def get(self, pcm: Pcm, codec: AudioCodec) -> asyncio.Future[Payloads]:
        """The payloads, at once where they are there. Do not cancel the future: others wait on it."""
        key = _key(pcm, codec)
        loop = asyncio.get_running_loop()
        if key in self._ready:
            self._ready.move_to_end(key)
            done: asyncio.Future[Payloads] = loop.create_future()
            done.set_result(self._ready[key])
            return done
        if key not in self._running:
            running = loop.run_in_executor(self._executor, self._find, pcm, codec)
            running.add_done_callback(lambda encoded: self._keep(key, encoded))
            self._running[key] = running
        return self._running[key]

    def has(self, pcm: Pcm, codec: AudioCodec) -> bool:
        """Whether the folder keeps them. Blocking."""
        return self._kept is not None and self._kept.has(_name(pcm, codec))

    def _find(self, pcm: Pcm, codec: AudioCodec) -> Payloads:
        """Read or encoded; in the executor."""
        if self._kept is None:
            return encode(pcm, codec)
        name = _name(pcm, codec)
        data = self._kept.read(name)
        kept = None if data is None else unpacked(data)
        if kept is not None:
            return kept
        payloads = encode(pcm, codec)
        self._kept.write(name, packed(payloads))
        return payloads

    def _keep(self, key: Key, encoded: asyncio.Future[Payloads]) -> None:
        del self._running[key]
        if encoded.cancelled() or encoded.exception() is not None:
            return
        self._ready[key] = encoded.result()
        self._bytes += _size(encoded.result())
        while self._bytes > self._max_bytes:
            _, dropped = self._ready.popitem(last=False)
            self._bytes -= _size(dropped)


def packed(payloads: Payloads) -> bytes:
    """One after the other, each with its length in front."""
    return b"".join(LENGTH.pack(len(payload)) + payload for payload in payloads)


def unpacked(data: bytes) -> Payloads | None:
    """What `packed` wrote; None when it is not that."""
    payloads = []
    at = 0
    while at + LENGTH.size <= len(data):
        (length,) = LENGTH.unpack_from(data, at)
        at += LENGTH.size + length
        payloads.append(data[at - length : at])
    return tuple(payloads) if at == len(data) else None


def _key(pcm: Pcm, codec: AudioCodec) -> Key:
    # Python keeps the 64 bits of a hash with the bytes: three minutes of music, which are played again and
    # again, would cost the loop 7 ms each time otherwise.
    return hash(pcm.samples), len(pcm.samples), pcm.rate, codec.name


def _name(pcm: Pcm, codec: AudioCodec) -> str:
    sound = hashlib.blake2b(pcm.samples, digest_size=16).hexdigest()
    return f"{sound}-{pcm.rate}-{codec.name.lower()}-{REVISION}"


def _size(payloads: Payloads) -> int:
    return sum(map(len, payloads))
