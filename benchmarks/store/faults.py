"""What the control puts in: a store that waits for the disk at each call, and remembers nobody cheaply."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import cast

from botkit.ports.store import Store


class Unbatched:
    """Stands for a store. Each of its coroutine methods flushes a file first; each commit leaves a task."""

    def __init__(self, inner: Store, flushes: int) -> None:
        self._inner = inner
        self._flushes = flushes
        self._file = TemporaryFile()  # noqa: SIM115
        self._left: list[asyncio.Task[None]] = []

    def __getattr__(self, name: str) -> object:
        value = getattr(self._inner, name)
        if not inspect.iscoroutinefunction(value) or name in ("open", "close", "changed_outside"):
            return value

        async def unbatched(*arguments: object, **named: object) -> object:
            for _ in range(self._flushes):
                self._file.write(bytes(8192))
                self._file.flush()
                os.fdatasync(self._file.fileno())
            if name == "commit":
                self._left.append(asyncio.create_task(asyncio.sleep(3600)))
            return await cast("Callable[..., object]", value)(*arguments, **named)  # type: ignore[misc]

        return unbatched


def unbatched(store: Store, flushes: int) -> Store:
    """`store` with the fault; `flushes` are those of a call, each of which holds up everybody."""
    return cast("Store", Unbatched(store, flushes))
