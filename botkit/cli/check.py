"""`botkit check`: read flows and say what is wrong with them."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.cli.check_memory import Group
    from botkit.flow.flowset import FlowSet
    from botkit.model.findings import Finding

HELP = "check flow files"
DESCRIPTION = """\
Read flow files (or folders of them) and tell everything that is wrong, each with its place and a remedy.

With --bot also what only the bot knows is checked: bot.yaml itself, the values of `config`, the names after
`run:`, the verbs of its plugins, and the words that its recogniser can never hear; without FLOW the flows
are those that bot.yaml names. Without --bot, files that were in order and have not changed are not read
again. Exit code 0 = nothing is wrong (warnings are no obstacle), 2 = something is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "flows", nargs="*", type=Path, metavar="FLOW", help="a flow file, or a folder of them"
    )
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flows belong to")
    parser.add_argument("--json", action="store_true", help="print one JSON object, for editors and CI")


def run(options: argparse.Namespace) -> int:
    from botkit.flow.document import DocumentError
    from botkit.model.errors import UsageError

    if options.bot is None and not options.flows:
        raise UsageError(
            "There is nothing to check.", remedy="Name a flow file or folder, or --bot bot.yaml."
        )
    # What is read stays until the end, and then all goes: looking for cycles would take half of the time.
    gc.disable()
    names: list[str] = []
    try:
        findings = _of_bot(options.bot) if options.bot is not None else []
        names, warnings = _checked(options)
        findings += warnings
    except DocumentError as error:
        findings = list(error.findings)
    finally:
        gc.freeze()  # for the collection at the end of the process, too
        gc.enable()
    return _told(findings, names, as_json=options.json)


def _told(findings: Sequence[Finding], names: Sequence[str], *, as_json: bool) -> int:
    """Print them; the exit code."""
    from botkit.model.errors import UsageError
    from botkit.model.findings import Severity

    from . import finding_lines

    if as_json:
        print(finding_lines.as_json(findings, names))
    else:
        finding_lines.show(findings)
        if findings:
            print(finding_lines.counted(findings) + ("; the flows run all the same" if names else ""))
        else:
            print("\n".join(f"{name}: no findings" for name in names))
    wrong = any(finding.severity is Severity.ERROR for finding in findings)
    return UsageError.exit_code if wrong else 0


def _of_bot(path: Path) -> list[Finding]:
    """What is doubtful in a bot.yaml. Raises `DocumentError` when something is wrong."""
    from botkit.flow.document import DocumentError
    from botkit.model.findings import Severity

    from .bot_file import findings_of

    findings = findings_of(path)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise DocumentError(findings)
    return findings


def _checked(options: argparse.Namespace) -> tuple[list[str], Sequence[Finding]]:
    """The names of all flows, and what is doubtful. Raises `FlowFileError`."""
    from botkit.cli.known_bot import KnownBot
    from botkit.engines import hears, speaks

    bot = KnownBot.read(options.bot)
    load = partial(
        bot.load_flows,
        hears=hears(bot.recognizer()),
        speaks=speaks(bot.hooks),
        vocabulary=bot.vocabulary(),
    )
    if options.bot is None:
        return _anew(options.flows, load)
    flows = load(options.flows)
    return sorted(flows.flows), flows.warnings


def _anew(
    paths: Sequence[Path], load: Callable[[Sequence[Path]], FlowSet]
) -> tuple[list[str], Sequence[Finding]]:
    """Read what has changed since it was in order, and everything when that is not in order by itself."""
    from botkit.cli import check_memory
    from botkit.flow.loader import expand

    doubts: list[Finding] = []
    files = expand(paths, doubts)
    memory = check_memory.CheckMemory(check_memory.default_folder(), files, check_memory.loaded_code())
    unchanged = [] if doubts else memory.unchanged()
    flows = _changed_alone(files, unchanged, load) if unchanged else None
    if flows is None:
        unchanged, flows = [], load(paths)
    memory.keep(unchanged, flows)
    names = [name for group in unchanged for name in group.flows]
    return sorted([*names, *flows.flows]), flows.warnings


def _changed_alone(
    files: Sequence[Path], unchanged: Sequence[Group], load: Callable[[Sequence[Path]], FlowSet]
) -> FlowSet | None:
    """The flows of the files that have changed; None when they have to be looked at together with others."""
    from botkit.cli.check_memory import starts_of
    from botkit.flow.document import DocumentError
    from botkit.flow.flowset import FlowSet

    known = {path for group in unchanged for path in group.files}
    changed = [file for file in files if str(file) not in known]
    try:
        flows = load(changed) if changed else FlowSet(flows={})
    except DocumentError:
        return None  # they may need the others, and all that is wrong is to be told at once
    names = {name for group in unchanged for name in group.flows}
    starts = {start for group in unchanged for start in group.starts}
    clash = names & flows.flows.keys() or starts & set(starts_of(flows, flows.flows))
    return None if clash else flows
