"""Who is next: inbox rows wait in line per key, and of each key one at a time is out."""

from __future__ import annotations

import heapq
from collections.abc import Iterable

from botkit.ports.store import InboxRow


class Lanes:
    """The order of the inbox, kept in memory beside the table: who is out is a fact of this process
    alone, a crash frees everybody. Every call costs the logarithm of the number of free keys at most.
    """

    def __init__(self, rows: Iterable[InboxRow] = ()) -> None:
        self._lanes: dict[str, dict[str, tuple[int, InboxRow]]] = {}
        """Key -> id -> (place, row), the oldest first."""
        self._keys: dict[str, str] = {}
        self._taken: dict[str, str] = {}
        """Key -> id of the row that is out."""
        self._accepted: dict[str, InboxRow] = {}
        """Those that are out and stand in no lane, by their ids."""
        self._free: list[tuple[int, str]] = []
        """Heap of (place, key) of rows at the head of a free lane. Entries go stale; `take` skips those."""
        self._places = 0
        for row in rows:
            self.add(row)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def any_wait(self) -> bool:
        """Somebody is in line who is not out."""
        return len(self._keys) > len(self._taken) - len(self._accepted)

    def add(self, row: InboxRow) -> None:
        """`row` joins at the end."""
        self._places += 1
        lane = self._lanes.setdefault(row.key, {})
        lane[row.id] = (self._places, row)
        self._keys[row.id] = row.key
        if len(lane) == 1:
            self._offer(row.key)

    def accept(self, row: InboxRow) -> bool:
        """`row`, which is in no table, is out at once; False when another one of its key is there, or the
        very same."""
        known = row.key in self._lanes or row.id in self._keys or row.id in self._accepted
        if known or row.key in self._taken:
            return False
        self._taken[row.key] = row.id
        self._accepted[row.id] = row
        return True

    def accepted(self, inbox_id: str) -> InboxRow | None:
        """The row of this id, if it is one that `accept` let out."""
        return self._accepted.get(inbox_id)

    def release(self, inbox_id: str) -> bool:
        """One that was accepted leaves; False when it had not left yet."""
        left = inbox_id not in self._accepted
        if not left:
            self.remove(inbox_id)
        return left

    def take(self) -> InboxRow | None:
        """The oldest row whose key has none out; its key is out from now on."""
        while self._free:
            place, key = heapq.heappop(self._free)
            if key in self._taken or key not in self._lanes:
                continue
            at, row = self._head(key)
            if at == place:
                self._taken[key] = row.id
                return row
        return None

    def give_back(self, inbox_id: str) -> None:
        """The row is at the head of its lane again, if it was out."""
        key = self._keys.get(inbox_id)
        if key is not None and self._taken.get(key) == inbox_id:
            del self._taken[key]
            self._offer(key)

    def remove(self, inbox_id: str) -> None:
        """The row is done; the next of its key may come out."""
        accepted = self._accepted.pop(inbox_id, None)
        if accepted is not None:
            del self._taken[accepted.key]
            if accepted.key in self._lanes:
                self._offer(accepted.key)
            return
        key = self._keys.pop(inbox_id, None)
        if key is None:
            return
        lane = self._lanes[key]
        del lane[inbox_id]
        if self._taken.get(key) == inbox_id:
            del self._taken[key]
        if lane:
            self._offer(key)
        else:
            del self._lanes[key]

    def meet(self, rows: Iterable[InboxRow]) -> None:
        """Be what the table is: `rows` are all that wait there now, in order. Those that are unknown join at
        the end, those that are gone leave; who is out stays out."""
        there = {row.id: row for row in rows}
        for inbox_id in self._keys.keys() - there.keys():
            self.remove(inbox_id)
        for inbox_id, row in there.items():
            if inbox_id not in self._keys:
                self.add(row)

    def _head(self, key: str) -> tuple[int, InboxRow]:
        return next(iter(self._lanes[key].values()))

    def _offer(self, key: str) -> None:
        if key not in self._taken:
            heapq.heappush(self._free, (self._head(key)[0], key))
