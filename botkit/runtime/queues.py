"""Who waits for whom, and who is next. Pure.

- An agent has one caller at a time, whatever queues list them.
- An agent who is free gets whoever has waited longest of those that list them; a caller whose agents are all
  busy holds up nobody behind.
- Of several agents who are free a caller gets the one listed first.
- An agent who did not take a call is left in peace for `REST` seconds; the caller keeps the place in line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

REST = 10.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Moved:
    """This caller has a new place."""

    caller: str
    position: int
    """1 = the next one."""


@dataclass(frozen=True, slots=True)
class Turn:
    """It is this caller's turn: the agent is theirs until `over`."""

    caller: str
    agent: str


News = Moved | Turn


@dataclass(slots=True)
class _Waiting:
    queue: str
    agents: tuple[str, ...]
    ticket: int
    """Those who came earlier have a lower one."""
    told: int = 0
    """The place that they know of; 0 = none yet."""


class Queues:
    """All queues of a bot. Callers and agents bear names; times are seconds on any one clock. Each method
    tells whom to tell what."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        """By caller."""
        self._serving: dict[str, str] = {}
        """Caller -> agent."""
        self._tickets: dict[str, int] = {}
        """Of callers who are being served: they may come back to their place."""
        self._rests: dict[str, float] = {}
        """Agent -> until when."""
        self._last_ticket = 0

    @property
    def deadline(self) -> float | None:
        """When `expire` is due."""
        wanted = {agent for each in self._waiting.values() for agent in each.agents}
        return min((until for agent, until in self._rests.items() if agent in wanted), default=None)

    def serves(self, caller: str) -> bool:
        """Whether an agent is kept for this caller."""
        return caller in self._serving

    def enter(
        self, caller: str, queue: str, agents: tuple[str, ...], at: float, *, front: bool = False
    ) -> list[News]:
        """Somebody comes, or comes back to the place that they had (`front`). Who stood in a queue already
        leaves it."""
        ticket = self._tickets.get(caller) if front else None
        if ticket is None:
            self._last_ticket += 1
            ticket = self._last_ticket
        self._forget(caller)
        self._waiting[caller] = _Waiting(queue, agents, ticket)
        return self._go_on(at)

    def leave(self, caller: str, at: float) -> list[News]:
        """Somebody goes; an agent kept for them is free. Unknown callers are no error."""
        self._forget(caller)
        return self._go_on(at)

    def over(self, caller: str, at: float, *, taken: bool) -> list[News]:
        """The caller's agent has talked with them (`taken`), or did not take the call."""
        agent = self._serving.pop(caller, None)
        if agent is not None and not taken:
            self._rests[agent] = at + REST
        return self._go_on(at)

    def expire(self, at: float) -> list[News]:
        """The time is `at`."""
        return self._go_on(at)

    def _forget(self, caller: str) -> None:
        self._waiting.pop(caller, None)
        self._serving.pop(caller, None)
        self._tickets.pop(caller, None)

    def _go_on(self, at: float) -> list[News]:
        self._rests = {agent: until for agent, until in self._rests.items() if until > at}
        return [*self._turns(), *self._moves()]

    def _turns(self) -> Iterator[News]:
        busy = {*self._serving.values(), *self._rests}
        for caller, waiting in sorted(self._waiting.items(), key=lambda item: item[1].ticket):
            agent = next((agent for agent in waiting.agents if agent not in busy), None)
            if agent is not None:
                busy.add(agent)
                del self._waiting[caller]
                self._serving[caller] = agent
                self._tickets[caller] = waiting.ticket
                yield Turn(caller, agent)

    def _moves(self) -> Iterator[News]:
        places: dict[str, int] = {}
        for caller, waiting in sorted(self._waiting.items(), key=lambda item: item[1].ticket):
            place = places[waiting.queue] = places.get(waiting.queue, 0) + 1
            if place != waiting.told:
                waiting.told = place
                yield Moved(caller, place)
