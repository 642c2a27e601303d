"""Every script of every shipped flow, its bot killed at every write that it makes, before it and after it.

A write is one of the store or of the platform; to die between two of them is to die behind the first. The
bot's objects are dropped and a new bot starts on what the store holds. Then whatever was committed to be
written stands in the conversations, once; on chat the script passes as if nothing had happened, and people
read what they read in a run without a death; a call that was under way is over, and its flow is told, once
and before anything else, and nobody stays on a line where nobody is.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

import botkit.cli
from benchmarks import Figure
from botkit.flow.engine import learns_of_loss
from botkit.model.secret import Secret
from botkit.model.session import Channel, Session, Status
from botkit.ports.http import HttpRequest
from botkit.ports.store import JournalRow
from botkit.testing.scripts.files import Case, find_files
from botkit.testing.scripts.runner import load_cases, play, quiet, stage_for
from botkit.testing.scripts.subject import Subject

from .stages import ForgetfulStage, MortalStage, Point
from .stores import Kind, OpenStore, forgetful, place, stores

EXCEPTED = {
    "a second group would come": "nobody is brought out of a direct conversation twice",
    "the bot was interrupted while it rang": "nobody is rung up twice",
    "processes ended while it ran": "a step handler that three processes ended in is not run again",
}
"""What the journal says where an unsure attempt is better not repeated -> which window that is. In between,
whether the attempt took effect is not known; the flow goes the way of its failure."""
TEMPLATE = Path(botkit.cli.__file__).with_name("template")
"""What `botkit init` copies."""
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
    left_on_line: int = 0
    """People in calls that nobody ended."""
    reposted: int = 0
    """Forms that were put up once more, since nobody knew whether they had been submitted."""
    unheard: int = 0
    """Of these, those that had been."""
    excepted: Counter[str] = field(default_factory=Counter)
    """Points in a window where the flow goes another way for a reason, by that reason."""
    told: list[str] = field(default_factory=list)
    """Where and how, for people."""

    def add(self, other: Harm) -> None:
        self.points += other.points
        self.lost += other.lost
        self.doubled += other.doubled
        self.wrong += other.wrong
        self.left_on_line += other.left_on_line
        self.reposted += other.reposted
        self.unheard += other.unheard
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
    left_on_line: int
    """People in a call that was answered, and is not over."""
    ends_told: Sequence[int]
    """Of each session of a call: how often it was told that the call is over."""
    cut_off: Sequence[int]
    """The same, of those whose process died in mid-call."""
    told_late: int
    """Of these, those that took another input before."""
    unasked: Counter[str]
    """Requests and webhooks that were committed to be sent, and were not."""
    unwanted: Counter[str]
    """Those that were sent, under a key that nothing was committed with."""
    rings: Counter[str]
    """How often the bot rang at whom."""
    again: Sequence[str]
    """Texts of forms that the bot put up once more."""
    reposted: int
    """How often it says that it did so."""
    unheard: int
    """Submissions that were lost, and made again."""
    writes: int
    died: int


@cache
def shipped() -> list[tuple[Subject, Case]]:
    """All scripts of the shipped flows: those of the examples, of what `botkit init` writes, and of the
    packaged plugin."""
    here = Path(__file__)
    bots = [
        *sorted((here.parents[2] / "examples").glob("*/bot.yaml")),
        TEMPLATE / "bot.yaml",
        here.with_name("parcel") / "bot.yaml",
    ]
    found = []
    for bot_file in bots:
        folder = bot_file.parent / "scripts"
        if folder.is_dir() and find_files([folder]):
            subject = Subject.read(bot_file)
            found += [(subject, case) for case in load_cases([folder], subject)]
    return found


async def run(
    subject: Subject,
    case: Case,
    store: OpenStore,
    deaths: Iterable[Point],
    make: type[MortalStage] = MortalStage,
) -> Play:
    """Play it to its end, the bot dying on the way."""
    async with stage_for(case, subject, partial(make, store, deaths)) as stage:
        failure = await play(case, stage)
        await stage.clock.advance(AFTERWARDS)
        posted = [
            each
            for conversation in list(stage.platform.conversations)
            for each in stage.platform.items(conversation)
            if each.item.author_id == stage.platform.bot.id
        ]
        forms = [each.item.form_id for each in posted]
        is_again = [bool(form) and form in forms[:number] for number, form in enumerate(forms)]
        on_calls = [each for each in stage.sessions.values() if each.channel is Channel.CALL]
        ended = Counter(
            row.session_id for row in stage.journal if row.kind == "turn" and b'"input":["HungUp"' in row.data
        )
        asked = {header for request in stage.http.requests for header in _keys(request)}
        return Play(
            failure="" if failure is None else f"{failure.expected}: {failure.actual}",
            read=[each.written for each, again in zip(posted, is_again, strict=True) if not again],
            again=[each.written for each, again in zip(posted, is_again, strict=True) if again],
            wanted=Counter(stage.wanted.values()),
            windows=[
                window
                for words, window in EXCEPTED.items()
                if any(row.kind == "failed" and words.encode() in row.data for row in stage.journal)
            ],
            open_calls=sum(each.status is Status.OPEN for each in on_calls),
            left_on_line=sum(
                bool(each.answer) and each.cause is None for each in stage.platform.calls.values()
            ),
            ends_told=[ended[each.id] for each in on_calls],
            cut_off=[ended[session_id] for session_id in stage.cut_off],
            told_late=sum(_told_late(stage.journal, each) for each in stage.cut_off.values()),
            unasked=Counter(stage.asked_for - asked),
            unwanted=Counter(asked - stage.asked_for),
            rings=Counter(user.email for user, _ in stage.platform.rings),
            reposted=sum(row.kind == "reposted" for row in stage.journal),
            unheard=stage.unheard,
            writes=stage.death.writes,
            died=stage.died,
        )


def _told_late(journal: Iterable[JournalRow], cut_off: Session) -> bool:
    """Whether a session that had to learn of the loss of its call was given something else before."""
    later = (
        turn["input"][0]
        for row in journal
        if row.session_id == cut_off.id and row.kind == "turn"
        if (turn := json.loads(row.data))["revision"] > cut_off.revision
    )
    return learns_of_loss(cut_off) and next(later, "HungUp") != "HungUp"


def _keys(request: HttpRequest) -> Iterator[str]:
    """What its server knows a repeated request by."""
    for name, value in request.headers.items():
        if name.lower() in ("idempotency-key", "webhook-id"):
            yield value.reveal() if isinstance(value, Secret) else value


def points(writes: int, step: int) -> Iterator[Point]:
    """Every `step`th of all, before and after each write. `step` is odd, so that both come."""
    return itertools.islice(itertools.product(range(1, writes + 1), (False, True)), 0, None, step)


async def kill_everywhere(
    subject: Subject,
    case: Case,
    stores: Iterator[OpenStore],
    step: int,
    make: type[MortalStage] = MortalStage,
) -> Harm:
    """One script, killed at every `step`th point."""
    whole = await run(subject, case, next(stores), (), make)
    harm = Harm()
    if whole.failure:
        return Harm(wrong=1, told=[f"{case.title}: without a kill: {whole.failure}"])
    for number, after in points(whole.writes, step):
        died = await run(subject, case, next(stores), [(number, after)], make)
        harm.add(_judged(case, (number, after), whole, died))
    return harm


def _judged(case: Case, point: Point, whole: Play, died: Play) -> Harm:
    where = f"{case.title}, {'after' if point[1] else 'before'} write {point[0]}"
    seen = Counter(died.read) + Counter(died.again)
    refused = whole.wanted - Counter(whole.read)  # by the platform, whoever lives
    missing = died.wanted - seen - refused + (died.unasked - whole.unasked)
    extra = seen - died.wanted + died.unwanted
    told = [f"{where}: lost {text!r}" for text in missing] + [f"{where}: doubled {text!r}" for text in extra]
    wrong = _wrong(case, whole, died)
    if wrong:
        told.append(f"{where}: {wrong}")
    if died.left_on_line:
        told.append(f"{where}: {died.left_on_line} people are left on the line")
    return Harm(
        points=1,
        lost=missing.total(),
        doubled=extra.total(),
        wrong=bool(wrong),
        left_on_line=died.left_on_line,
        reposted=died.reposted,
        unheard=died.unheard,
        excepted=Counter(died.windows),
        told=told,
    )


def _wrong(case: Case, whole: Play, died: Play) -> str:
    if (
        died.open_calls
        or any(count > 1 for count in died.ends_told)
        or any(count != 1 for count in died.cut_off)
        or died.told_late
    ):
        return (
            f"{died.open_calls} calls are open, ends were told {died.ends_told} times, "
            f"to those that were cut off {died.cut_off} times, {died.told_late} of them too late"
        )
    if len(died.again) != died.reposted:
        return f"of forms that were put up again {len(died.again)} stand there, {died.reposted} were told"
    if again := died.rings - whole.rings:
        return f"the bot rang again at {', '.join(again)}"
    if case.channel is Channel.CALL or died.windows:
        return ""
    if died.failure or died.read == whole.read:
        return died.failure
    return f"read {died.read}\n  instead of {whole.read}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which scripts on which stores, and the distance between points."""

    kind: Kind
    first: int = 0
    every: int = 1
    """Of the scripts this one, and from there on every n-th."""
    step: int = 1
    forgetful: bool = False
    """With the control's faults."""

    @property
    def numbers(self) -> Sequence[int]:
        """Of the scripts, in `shipped`."""
        return range(self.first, len(shipped()), self.every)


FULL = (Plan(kind="sqlite"), Plan(kind="postgres"))
QUICK = (
    Plan(kind="sqlite", first=1, every=12, step=13),
    Plan(kind="postgres", first=3, every=40, step=13),
)
CONTROL = (
    Plan(kind="sqlite", every=30, step=5, forgetful=True),
    Plan(kind="postgres", every=30, step=5, forgetful=True),
)


def plans(quick: bool, control: bool) -> Sequence[Plan]:
    """Quick: some scripts, at a few points."""
    return CONTROL if control else QUICK if quick else FULL


def script_harm(plan: Plan, where: str, number: int) -> Harm:
    """What becomes of one script on stores at a `stores.place`."""
    subject, case = shipped()[number]
    empty = stores(plan.kind, where)
    own, make = (forgetful(empty), ForgetfulStage) if plan.forgetful else (empty, MortalStage)
    with quiet():
        return asyncio.run(kill_everywhere(subject, case, own, plan.step, make))


def matrix_figures(plan: Plan, harms: Iterable[Harm]) -> list[Figure]:
    """What became of all of them; where and how goes to stderr."""
    harm = Harm()
    for each in harms:
        harm.add(each)
    for line in () if plan.forgetful else harm.told:
        _say(line)
    for window in EXCEPTED.values():
        _say(f"{plan.kind}: {harm.excepted[window]} kills in the window: {window}")
    name = f"matrix_{plan.kind}"
    return [
        Figure(name=f"{name}_points", value=harm.points, unit="kills"),
        Figure(name=f"{name}_lost", value=harm.lost, unit="messages", limit=0),
        Figure(name=f"{name}_doubled", value=harm.doubled, unit="messages", limit=0),
        Figure(name=f"{name}_wrong", value=harm.wrong, unit="scripts", limit=0),
        Figure(name=f"{name}_left_on_line", value=harm.left_on_line, unit="people", limit=0),
        Figure(name=f"{name}_excepted", value=harm.excepted.total(), unit="kills"),
        Figure(name=f"{name}_reposted", value=harm.reposted, unit="forms"),
        Figure(name=f"{name}_submitted_again", value=harm.unheard, unit="forms"),
    ]


def plan_figures(plan: Plan) -> list[Figure]:
    """All of a plan in this process; nothing where there is no such store."""
    with tempfile.TemporaryDirectory() as folder, place(plan.kind, Path(folder)) as where:
        if where is None:
            return []
        return matrix_figures(plan, (script_harm(plan, where, number) for number in plan.numbers))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
