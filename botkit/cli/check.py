"""`botkit check`: read flows and say what is wrong with them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.flow.flowset import FlowSet

HELP = "check flow files"
DESCRIPTION = """\
Read flow files (or folders of them) and tell everything that is wrong, each with its place and a remedy.

With --bot also what only the bot knows is checked: the values of `config`, the names after `run:`, the
verbs of its plugins, and the words that its recogniser can never hear. Exit code 0 = nothing is wrong
(something may be in doubt), 2 = something is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "flows", nargs="+", type=Path, metavar="FLOW", help="a flow file, or a folder of them"
    )
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flows belong to")


def run(options: argparse.Namespace) -> int:
    from botkit.flow.document import DocumentError

    try:
        flows = _load(options)
    except DocumentError as error:
        for finding in error.findings:
            print(finding)
        return error.exit_code
    for finding in flows.warnings:
        print(finding)
    if flows.warnings:
        print(f"{len(flows.warnings)} in doubt; the flows run all the same")
    else:
        print("\n".join(f"{name}: no findings" for name in sorted(flows.flows)))
    return 0


def _load(options: argparse.Namespace) -> FlowSet:
    from botkit.engines import best_recognizer, hears, vocabulary
    from botkit.flow.loader import load_flows
    from botkit.hooks import Hooks
    from botkit.settings import SpeechBlock

    settings, speech, model = None, SpeechBlock(), None
    if options.bot is None:
        hooks = Hooks()
        hooks.load_entry_points()
    else:
        from botkit.app import hooks_of
        from botkit.settings import read_settings

        settings = read_settings(options.bot, with_platform=False)
        hooks, speech = hooks_of(settings), settings.file.speech
        model = settings.beside(speech.model) if speech.model else None
    ears = (hooks, speech.recognizer, speech.language, model)
    return load_flows(
        options.flows,
        config=settings.file.config if settings is not None else None,
        extensions=hooks.extensions(),
        handlers=hooks.step_handlers.keys() if settings is not None else None,
        language=speech.language,
        hears=hears(best_recognizer(*ears)),
        vocabulary=vocabulary(*ears),
    )
