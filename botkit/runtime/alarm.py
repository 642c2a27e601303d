"""One moment that is waited for: it may change, and there may be none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

from botkit.ports.clock import Clock


class Alarm:
    """Rings once for each moment that is set, unless another one is set before it."""

    def __init__(
        self,
        clock: Clock,
        ring: Callable[[], None],
        spawn: Callable[[Coroutine[None, None, None]], asyncio.Task[None]] = asyncio.create_task,
    ) -> None:
        """`spawn` begins the task that waits."""
        self._clock = clock
        self._ring = ring
        self._spawn = spawn
        self._at: float | None = None
        self._waiting: asyncio.Task[None] | None = None

    def set(self, at: float | None) -> None:
        """Ring at this moment (`Clock.monotonic`), which may have passed; None = not at all."""
        if at == self._at:
            return
        self.cancel()
        if at is not None:
            self._at = at
            self._waiting = self._spawn(self._wait(at))

    def cancel(self) -> None:
        """Ring no more."""
        waiting, self._waiting, self._at = self._waiting, None, None
        if waiting is not None:
            waiting.cancel()

    async def _wait(self, at: float) -> None:
        await self._clock.sleep(max(0.0, at - self._clock.monotonic()))
        self._waiting = self._at = None  # whoever it rings for may set the next one
        self._ring()
