"""`botkit graph`: flows as a picture."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.flow.coverage import Coverage
    from botkit.flow.flowset import FlowSet

HELP = "draw flows, as Mermaid or SVG"
DESCRIPTION = """\
Draw flow files (or folders of them): every step, and every way from one to another.

  botkit graph flows/reception.yaml                           a Mermaid flowchart, for Markdown pages
  botkit graph flows/ --format svg --output flows.svg         a picture
  botkit graph flows/ --bot bot.yaml --count scripts          how many of its scripts come by
  botkit graph flows/ --bot bot.yaml --count journal          how many conversations came by"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "flows", nargs="+", type=Path, metavar="FLOW", help="a flow file, or a folder of them"
    )
    parser.add_argument(
        "--format", choices=("mermaid", "svg"), help="default: by --output's name, else mermaid"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write it here instead of printing it")
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flows belong to")
    parser.add_argument(
        "--count",
        choices=("scripts", "journal"),
        help="with --bot: count the conversations of its scripts, or those it had",
    )


def run(options: argparse.Namespace) -> int:
    from botkit.cli.drawing import mermaid, svg
    from botkit.cli.known_bot import KnownBot
    from botkit.cli.saving import save
    from botkit.flow.graph import diagram
    from botkit.flow.loader import load_flows
    from botkit.flow.overlay import with_counts

    by_name = "svg" if options.output is not None and options.output.suffix == ".svg" else "mermaid"
    write = svg if (options.format or by_name) == "svg" else mermaid
    flows = load_flows(options.flows, extensions=KnownBot.read(options.bot).hooks.extensions())
    drawn = diagram(flows)
    if options.count is not None:
        drawn = with_counts(drawn, _counted(flows, options.count, options.bot))
    picture = write(drawn)
    if options.output is None:
        sys.stdout.write(picture)
    else:
        save(options.output, picture)
    return 0


def _counted(flows: FlowSet, by: str, bot_file: Path | None) -> Coverage:
    from botkit.cli.counting import by_journal, by_scripts
    from botkit.model.errors import UsageError

    if bot_file is None:
        remedy = "Name its bot.yaml with --bot."
        raise UsageError("Conversations are counted of a bot.", where="--count", remedy=remedy)
    return by_scripts(flows, bot_file) if by == "scripts" else by_journal(flows, bot_file)
