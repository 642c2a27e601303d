"""How much one account may ask of the bot, so that nobody's flood, and no two bots that answer each other,
keeps it from everybody else.

Counts are of this process: a restart begins anew. They decide what is not begun, never what was begun.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from enum import StrEnum

from botkit.model.limits import Rate

MOST_ACCOUNTS = 10_000
"""Accounts remembered; of more the one that was heard of least recently is forgotten."""
MOST_DECIDED = 2_000
"""Events whose verdict is remembered, more than can wait to be tried again."""


class Verdict(StrEnum):
    """What becomes of one more."""

    FINE = "fine"
    TOO_MANY = "too_many"
    """The first that is too many."""
    STILL_TOO_MANY = "still_too_many"


@dataclass(slots=True)
class _Account:
    times: deque[float]
    ignored: int = 0


@dataclass(slots=True)
class Pace:
    """Who keeps to a rate. Pure: the caller brings the time.

    What is too much counts as well, so whoever goes on is ignored until they are slower.
    """

    rate: Rate
    _accounts: OrderedDict[str, _Account] = field(default_factory=OrderedDict)
    _decided: OrderedDict[str, Verdict] = field(default_factory=OrderedDict)

    def one_more(self, account: str, now: float, event: str = "") -> tuple[Verdict, int]:
        """What becomes of it, and, when it is fine, how many were ignored before it.

        `event` is its id: one that is tried again counts once, and is decided as it was. Empty = it has none.
        """
        verdict = self._decided.get(event)
        if verdict is not None:
            self._decided.move_to_end(event)
            return verdict, 0
        verdict, ignored = self._count(account, now)
        if event:
            self._decided[event] = verdict
            if len(self._decided) > MOST_DECIDED:
                self._decided.popitem(last=False)
        return verdict, ignored

    def _count(self, account: str, now: float) -> tuple[Verdict, int]:
        known = self._accounts.get(account)
        if known is None:
            known = self._accounts[account] = _Account(deque(maxlen=self.rate.number))
            if len(self._accounts) > MOST_ACCOUNTS:
                self._accounts.popitem(last=False)
        self._accounts.move_to_end(account)
        times = known.times
        many = len(times) == self.rate.number and now - times[0] < self.rate.seconds
        times.append(now)
        if many:
            known.ignored += 1
            return (Verdict.TOO_MANY if known.ignored == 1 else Verdict.STILL_TOO_MANY), 0
        ignored, known.ignored = known.ignored, 0
        return Verdict.FINE, ignored
