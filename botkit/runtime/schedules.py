"""Schedules: one waiter for the next moment of all of them.

What makes a moment come once is its row: a `ScheduleDue` with the id `schedule:NAME:MOMENT`, which the inbox
takes once for ever. It is written with the schedule's note (the newest moment that was looked at) in one
commit, so whoever stops, doubles or sets the clock here can neither lose a moment nor have it twice. Of the
moments between note and now, each schedule's `misses` says which are made up for.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from botkit.flow.flowset import FlowSet
from botkit.flow.library import FlowLibrary
from botkit.flow.schedules import Misses, Once, Schedule
from botkit.model.events import ScheduleDue
from botkit.model.plural import counted
from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import Commit, StoreError

from . import journal
from .inbox import row_of
from .ledger import Ledger
from .timers import first_of

log = logging.getLogger(__name__)

NOTES = "schedule:"
"""How the names of the notes begin, and of the journal's sessions."""
ON_TIME = timedelta(minutes=1)
"""How late a moment may be noticed that is not missed: a bot that was started anew meanwhile was there."""
MOST_COUNTED = 1000
"""Missed moments of one schedule that are counted; of more it is told that there were so many."""
MOST_MADE_UP = 100
"""Missed moments of one schedule that `run_all` makes up for, the newest ones."""
NAP = 60.0
"""Seconds to sleep without looking at the clock: somebody may set it."""
LOOK_AGAIN = timedelta(seconds=1)
"""When to look again after the store has refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is kept of a schedule."""

    timing: str
    """What it was when it was looked at: once it is another one, it counts as new."""
    considered: datetime
    """Up to where its moments were looked at; for a new one, when that was first."""
    last: datetime | None = None
    """The newest moment that ran."""
    missed: int = 0
    """How many moments were not run, since the schedule is there."""
    missed_at: datetime | None = None
    """When that was last told."""

    def dump(self) -> bytes:
        """For the store."""
        values = {"timing": self.timing, "considered": self.considered.isoformat(), "missed": self.missed}
        for name, moment in (("last", self.last), ("missed_at", self.missed_at)):
            if moment is not None:
                values[name] = moment.isoformat()
        return json.dumps(values).encode()

    @classmethod
    def load(cls, data: bytes | None) -> Note | None:
        """What `dump` made; None for what cannot be read."""
        try:
            values = json.loads(data or b"")
            last, missed_at = values.get("last"), values.get("missed_at")
            return cls(
                timing=values["timing"],
                considered=datetime.fromisoformat(values["considered"]),
                last=datetime.fromisoformat(last) if last else None,
                missed=int(values["missed"]),
                missed_at=datetime.fromisoformat(missed_at) if missed_at else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return None


class Schedules:
    """Puts `ScheduleDue` into the inbox for each moment of a schedule that has come."""

    def __init__(self, ledger: Ledger, library: FlowLibrary, clock: Clock) -> None:
        self._ledger = ledger
        self._library = library
        self._clock = clock
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """There are other flows now."""
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._changed.clear()
            try:
                moment = await self.look()
            except StoreError as error:
                log.error("schedules cannot be looked at: %s", error)
                moment = self._clock.now() + LOOK_AGAIN
            await self._wait(moment)

    async def _wait(self, moment: datetime | None) -> None:
        """Until it has come, flows have changed, or the clock was set back."""
        while not self._changed.is_set():
            now = self._clock.now()
            if moment is not None and moment <= now:
                return
            if moment is None:
                await self._changed.wait()
            else:
                left = min((moment - now).total_seconds(), NAP)
                await first_of(self._changed.wait(), self._clock.sleep(left))
            if self._clock.now() < now:
                return

    async def look(self) -> datetime | None:
        """Hand over what is due; when to look again."""
        flows, now = self._library.current, self._clock.now()
        notes = {
            name.removeprefix(NOTES): data for name, data in (await self._ledger.store.notes(NOTES)).items()
        }
        known = {schedule.name for schedule in flows.schedules}
        forgotten = {NOTES + name: None for name in notes if name not in known}
        if forgotten:
            await self._ledger.commit(Commit(notes=forgotten))
        nexts: list[datetime] = []
        for schedule in flows.schedules:
            note = Note.load(notes.get(schedule.name))
            if note is None or note.timing != schedule.told():
                note = await self._begin(schedule, now)
            elif note.considered > now + ON_TIME:
                note = await self._set_back(schedule, note, now)
            note = await self._hand_over(schedule, note, flows, now)
            following = schedule.after(note.considered, flows.calendars.get(schedule.calendar))
            if following is not None:
                nexts.append(schedule.due(following))
        return min(nexts, default=None)

    async def _begin(self, schedule: Schedule, now: datetime) -> Note:
        """A new schedule: what would have come before it was there is not missed."""
        note = Note(timing=schedule.told(), considered=now)
        await self._ledger.commit(Commit(notes={NOTES + schedule.name: note.dump()}))
        if isinstance(schedule.timing, Once) and schedule.after(now) is None:
            log.warning("the moment of the schedule %s is past: it never comes", schedule.name)
        return note

    async def _set_back(self, schedule: Schedule, note: Note, now: datetime) -> Note:
        """The clock was ahead when the note was written: go on from now. What is looked at once more for it
        runs no second time, for the inbox knows its ids."""
        log.warning("the clock was set back: the schedule %s was at %s", schedule.name, note.considered)
        note = replace(note, considered=now)
        await self._ledger.commit(Commit(notes={NOTES + schedule.name: note.dump()}))
        return note

    async def _hand_over(self, schedule: Schedule, note: Note, flows: FlowSet, now: datetime) -> Note:
        calendar = flows.calendars.get(schedule.calendar)
        following = schedule.after(note.considered, calendar)
        if following is None or schedule.due(following) > now:
            return note
        passed = schedule.passed(note.considered, now, calendar, MOST_COUNTED)
        due = _until_first_ahead(schedule, passed, now)
        running = _chosen(schedule, due, now)
        missed = len(due) - len(running)
        rows = [
            row_of(due_event(schedule, moment, missed if number == 0 else 0))
            for number, moment in enumerate(running)
        ]
        noted = replace(
            note,
            considered=due[-1],
            last=running[-1] if running else note.last,
            missed=note.missed + missed,
            missed_at=now if missed else note.missed_at,
        )
        line = journal.due(NOTES + schedule.name, running, missed, due[0], due[-1], now)
        await self._ledger.commit(
            Commit(inbox=rows, notes={NOTES + schedule.name: noted.dump()}, journal=(line,))
        )
        telemetry = self._ledger.telemetry
        telemetry.count(metrics.SCHEDULE_RUNS, schedule.name, by=len(running))
        if missed:
            telemetry.count(metrics.SCHEDULE_MISSES, schedule.name, by=missed)
            moments = counted(missed, "moment")
            log.warning("the schedule %s missed %s up to %s", schedule.name, moments, due[-1])
        return noted


def due_event(schedule: Schedule, moment: datetime, missed: int = 0) -> ScheduleDue:
    """What the inbox gets when a moment has come."""
    return ScheduleDue(
        event_id=f"{NOTES}{schedule.name}:{moment.astimezone(UTC).isoformat()}",
        at=moment,
        schedule=schedule.name,
        flow=schedule.flow,
        missed=missed,
    )


def _until_first_ahead(schedule: Schedule, passed: Sequence[datetime], now: datetime) -> Sequence[datetime]:
    """Those that are due; jitter puts some off."""
    count = next((number for number, moment in enumerate(passed) if schedule.due(moment) > now), len(passed))
    return passed[:count]


def _chosen(schedule: Schedule, due: Sequence[datetime], now: datetime) -> Sequence[datetime]:
    """Those that run."""
    match schedule.misses:
        case Misses.RUN_ALL:
            return due[-MOST_MADE_UP:]
        case Misses.RUN_ONCE:
            return due[-1:]
        case Misses.SKIP:
            on_time = now - schedule.due(due[-1]) <= ON_TIME
            return due[-1:] if on_time else ()
