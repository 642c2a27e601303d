"""Whose turn it is: each caller has a line of their own, and the lines are served one after the other."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """A queue in which one caller with many requests holds up another one for one request at most."""

    def __init__(self) -> None:
        self._lines: OrderedDict[str, deque[T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def add(self, caller: str, item: T) -> None:
        """Behind what this caller waits for already."""
        self._lines.setdefault(caller, deque()).append(item)

    def take(self) -> T:
        """The next one; its caller's line goes behind the others. Raises `LookupError` when there is none."""
        if not self._lines:
            raise LookupError("nobody waits")
        caller, line = self._lines.popitem(last=False)
        item = line.popleft()
        if line:
            self._lines[caller] = line
        return item

    def drop(self, caller: str, item: T) -> bool:
        """Whether it was still waiting; it no longer is."""
        line = self._lines.get(caller, deque())
        if item not in line:
            return False
        line.remove(item)
        if not line:
            del self._lines[caller]
        return True
