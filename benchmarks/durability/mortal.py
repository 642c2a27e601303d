"""A process that dies at a write, before or after it took effect: objects dropped, nothing said any more."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

WRITES = frozenset(
    {"receive", "commit", "attempt", "begin", "keep_versions", "forget_versions"}
    | {"post", "react", "add_person", "dial", "answer", "decline", "hangup"}
)
"""Of the store, and of the platform. To die at anything else is to die behind the last of these."""


class Death:
    """Of one process, at its n-th write."""

    def __init__(self, fatal: int = sys.maxsize, *, after: bool = False) -> None:
        """`after`: the fatal write takes effect, and only its answer is never heard."""
        self.writes = 0
        self.came = asyncio.Event()
        self._fatal = fatal
        self._after = after

    async def at(self, method: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        """Call `method`, or die of it."""
        answer = None
        if not self.came.is_set():
            self.writes += 1
            fatal = self.writes >= self._fatal
            if not fatal or self._after:
                answer = await method(*arguments, **named)
            if fatal:
                self.came.set()
        if self.came.is_set():
            await asyncio.Event().wait()  # the dead hear nothing and say nothing
        return answer


class Mortal:
    """`inner`, whose writes may be the last ones; so may those of its attributes `parts`."""

    def __init__(self, inner: Any, death: Death, *parts: str) -> None:  # noqa: ANN401
        self._inner = inner
        self._death = death
        self._parts = parts

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        value = getattr(self._inner, name)
        if name in self._parts:
            return Mortal(value, self._death)
        if not asyncio.iscoroutinefunction(value):
            return value

        async def mortal(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            if name in WRITES:
                return await self._death.at(value, *arguments, **named)
            if self._death.came.is_set():
                await asyncio.Event().wait()
            return await value(*arguments, **named)

        return mortal
