"""Whether scripts notice that a branch leads elsewhere: each mutant runs the scripts that come by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from botkit.flow.coverage import Coverage
from botkit.flow.mutation import Mutant, mutants

from .files import Case
from .runner import ScriptResult, run_cases
from .subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one mutant."""

    mutant: Mutant
    noticed_by: Case | None
    """The first script that failed; None = nobody noticed."""
    tried: int
    """Scripts that came by the place, and were run."""


def coverage_of(subject: Subject, results: Sequence[ScriptResult]) -> Coverage:
    """What the conversations of these scripts came by."""
    coverage = Coverage(subject.flows())
    for result in results:
        coverage.add(result.reasons, result.case.channel)
    return coverage


def verdicts(
    subject: Subject, results: Sequence[ScriptResult], told: Callable[[int, int], None] | None = None
) -> Iterator[Verdict]:
    """One for each mutant. `results` are of the flows as they are; `told` gets number and count."""
    flows = subject.flows()
    by_place = _by_place(subject, results)
    every = list(mutants(flows))
    for number, mutant in enumerate(every, 1):
        cases = by_place.get((mutant.flow, mutant.step), [])
        bent = subject.changed(mutant.of)
        found = run_cases(cases, bent, stop_at_failure=True)
        failed = next((result.case for result in found if not result.passed), None)
        if told is not None:
            told(number, len(every))
        yield Verdict(mutant=mutant, noticed_by=failed, tried=len(found))


def _by_place(subject: Subject, results: Sequence[ScriptResult]) -> dict[tuple[str, str], list[Case]]:
    """(flow, step) -> the scripts that come by it, the quickest first."""
    coverage = Coverage(subject.flows())
    found: dict[tuple[str, str], list[Case]] = {}
    for result in sorted(results, key=lambda each: len(each.entries)):
        met = coverage.add(result.reasons, result.case.channel)
        for key in {(place.flow, place.step) for place in met}:
            found.setdefault(key, []).append(result.case)
    return found
