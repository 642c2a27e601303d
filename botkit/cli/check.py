"""`botkit check`: read flows and say what is wrong with them."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "check flow files"
DESCRIPTION = """\
Read flow files (or folders of them) and tell everything that is wrong, each with its place and a remedy.

With --bot also what only the bot knows is checked: the values of `config`, the names after `run:`, the
verbs of its plugins. Exit code 0 = nothing is wrong, 2 = something is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "flows", nargs="+", type=Path, metavar="FLOW", help="a flow file, or a folder of them"
    )
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flows belong to")


def run(options: argparse.Namespace) -> int:
    from botkit.flow.document import DocumentError

    try:
        names = _check(options)
    except DocumentError as error:
        for finding in error.findings:
            print(finding)
        return error.exit_code
    for name in names:
        print(f"{name}: no findings")
    return 0


def _check(options: argparse.Namespace) -> list[str]:
    from botkit.flow.loader import load_flows

    if options.bot is None:
        from botkit.hooks import Hooks

        hooks = Hooks()
        hooks.load_entry_points()
        flows = load_flows(options.flows, verbs=hooks.steps())
    else:
        from botkit.app import hooks_of
        from botkit.settings import read_settings

        settings = read_settings(options.bot, with_platform=False)
        hooks = hooks_of(settings)
        flows = load_flows(
            options.flows,
            config=settings.file.config,
            verbs=hooks.steps(),
            handlers=hooks.step_handlers.keys(),
        )
    return sorted(flows.flows)
