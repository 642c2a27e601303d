"""A process that dies at its n-th call of store or platform, before or after the call took effect."""

from __future__ import annotations

import asyncio
import sys
from typing import Any


class Killer:
    """Counts calls. After the fatal one nothing the process does has any effect."""

    def __init__(self, fatal: int = sys.maxsize, *, after: bool = False) -> None:
        """`after`: the fatal call takes effect, and only its answer is never heard."""
        self.calls: list[str] = []
        self.dead = asyncio.Event()
        self._fatal = fatal
        self._after = after
        self._method, self._number = "", 0

    def mortal(self, thing: Any, *inner: str) -> Any:
        """`thing`, its coroutine methods counted; so are those of its attributes named `inner`."""
        return _Mortal(thing, self, inner)

    def die_of(self, method: str, number: int, *, after: bool = False) -> None:
        """Its `number`th call of a method, `SqliteStore.prune` for example, is the fatal one."""
        self._method, self._number, self._after = method, number + self.calls.count(method), after

    def spare(self) -> None:
        """It lives on."""
        self._fatal = sys.maxsize

    async def call(self, method: Any, *arguments: Any, **named: Any) -> Any:
        """Call `method`, or die of it."""
        answer = None
        if not self.dead.is_set():
            self.calls.append(method.__qualname__)
            one_too_many = self._method and self.calls.count(self._method) >= self._number
            fatal = len(self.calls) >= self._fatal or bool(one_too_many)
            if not fatal or self._after:
                answer = await method(*arguments, **named)
            if fatal:
                self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()  # the dead hear nothing and say nothing
        return answer


class _Mortal:
    def __init__(self, thing: Any, killer: Killer, inner: tuple[str, ...]) -> None:
        self._thing = thing
        self._killer = killer
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._thing, name)
        if name in self._inner:
            return _Mortal(value, self._killer, ())
        if not asyncio.iscoroutinefunction(value):
            return value

        async def mortal(*arguments: Any, **named: Any) -> Any:
            return await self._killer.call(value, *arguments, **named)

        return mortal
