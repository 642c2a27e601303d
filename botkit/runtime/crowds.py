"""Whose code or server effects wait for, and how many of them at a time: who hangs keeps only those waiting
who want the same, and nobody's post."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from botkit.model.effects import Dial, Effect, Http, Run, SendWebhook
from botkit.ports.store import OutboxRow

MOST_OF_PLATFORM = 1000
"""Effects in flight that need the platform alone; one that waits for it to come back counts."""
MOST_OF_OTHERS = 1000
"""Effects in flight that wait for somebody else, whoever it is."""
MOST_OF_ONE = 200
"""Of those, such as wait for one handler or one server, and calls that ring."""
MOST_OF_RECEIVER = 20
"""Webhooks under way to one receiver."""


class Crowd(NamedTuple):
    """Effects that wait for the same."""

    name: str
    most: int
    """In flight together."""


PLATFORM = Crowd("platform", MOST_OF_PLATFORM)


def crowd_of(effect: Effect) -> Crowd:
    """The one that `effect` belongs to. Raises `ValueError` for a request to what is no address."""
    match effect:
        case Run(handler=handler):
            return Crowd(f"handler {handler}", MOST_OF_ONE)
        case Http(url=url):
            return Crowd(f"server {urlsplit(url).netloc}", MOST_OF_ONE)
        case SendWebhook(receiver=receiver):
            return Crowd(f"receiver {receiver}", MOST_OF_RECEIVER)
        case Dial():
            return Crowd("calls", MOST_OF_ONE)
        case _:
            return PLATFORM


class Crowds:
    """Who may be begun, and who waits for a place."""

    def __init__(self) -> None:
        self._in_flight: Counter[Crowd] = Counter()
        """Flows name few."""
        self._of_others = 0
        self._waiting: dict[Crowd, deque[OutboxRow]] = {}

    def enter(self, row: OutboxRow, crowd: Crowd) -> bool:
        """Whether `row` may be begun. Else it waits here, until `admit` gives it back."""
        if crowd in self._waiting or not self._has_room(crowd):
            self._waiting.setdefault(crowd, deque()).append(row)
            return False
        self._take_place(crowd)
        return True

    def leave(self, crowd: Crowd) -> None:
        """One of its effects is over."""
        self._in_flight[crowd] -= 1
        if crowd is not PLATFORM:
            self._of_others -= 1

    def admit(self) -> Iterator[tuple[OutboxRow, Crowd]]:
        """Who need not wait any longer: always of those with the fewest in flight who has waited longest."""
        while free := [crowd for crowd in self._waiting if self._has_room(crowd)]:
            crowd = min(free, key=lambda each: self._in_flight[each])
            rows = self._waiting[crowd]
            row = rows.popleft()
            if not rows:
                del self._waiting[crowd]
            self._take_place(crowd)
            yield row, crowd

    def waiting(self, crowd: Crowd | None = None) -> int:
        """How many wait; None = in all crowds."""
        lines = self._waiting.values() if crowd is None else [self._waiting.get(crowd, ())]
        return sum(map(len, lines))

    def _has_room(self, crowd: Crowd) -> bool:
        if crowd is not PLATFORM and self._of_others >= MOST_OF_OTHERS:
            return False
        return self._in_flight[crowd] < crowd.most

    def _take_place(self, crowd: Crowd) -> None:
        self._in_flight[crowd] += 1
        if crowd is not PLATFORM:
            self._of_others += 1
