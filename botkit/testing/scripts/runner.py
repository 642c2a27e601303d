"""Runs scripts: each on a bot of its own, in memory, one after the other."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from botkit.flow.document import DocumentError
from botkit.model.errors import BotkitError
from botkit.model.findings import Finding
from botkit.model.reasons import Reason
from botkit.model.session import EndedBy

from .failure import Failure, ScriptFailed
from .files import Case, cases_of, check_against, find_files, read_scripts
from .scene import Scene
from .stage import Stage
from .step import ScriptStep
from .subject import Subject
from .transcript import Entry
from .verbs import Ends

StageKind = TypeVar("StageKind", bound=Stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptResult:
    """What became of one script on one channel."""

    case: Case
    seconds: float
    """Of real time that it took."""
    entries: tuple[Entry, ...]
    """The whole conversation."""
    lines: tuple[str, ...]
    """The same, for people."""
    reasons: tuple[Reason, ...]
    """Every decision of every turn, of all sessions that took part: what coverage counts."""
    failure: Failure | None = None
    """None = it passed."""

    @property
    def passed(self) -> bool:
        return self.failure is None


def load_cases(paths: Sequence[Path], subject: Subject) -> list[Case]:
    """All scripts of these files and folders. Raises `UsageError` with every finding."""

    cases: list[Case] = []
    findings: list[Finding] = []
    for path in find_files(paths):
        try:
            content = read_scripts(path)
        except DocumentError as error:
            findings += error.findings
            continue
        findings += check_against(content, path, subject)
        cases += cases_of(content, path)
    if findings:
        raise DocumentError(findings)
    return cases


def stage_for(case: Case, subject: Subject, make: Callable[..., StageKind]) -> StageKind:
    """The bot and the world that a script asks for; `make` takes the arguments of `Stage`. Raises
    `UsageError`."""
    values = case.file.values(case.script)
    return make(
        subject,
        flow=case.file.test,
        now=case.now,
        config={case.file.test: values} if values else None,
        run=case.file.replies(case.script),
        http=case.file.servers(case.script),
        lifecycle=case.file.lifecycle(case.script),
        nobody=case.file.nobody(case.script),
        hours=case.file.hours(case.script),
    )


async def run_case(case: Case, subject: Subject) -> ScriptResult:
    """One script on one channel. Never raises for what a script or a flow does; `UsageError` when the bot's
    files are broken."""
    began = time.perf_counter()
    async with stage_for(case, subject, Stage) as stage:
        failure = await play(case, stage)
    return ScriptResult(
        case=case,
        seconds=time.perf_counter() - began,
        entries=tuple(stage.transcript.entries),
        lines=tuple(stage.transcript.lines()),
        reasons=stage.transcript.reasons(),
        failure=failure,
    )


def run_cases(
    cases: Iterable[Case],
    subject: Subject,
    *,
    told: Callable[[ScriptResult], None] | None = None,
    stop_at_failure: bool = False,
) -> list[ScriptResult]:
    """One after the other, in one event loop. `told` gets each result as it comes."""

    async def run() -> list[ScriptResult]:
        results: list[ScriptResult] = []
        for case in cases:
            result = await run_case(case, subject)
            results.append(result)
            if told is not None:
                told(result)
            if stop_at_failure and not result.passed:
                break
        return results

    with quiet():
        return asyncio.run(run())


@contextmanager
def quiet() -> Iterator[None]:
    """What a bot logs meanwhile is part of the play: a failing script tells what matters."""
    log = logging.getLogger("botkit")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)


async def play(case: Case, stage: Stage) -> Failure | None:
    """Let the people of a script do what it says, on a stage that is open; what went otherwise, if any."""
    someone = case.file.someone(case.script)
    stage.person(someone.email, someone.name, locale=someone.locale)
    scene = Scene(stage, case.channel, someone.email, case.by)
    step: ScriptStep | None = None
    try:
        await scene.begin(by_writing=case.by_writing)
        for step in case.steps:
            await step.play(scene)
        step = None
        await stage.clock.settle()
        fault = stage.fault(but=_ending(case))
        if fault:
            raise stage.failed("no fault that the flow has no steps for", fault)
    except ScriptFailed as failed:
        failure = failed.failure
    except (BotkitError, TimeoutError) as error:  # no such form any more; tasks that do not come to rest
        what = step.verb if step is not None else "the conversation begins"
        failure = stage.failed(what, str(error)).failure
    else:
        return None
    at = step.place if step is not None else case.script.place
    return replace(failure, place=at.place)


def _ending(case: Case) -> EndedBy | None:
    """How the script says that it ends."""
    return next((step.ends for step in reversed(case.steps) if isinstance(step, Ends)), None)
