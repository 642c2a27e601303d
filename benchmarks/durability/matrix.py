"""Every script of every shipped flow, its bot killed at every write that it makes, before it and after it.

A write is one of the store or of the platform; to die between two of them is to die behind the first. The
bot's objects are dropped and a new bot starts on what the store holds. Then whatever was committed to be
written stands in the conversations, once; on chat the script passes as if nothing had happened, and people
read what they read in a run without a death; a call that was under way is over, and its flow knows it, once.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from botkit.model.session import Channel, Status
from botkit.testing.scripts.files import Case, find_files
from botkit.testing.scripts.runner import load_cases, play, quiet, stage_for
from botkit.testing.scripts.subject import Subject

from .stages import MortalStage, OpenStore, Point

EXCEPTED = {
    "a second group would come": "nobody is brought out of a direct conversation twice",
    "nobody is rung up twice": "nobody is rung up twice",
}
"""What the journal says where an unsure attempt is better not repeated -> which window that is."""
AFTERWARDS = 3600.0
"""Seconds on the clock in which a bot that was started again does what is left to do."""


@dataclass(slots=True, kw_only=True)
class Harm:
    """What kills have done, and where."""

    points: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    """Scripts that ended otherwise, calls whose flow did not learn of their end once."""
    excepted: Counter[str] = field(default_factory=Counter)
    """Points in a window where the flow goes another way for a reason, by that reason."""
    told: list[str] = field(default_factory=list)
    """Where and how, for people."""

    def add(self, other: Harm) -> None:
        self.points += other.points
        self.lost += other.lost
        self.doubled += other.doubled
        self.wrong += other.wrong
        self.excepted += other.excepted
        self.told += other.told


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One run of a script."""

    failure: str
    read: Sequence[str]
    """What the bot wrote, in order."""
    wanted: Counter[str]
    """What was committed to be written."""
    windows: Sequence[str]
    """Those of `EXCEPTED` that it came by."""
    open_calls: int
    ends_told: Sequence[int]
    """Of each session of a call: how often it was told that the call is over."""
    writes: int
    died: int


def shipped() -> list[tuple[Subject, Case]]:
    """All scripts of the shipped flows and examples."""
    root = Path(__file__).parents[2] / "examples"
    found = []
    for bot_file in sorted(root.glob("*/bot.yaml")):
        folder = bot_file.parent / "scripts"
        if folder.is_dir() and find_files([folder]):
            subject = Subject.read(bot_file)
            found += [(subject, case) for case in load_cases([folder], subject)]
    return found


async def run(subject: Subject, case: Case, store: OpenStore, deaths: Iterable[Point]) -> Play:
    """Play it to its end, the bot dying on the way."""
    async with stage_for(case, subject, partial(MortalStage, store, deaths)) as stage:
        failure = await play(case, stage)
        await stage.clock.advance(AFTERWARDS)
        read = [
            posted.written
            for conversation in list(stage.platform.conversations)
            for posted in stage.platform.items(conversation)
            if posted.item.author_id == stage.platform.bot.id
        ]
        on_calls = [each for each in stage.sessions.values() if each.channel is Channel.CALL]
        ended = Counter(
            row.session_id for row in stage.journal if row.kind == "turn" and b'"input":["HungUp"' in row.data
        )
        return Play(
            failure="" if failure is None else f"{failure.expected}: {failure.actual}",
            read=read,
            wanted=Counter(stage.wanted.values()),
            windows=[
                window
                for words, window in EXCEPTED.items()
                if any(row.kind == "failed" and words.encode() in row.data for row in stage.journal)
            ],
            open_calls=sum(each.status is Status.OPEN for each in on_calls),
            ends_told=[ended[each.id] for each in on_calls],
            writes=stage.death.writes,
            died=stage.died,
        )


def points(writes: int, step: int) -> Iterator[Point]:
    """Every `step`th of all, before and after each write."""
    return itertools.islice(itertools.product(range(1, writes + 1), (False, True)), 0, None, step)


async def kill_everywhere(subject: Subject, case: Case, stores: Iterator[OpenStore], step: int) -> Harm:
    """One script, killed at every `step`th point."""
    whole = await run(subject, case, next(stores), ())
    harm = Harm()
    if whole.failure:
        return Harm(wrong=1, told=[f"{case.title}: without a kill: {whole.failure}"])
    for number, after in points(whole.writes, step):
        died = await run(subject, case, next(stores), [(number, after)])
        harm.add(_judged(case, (number, after), whole, died))
    return harm


def _judged(case: Case, point: Point, whole: Play, died: Play) -> Harm:
    where = f"{case.title}, {'after' if point[1] else 'before'} write {point[0]}"
    seen = Counter(died.read)
    refused = whole.wanted - Counter(whole.read)  # by the platform, whoever lives
    missing, extra = died.wanted - seen - refused, seen - died.wanted
    told = [f"{where}: lost {text!r}" for text in missing] + [f"{where}: doubled {text!r}" for text in extra]
    wrong = ""
    if died.open_calls or any(count > 1 for count in died.ends_told):
        wrong = f"{died.open_calls} calls are open, ends were told {died.ends_told} times"
    elif case.channel is Channel.CHAT and not died.windows:
        wrong = died.failure
        if not wrong and died.read != whole.read:
            wrong = f"read {died.read}\n  instead of {whole.read}"
    if wrong:
        told.append(f"{where}: {wrong}")
    return Harm(
        points=1,
        lost=missing.total(),
        doubled=extra.total(),
        wrong=bool(wrong),
        excepted=Counter(died.windows),
        told=told,
    )


def matrix(cases: Iterable[tuple[Subject, Case]], stores: Iterator[OpenStore], step: int) -> Harm:
    """All of them."""

    async def everywhere() -> Harm:
        harm = Harm()
        for subject, case in cases:
            harm.add(await kill_everywhere(subject, case, stores, step))
        return harm

    with quiet():
        return asyncio.run(everywhere())
