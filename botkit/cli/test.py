"""`botkit test`: run the conversation scripts of a bot."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.testing.scripts.files import Case
    from botkit.testing.scripts.runner import ScriptResult
    from botkit.testing.scripts.subject import Subject

HELP = "run conversation scripts against a bot's flows"
DESCRIPTION = """\
Run conversation scripts: people who write, call, press keys and hang up, and what the bot must say, do and
have decided. Each script gets a bot of its own, in memory, on a clock that waits for nobody; handlers run
unless the script mocks them. Without PATHS: the folder `scripts` beside bot.yaml.

A script that fails prints the whole conversation, and where it went wrong.
Exit code 0 = all passed, 1 = some failed, 2 = files are wrong."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a script file, or a folder of them"
    )
    parser.add_argument("--bot", type=Path, help="the bot.yaml; default: the one beside the scripts' folder")
    parser.add_argument("--flow", metavar="NAME", help="only scripts of this flow")
    parser.add_argument("-k", dest="name", metavar="TEXT", help="only scripts with this in their name")
    parser.add_argument("--on", choices=("chat", "call"), help="only on this channel")
    parser.add_argument(
        "--by", choices=("keys", "speech"), help="what callers answer by, where a script leaves it open"
    )
    parser.add_argument("-x", dest="stop", action="store_true", help="stop at the first failure")
    parser.add_argument("-v", dest="verbose", action="store_true", help="print every conversation")
    parser.add_argument(
        "--audio",
        action="store_true",
        help="hold the call scripts over real calls: WebRTC, voice and recogniser, in real time",
    )
    parser.add_argument("--json", action="store_true", help="print the results as JSON")
    stored = parser.add_argument_group("a script of what was")
    stored.add_argument(
        "--from-journal",
        metavar="SESSION",
        help="print a script of a session that the bot has written down (`botkit why` lists them)",
    )
    stored.add_argument("--store", metavar="URL", help="its database; default: that of bot.yaml")
    more = parser.add_argument_group("what the scripts are worth")
    more.add_argument(
        "--coverage", action="store_true", help="tell which steps and branches no script comes by"
    )
    more.add_argument(
        "--min-coverage", type=float, metavar="PERCENT", help="fail when steps or branches reach less"
    )
    more.add_argument(
        "--mutate", action="store_true", help="bend one branch at a time, and fail when no script notices"
    )
    more.add_argument("--html", type=Path, metavar="FILE", help="write the coverage as a page")
    more.add_argument("--junit", type=Path, metavar="FILE", help="write the results for a build server")


def run(options: argparse.Namespace) -> int:
    from botkit.testing.scripts.answering import By
    from botkit.testing.scripts.files import bot_file_of
    from botkit.testing.scripts.runner import load_cases, run_cases
    from botkit.testing.scripts.subject import Subject

    if options.from_journal is not None:
        return _print_stored(options)
    began = time.perf_counter()
    paths = options.paths or [_default_folder(options.bot)]
    bot_file = options.bot or bot_file_of(paths[0])
    if bot_file is None:
        raise _no_bot(paths[0])
    subject = Subject.read(bot_file)
    cases = [case for case in load_cases(paths, subject) if _is_wanted(case, options)]
    if options.by is not None:
        cases = [replace(case, by=By(options.by)) for case in cases]
    quiet = options.json or options.verbose
    progress = _Progress(len(cases))
    told = None if quiet else progress.told
    if options.audio:
        from botkit.testing.scripts.spoken import speak_cases

        cases = [case for case in cases if case.channel == "call"]
        results = speak_cases(cases, subject, told=told)
    else:
        results = run_cases(cases, subject, told=told, stop_at_failure=options.stop)
    if options.json:
        print(json.dumps([as_json(result) for result in results], indent=2, ensure_ascii=False))
    else:
        progress.end()
        _report(results, len(cases), time.perf_counter() - began, verbose=options.verbose)
    good = _measured(options, subject, results)
    return 0 if good and all(result.passed for result in results) else 1


def _measured(options: argparse.Namespace, subject: Subject, results: Sequence[ScriptResult]) -> bool:
    """Coverage, mutants and reports, as far as they are asked for; False when they fall short."""
    from botkit.cli import script_reports
    from botkit.testing.scripts.mutating import coverage_of

    good = True
    if options.junit is not None:
        script_reports.write_junit(options.junit, results)
    if options.coverage or options.html is not None or options.min_coverage is not None:
        coverage = coverage_of(subject, results)
        if options.coverage and not options.json:
            script_reports.print_coverage(coverage)
        if options.html is not None:
            script_reports.write_html(options.html, subject, coverage)
        if options.min_coverage is not None:
            good = script_reports.is_enough(coverage, options.min_coverage)
    if options.mutate and all(result.passed for result in results):
        good = script_reports.try_mutants(subject, results) and good
    return good


def _print_stored(options: argparse.Namespace) -> int:
    """The script of a session in the bot's database."""
    from urllib.parse import quote

    from botkit.model import codec
    from botkit.model.errors import UsageError
    from botkit.model.session import Session
    from botkit.settings import read_settings
    from botkit.store.reading import StoreReader
    from botkit.testing.scripts.from_journal import script_of

    settings = read_settings(options.bot or Path("bot.yaml"), with_platform=False)
    store = options.store or settings.store_url()
    url = store if "://" in store else f"sqlite:///{quote(store)}"
    reader = StoreReader(url, Path() if options.store else settings.folder)
    row = reader.session(options.from_journal)
    session = codec.load(row.state) if row is not None else None
    if not isinstance(session, Session):
        raise UsageError(
            f"There is no session {options.from_journal[:80]!r}.", remedy="`botkit why` lists the latest."
        )
    print(script_of(session, reader.journal(session.id)), end="")
    return 0


def _default_folder(bot_file: Path | None) -> Path:
    from botkit.testing.scripts.files import FOLDER

    return (bot_file.parent if bot_file is not None else Path()) / FOLDER


def _no_bot(path: Path) -> Exception:
    from botkit.model.errors import UsageError

    return UsageError(
        "No bot.yaml is beside it, or beside the folder `scripts` that it is in.",
        where=str(path),
        remedy="Put the scripts into the folder `scripts` beside it, or name it with --bot.",
    )


def _is_wanted(case: Case, options: argparse.Namespace) -> bool:
    return (
        options.flow in (None, case.file.test)
        and (options.name or "").lower() in case.name.lower()
        and options.on in (None, str(case.channel))
    )


def as_json(result: ScriptResult) -> dict[str, object]:
    """A result for programs."""
    failure = result.failure
    return {
        "file": str(result.case.path),
        "line": result.case.script.place.line,
        "name": result.case.name,
        "flow": result.case.file.test,
        "on": str(result.case.channel),
        "passed": result.passed,
        "seconds": round(result.seconds, 4),
        "transcript": list(result.lines),
        "failure": None
        if failure is None
        else {
            "place": str(failure.place or ""),
            "expected": failure.expected,
            "actual": failure.actual,
        },
    }


class _Progress:
    """A dot for each script, on a terminal and elsewhere."""

    WIDTH = 80

    def __init__(self, count: int) -> None:
        self._count = count
        self._done = 0

    def told(self, result: ScriptResult) -> None:
        self._done += 1
        end = f" {self._done}/{self._count}\n" if self._done % self.WIDTH == 0 else ""
        print("." if result.passed else "F", end=end, flush=True)

    def end(self) -> None:
        if self._done % self.WIDTH:
            print(flush=True)


def _report(results: Sequence[ScriptResult], count: int, seconds: float, *, verbose: bool) -> None:
    for result in results:
        if result.failure is not None:
            print(f"\nFAILED {result.case.title}\n{result.failure}")
        elif verbose:
            print(f"\npassed {result.case.title}\n")
            print("\n".join(f"   {line}" for line in result.lines))
    failed = sum(not result.passed for result in results)
    left = count - len(results)
    parts = [f"{len(results) - failed} passed"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{left} not run"] if left else []
    if not count:
        print("No script fits.", file=sys.stderr)
    print(f"{', '.join(parts)} in {seconds:.1f} s")
