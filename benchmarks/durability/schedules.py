"""Two years of schedules in three time zones, with everything that goes wrong in two years.

A bot on the virtual clock is stopped, killed, left alone for days; its clock is set forward and back; beside
it a second scheduler works on the same database. Each moment tells somebody, and what they were told is held
against moments that are counted by hand, on the clock of each zone. In the control the store
forgets, doubles and makes up moments.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from benchmarks import Figure
from botkit.app import Bot
from botkit.flow.library import FlowLibrary
from botkit.model import codec
from botkit.model.events import ScheduleDue
from botkit.ports.store import Commit, InboxRow, StoreError
from botkit.runtime.ledger import Ledger
from botkit.runtime.schedules import NOTES, Schedules
from botkit.store import SqliteStore
from botkit.testing import (
    FakeAudioPort,
    FakeBlobs,
    FakeConnector,
    FakeHttp,
    FakePlatform,
    FakeSynthesizer,
    ScriptedPerson,
    VirtualClock,
)

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""The clocks of the three are set on 8 March, 29 March and 5 April, and again in autumn."""
READER = "reader@example.com"
LONGEST_AWAY = 90.0
"""Hours: `run_all` makes up for a hundred moments, and one comes every hour."""
FORGOTTEN = 50
"""Of so many moments the control forgets one, doubles one and makes one up."""

FLOW = """\
flow: {name}
start:
  - schedule: {{{when}, time_zone: {zone}, misses: {misses}}}
steps:
  - post: "{name} {{{{ event.due }}}}"
    to: {reader}
"""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One schedule, and its moments as a person would count them."""

    name: str
    zone: str
    when: str
    misses: str
    moments: Sequence[datetime]

    @property
    def flow(self) -> str:
        """Its flow file."""
        return FLOW.format(name=self.name, zone=self.zone, when=self.when, misses=self.misses, reader=READER)


@dataclass(slots=True)
class Verdict:
    """What became of all moments."""

    moments: int = 0
    told: int = 0
    missed: int = 0
    """Said to be missed, by those schedules that make up for one moment or for none."""
    lost: int = 0
    doubled: int = 0
    strange: int = 0
    """Told for a moment that is none."""
    troubles: Counter[str] = field(default_factory=Counter)


def schedule_figures(quick: bool, control: bool, seed: int = 1) -> Iterator[Figure]:
    """Moments lost, doubled and made up out of nothing."""
    verdict = asyncio.run(ordeal(timedelta(days=40 if quick else 731), seed, forgetful=control))
    yield Figure(name="schedule_moments", value=verdict.moments, unit="moments")
    yield Figure(name="schedule_told", value=verdict.told, unit="moments")
    yield Figure(name="schedule_missed_reported", value=verdict.missed, unit="moments")
    yield Figure(name="schedule_troubles", value=verdict.troubles.total(), unit="faults")
    yield Figure(name="schedule_lost", value=verdict.lost, unit="moments", limit=0)
    yield Figure(name="schedule_doubled", value=verdict.doubled, unit="moments", limit=0)
    yield Figure(name="schedule_strange", value=verdict.strange, unit="moments", limit=0)


async def ordeal(span: timedelta, seed: int, *, forgetful: bool = False) -> Verdict:
    """So long a time, with the troubles of a seed."""
    with tempfile.TemporaryDirectory(prefix="botkit-schedules-") as folder:
        rig = _Rig(Path(folder), list(_cases(BEGIN, BEGIN + span)), random.Random(seed), forgetful)
        return await rig.run(BEGIN + span)


class _Rig:
    """The bot, its clock, and whoever is told."""

    def __init__(self, folder: Path, cases: Sequence[Case], chance: random.Random, forgetful: bool) -> None:
        self._folder = folder
        self._cases = cases
        self._chance = chance
        self._forgetful = forgetful
        self._clock = VirtualClock(BEGIN)
        self._platform = FakePlatform(self._clock)
        self._reader = ScriptedPerson(self._platform, "Reader", READER)
        self._moments = sorted({moment for case in cases for moment in case.moments})
        self._verdict = Verdict()
        for case in cases:
            (folder / f"{case.name}.yaml").write_text(case.flow)

    async def run(self, end: datetime) -> Verdict:
        """One bot after the other, until the time is over and nothing is left to do."""
        while (now := self._clock.now()) < end:
            async with self._bot() as bot:
                await self._live(min(end, now + timedelta(days=self._chance.expovariate(0.2))))
                await (self._die() if self._chance.random() < 0.5 else bot.stop())
            if self._chance.random() < 0.5:
                self._verdict.troubles["away"] += 1
                away = timedelta(hours=min(LONGEST_AWAY, self._chance.expovariate(0.1)))
                await self._clock.advance(min(away, end - min(end, self._clock.now())).total_seconds())
        async with self._bot() as bot:
            await self._clock.advance(3600)
            notes = await bot.store.notes(NOTES)
            await bot.stop()
        return self._judge(notes, end)

    async def _live(self, until: datetime) -> None:
        """The bot is at work. Between moments nothing happens, so the clock is set on to the next of them;
        now and then it is set wrong."""
        while (now := self._clock.now()) < until:
            trouble = self._chance.random()
            if trouble < 0.005:
                self._verdict.troubles["set forward"] += 1
                self._clock.set(now + timedelta(hours=self._chance.uniform(0.1, 8)))
            elif trouble < 0.01:
                self._verdict.troubles["set back"] += 1
                self._clock.set(now - timedelta(hours=self._chance.uniform(0.1, 8)))
            else:
                self._clock.set(max(now, self._next(now, until) - timedelta(seconds=20)))
            await self._clock.advance(61)

    def _next(self, now: datetime, until: datetime) -> datetime:
        """The moment that comes next."""
        index = bisect_right(self._moments, now)
        return min(until, self._moments[index]) if index < len(self._moments) else until

    async def _die(self) -> None:
        """Be killed while the next moment is dealt with."""
        self._verdict.troubles["killed"] += 1
        now = self._clock.now()
        self._clock.set(max(now, self._next(now, now + timedelta(days=1)) - timedelta(seconds=20)))
        life = asyncio.create_task(self._clock.advance(61))
        for _ in range(self._chance.randrange(400)):
            await asyncio.sleep(0)
        life.cancel()

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[Bot]:
        """A bot, and a second scheduler on the same database. In the end neither gets another word in."""
        bystanders = asyncio.all_tasks()
        path = self._folder / "bot.db"
        store = _Forgetful(path) if self._forgetful else SqliteStore(path)
        self._clock.watch(lambda: store.busy)
        bot = Bot(
            connector=FakeConnector(self._platform),
            flows=[self._folder],
            store=store,
            audio=FakeAudioPort(self._clock),
            voice=FakeSynthesizer(),
            recognizer=None,
            blobs=FakeBlobs(),
            http=FakeHttp(),
            clock=self._clock,
        )
        await bot.start()
        rival = Schedules(Ledger(store), FlowLibrary(bot.flows), self._clock)
        racing = asyncio.create_task(rival.run())
        try:
            yield bot
        finally:
            self._platform.connect(None)
            racing.cancel()
            while tasks := asyncio.all_tasks() - bystanders - {asyncio.current_task()}:
                for task in tasks:
                    task.cancel()
                await asyncio.sleep(0)
            with suppress(StoreError):  # a bot that stopped has closed it
                await store.close()

    def _judge(self, notes: Mapping[str, bytes], end: datetime) -> Verdict:
        verdict = self._verdict
        posted = [each.item.text for each in self._platform.items(self._reader.direct.id)]
        for case in self._cases:
            told = Counter(text.partition(" ")[2] for text in posted if text.partition(" ")[0] == case.name)
            expected = {moment.isoformat() for moment in case.moments}
            missed = json.loads(notes[f"{NOTES}{case.name}"])["missed"] if case.misses != "run_all" else 0
            verdict.moments += len(expected)
            verdict.told += len(told.keys() & expected)
            verdict.missed += missed
            verdict.lost += max(0, len(expected - told.keys()) - missed)
            verdict.doubled += told.total() - len(told)
            verdict.strange += sum(text <= end.isoformat() for text in told.keys() - expected)
        return verdict


class _Forgetful(SqliteStore):
    """Of the rows that come with a note, whoever writes them, it loses some, has some twice, and some for a
    moment that is none."""

    async def commit(self, turn: Commit) -> None:
        if turn.notes:
            turn = replace(turn, inbox=[row for each in turn.inbox for row in self._kept(each)])
        await super().commit(turn)

    def _kept(self, row: InboxRow) -> Iterator[InboxRow]:
        fault = int.from_bytes(blake2b(row.id.encode(), digest_size=4).digest()) % FORGOTTEN
        if fault:
            yield row
        due = codec.load(row.payload)
        assert isinstance(due, ScheduleDue)
        if fault in (1, 2):
            event_id, wrong = f"{due.event_id}:{fault}", timedelta(minutes=fault - 1)
            again = replace(due, event_id=event_id, at=due.at + wrong)
            yield replace(row, id=event_id, payload=codec.dump(again), loaded=again)


def _cases(begin: datetime, end: datetime) -> Iterator[Case]:
    for zone in ZONES:
        place, name = ZoneInfo(zone), zone.rpartition("/")[2].lower()
        nightly = _daily(place, 2, 30, range(7), begin, end)
        yield Case(
            name=f"night_{name}", zone=zone, when='cron: "30 2 * * *"', misses="run_all", moments=nightly
        )
        mornings = _daily(place, 9, 0, range(5), begin, end)
        weekdays = 'cron: "0 9 * * 1-5"'
        for misses in ("skip", "run_once"):
            yield Case(name=f"{misses}_{name}", zone=zone, when=weekdays, misses=misses, moments=mornings)
        often = _stepwise(place, timedelta(hours=10), begin, end)
        yield Case(name=f"often_{name}", zone=zone, when="every: 10h", misses="run_all", moments=often)
    hourly = [
        moment
        for moment in _each_hour(place, 15, begin, end)
        if (wall := moment.astimezone(place)).weekday() == 6 and wall.month in (3, 4, 10, 11)
    ]
    sundays = 'cron: "15 * * 3,4,10,11 sun"'
    yield Case(name="hourly", zone=zone, when=sundays, misses="run_all", moments=hourly)


def _daily(
    place: ZoneInfo, hour: int, minute: int, weekdays: range, begin: datetime, end: datetime
) -> list[datetime]:
    """At a time of day; where the wall skips it, the first minute that is there; of two the first."""
    found = []
    day = begin.date() - timedelta(days=1)
    while day <= end.date() + timedelta(days=1):
        if day.weekday() in weekdays:
            wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=place)
            while wall.astimezone(UTC).astimezone(place).replace(tzinfo=None) != wall.replace(tzinfo=None):
                wall += timedelta(minutes=1)
            found.append(wall.astimezone(UTC))
        day += timedelta(days=1)
    return [moment for moment in found if begin < moment <= end]


def _stepwise(place: ZoneInfo, step: timedelta, begin: datetime, end: datetime) -> list[datetime]:
    """By steps from the year 2000 on."""
    found, moment = [], datetime(2000, 1, 1, tzinfo=place).astimezone(UTC)
    while moment <= end:
        if moment > begin:
            found.append(moment)
        moment += step
    return found


def _each_hour(place: ZoneInfo, minute: int, begin: datetime, end: datetime) -> list[datetime]:
    """Whenever the wall shows this minute."""
    found, moment = [], begin
    while moment <= end:
        if moment > begin and moment.astimezone(place).minute == minute:
            found.append(moment)
        moment += timedelta(minutes=15)
    return found
