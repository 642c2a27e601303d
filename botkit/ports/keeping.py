"""How long what is over is kept, and what goes then.

What is needed stays whatever its age: open sessions with all their lines, what waits in inbox and outbox,
dead letters until somebody drops them, sessions that those belong to, and recordings that any of it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from botkit.model.plural import counted

NOTE = "pruned"
"""Name of the note that tells up to when things are gone: a `Horizon`."""

_LOOKS = 2
"""At all that is unfinished, before a recording goes that none of it names. A name that is handed on
meanwhile to where the first look has been, as by a session to the one that began it, the second finds."""

_word = re.compile(rb"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long; None = for ever."""

    sessions: timedelta | None = None
    """Sessions that are over, since their newest line."""
    journal: timedelta | None = None
    """Lines: those of a session since it was over, but for its newest one, which goes with the session;
    others each by its own age."""
    seen: timedelta | None = None
    """Ids of what came: an event that comes again later than that counts as new."""
    recordings: timedelta | None = None
    """Files that callers recorded and people sent."""

    @property
    def shortest(self) -> timedelta | None:
        """None = all stays for ever."""
        each = (self.sessions, self.journal, self.seen, self.recordings)
        return min((span for span in each if span is not None), default=None)

    def horizon(self, now: datetime) -> Horizon:
        """Up to when things go at this moment."""
        return Horizon(
            at=now,
            sessions=_before(now, self.sessions),
            journal=_before(now, self.journal),
            seen=_before(now, self.seen),
            recordings=_before(now, self.recordings),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """What is over and older than these moments goes; None = nothing of it does."""

    at: datetime
    """When it was looked at."""
    sessions: datetime | None = None
    journal: datetime | None = None
    seen: datetime | None = None
    recordings: datetime | None = None

    def dump(self) -> bytes:
        """For the note."""
        each = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps({name: moment.isoformat() for name, moment in each.items() if moment}).encode()

    @classmethod
    def load(cls, data: bytes | None) -> Horizon | None:
        """What `dump` made; None for what cannot be read."""
        try:
            values = json.loads(data or b"")
            return cls(
                **{name: datetime.fromisoformat(values[name]) for name in cls.__slots__ if name in values}
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def after(self, earlier: Horizon | None) -> Horizon:
        """This one, and what an earlier one removed further: it is gone all the same."""
        if earlier is None:
            return self
        return Horizon(
            at=self.at,
            sessions=_later(self.sessions, earlier.sessions),
            journal=_later(self.journal, earlier.journal),
            seen=_later(self.seen, earlier.seen),
            recordings=_later(self.recordings, earlier.recordings),
        )


class Position(NamedTuple):
    """Where pruning goes on: of the store's own, to be handed back as it is."""

    phase: int = 0
    number: int = 0
    line: int = 0
    digest: bytes = b""


START = Position()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """How much went."""

    sessions: int = 0
    lines: int = 0
    seen: int = 0
    recordings: int = 0
    rest: Position | None = None
    """Where to go on; None = that was all."""

    def __add__(self, other: Pruned) -> Pruned:
        """Both, and where the second one goes on."""
        return Pruned(
            sessions=self.sessions + other.sessions,
            lines=self.lines + other.lines,
            seen=self.seen + other.seen,
            recordings=self.recordings + other.recordings,
            rest=other.rest,
        )

    def __str__(self) -> str:
        """For people."""
        return (
            f"{counted(self.sessions, 'session')}, {counted(self.lines, 'line')} of the journal,"
            f" {counted(self.seen, 'id')} of what came, {counted(self.recordings, 'recording')}"
        )

    @property
    def anything(self) -> bool:
        """Whether anything went."""
        return bool(self.sessions or self.lines or self.seen or self.recordings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Some of what is open or waits."""

    payloads: Sequence[bytes]
    """As they are kept."""
    rest: Position | None
    """Where to go on; None = that was all."""


class OldRecordings:
    """Which of them nothing names that is open or waits: those may go.

    Whoever drives it reads `Unfinished` from `rest` on and hands it to `met`, until `rest` is None.
    """

    def __init__(self, refs: Iterable[str]) -> None:
        self._left = set(refs)
        self._looks = _LOOKS if self._left else 0
        self._rest = START

    @property
    def rest(self) -> Position | None:
        """Where to read on; None = all that is unfinished was looked at often enough."""
        return self._rest if self._looks else None

    @property
    def left(self) -> Sequence[str]:
        """Those that nothing named so far, in the order of their names."""
        return sorted(self._left)

    def met(self, found: Unfinished) -> None:
        """What it names stays."""
        self._left -= named(found.payloads, self._left)
        if found.rest is None:
            self._looks -= 1
        self._rest = START if found.rest is None else found.rest


def named(payloads: Iterable[bytes], refs: Collection[str]) -> set[str]:
    """Those of `refs` (`ports.blobs`) that stand anywhere in `payloads`."""
    wanted = {ref.encode(): ref for ref in refs}
    return {
        wanted[word]
        for payload in payloads
        for text in _word.findall(payload)
        # JSON writes a line's end as a backslash and a letter, behind which a name begins.
        for start in (text, text[1:])
        for word in (start, start.rstrip(b".-"))
        if word in wanted
    }


def _before(now: datetime, span: timedelta | None) -> datetime | None:
    return None if span is None else now - span


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((each for each in (one, other) if each is not None), default=None)
