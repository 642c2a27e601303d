"""`botkit listen`: what a flow would make of a recording."""

from __future__ import annotations

import argparse
from pathlib import Path

from botkit.cli.chat import config_values

HELP = "say what the recogniser and a flow make of a recording"
DESCRIPTION = """\
Let a recording answer one question of a flow: what the recogniser heard, which branch the flow took, and
what it said next. The question is that of --step, or the flow's first one."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recording", type=Path, metavar="FILE", help="an audio file: WAV, MP3, OGG ...")
    parser.add_argument("--flow", type=Path, required=True, help="the flow file that is asked")
    parser.add_argument("--step", default="", help="the id of the step that asks (default: the first one)")
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flow belongs to")
    parser.add_argument(
        "--config", action="append", default=[], metavar="NAME=VALUE", help="a config value of the flow"
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.cli.alone import lone_flow
    from botkit.cli.callers import call_with_recording
    from botkit.cli.logs import log_to_stderr

    log_to_stderr("WARNING")
    lone = lone_flow(options.flow, options.bot, config_values(options))
    asyncio.run(call_with_recording(lone, options.recording, options.step))
    return 0
