"""`botkit check`: read flows and say what is wrong with them."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.flow.flowset import FlowSet
    from botkit.model.findings import Finding

HELP = "check flow files"
DESCRIPTION = """\
Read flow files (or folders of them) and tell everything that is wrong, each with its place and a remedy.

With --bot also what only the bot knows is checked: bot.yaml itself, the values of `config`, the names after
`run:`, the verbs of its plugins, and the words that its recogniser can never hear; without FLOW the flows
are those that bot.yaml names. Exit code 0 = nothing is wrong (warnings are no obstacle), 2 = something is."""


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
        flows = _load(options)
        names = sorted(flows.flows)
        findings += flows.warnings
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


def _load(options: argparse.Namespace) -> FlowSet:
    from botkit.cli.known_bot import KnownBot
    from botkit.engines import hears, speaks

    bot = KnownBot.read(options.bot)
    return bot.load_flows(
        options.flows,
        hears=hears(bot.recognizer()),
        speaks=speaks(bot.hooks),
        vocabulary=bot.vocabulary(),
    )
