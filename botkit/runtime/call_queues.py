"""The queues of the calls in this process: effects go in, what callers are told comes out."""

from __future__ import annotations

import logging
from collections.abc import Callable

from botkit.model.effects import Enqueue
from botkit.model.inputs import Input, QueueMoved, QueueTurn
from botkit.ports.clock import Clock

from .alarm import Alarm
from .queues import Moved, News, Queues

log = logging.getLogger(__name__)


class CallQueues:
    """Callers bear the names of their sessions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues = Queues()
        self._callers: dict[str, tuple[str, Callable[[Input], None]]] = {}
        """Caller -> id of the `Enqueue`, and how to tell them."""
        self._alarm = Alarm(clock, self._expire)

    def enter(self, caller: str, effect: Enqueue, tell: Callable[[Input], None]) -> None:
        """Somebody wants to wait."""
        self._callers[caller] = effect.id, tell
        now = self._clock.monotonic()
        self._spread(self._queues.enter(caller, effect.queue, effect.agents, now, front=effect.front))

    def leave(self, caller: str) -> None:
        """Somebody waits no more; an agent who was kept for them is free. Unknown callers are no error."""
        if self._callers.pop(caller, None) is not None:
            self._spread(self._queues.leave(caller, self._clock.monotonic()))

    def hung_up(self, caller: str) -> None:
        """Somebody has gone. Whoever serves them is busy until that call is over too."""
        if not self._queues.serves(caller):
            self.leave(caller)

    def over(self, caller: str, *, taken: bool) -> None:
        """The call to the agent of this caller is over; `taken`: they have talked."""
        if caller in self._callers:
            self._spread(self._queues.over(caller, self._clock.monotonic(), taken=taken))

    def close(self) -> None:
        """Nobody is told anything any more."""
        self._callers.clear()
        self._alarm.cancel()

    def _spread(self, news: list[News]) -> None:
        for each in news:
            entered, tell = self._callers[each.caller]
            if isinstance(each, Moved):
                tell(QueueMoved(effect_id=entered, position=each.position))
            else:
                tell(QueueTurn(effect_id=entered, agent=each.agent))
        self._alarm.set(self._queues.deadline)

    def _expire(self) -> None:
        self._spread(self._queues.expire(self._clock.monotonic()))
