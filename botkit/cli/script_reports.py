"""What `botkit test` tells beside passed and failed: coverage, mutants, and files for other programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from botkit.cli.saving import save
from botkit.flow.coverage import Coverage, Place
from botkit.testing.scripts.coverage_page import coverage_page, totals
from botkit.testing.scripts.junit import junit
from botkit.testing.scripts.mutating import Verdict, verdicts
from botkit.testing.scripts.runner import ScriptResult
from botkit.testing.scripts.subject import Subject


def print_coverage(coverage: Coverage) -> None:
    """Totals, and every place that no script came by."""
    print("\n         steps            branches")
    for total in totals(coverage):
        shares = (total.lines, total.branches)
        cells = [f"{share.percent:5.1f} % {f'({share.hit} of {share.all})':<13}" for share in shares]
        print(f"{total.name:<5} {' '.join(cells).rstrip()}")
    for place in coverage.missing():
        print(f"not tried: {_where(place)}")


def is_enough(coverage: Coverage, least: float) -> bool:
    """Whether steps and branches reach so many percent; says so when they do not."""
    lines, branches = coverage.lines().percent, coverage.branches().percent
    if min(lines, branches) >= least:
        return True
    what = f"{lines:.1f} % of the steps and {branches:.1f} % of the branches"
    print(f"coverage is short: {what}, at least {least:g} % are wanted")
    return False


def try_mutants(subject: Subject, results: Sequence[ScriptResult]) -> bool:
    """Bend every branch once; whether the scripts noticed each time."""
    judged: list[Verdict] = []
    for verdict in verdicts(subject, results, told=_progress):
        judged.append(verdict)
    survivors = [verdict for verdict in judged if verdict.noticed_by is None]
    for verdict in survivors:
        mutant = verdict.mutant
        count = verdict.tried
        scripts = "1 script comes by" if count == 1 else f"{count or 'no'} scripts come by"
        print(f"not noticed: {mutant.file}:{mutant.line}  {mutant.title}: {mutant.change}; {scripts}")
    print(f"{len(judged) - len(survivors)} of {len(judged)} changed branches were noticed")
    return not survivors


def write_html(path: Path, subject: Subject, coverage: Coverage) -> None:
    """The coverage as a page. Raises `UsageError` when it cannot be written."""
    save(path, coverage_page(coverage, subject.flows()))


def write_junit(path: Path, results: Sequence[ScriptResult]) -> None:
    """The results for a build server. Raises `UsageError` when it cannot be written."""
    save(path, junit(results))


def _where(place: Place) -> str:
    way = f" -> {place.way}" if place.way else ""
    on = "" if len(place.channels) != 1 else f" (on {next(iter(place.channels))} only)"
    return f"{place.file}:{place.line}  {place.title}{way}{on}"


def _progress(number: int, count: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if number == count else ""
        print(f"\rmutant {number} of {count}", end=end, file=sys.stderr, flush=True)
