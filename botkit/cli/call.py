"""`botkit call`: a call to a flow, in the terminal."""

from __future__ import annotations

import argparse
from pathlib import Path

from botkit.cli.chat import add_flow, config_values

HELP = "call a flow from this terminal"
DESCRIPTION = """\
Call a flow from here, without a network: what the bot says is printed. Type keys (12#) or words; an empty
line says nothing for as long as the bot listens; Ctrl-D hangs up. Time stands still while you think. Where
the bot calls somebody, you say whether they answer. What fails in the flow is told when the call is over.
`:slots`, `:stack`, `:why` show what is behind it, `:tick 5s` lets time pass, `:keys 12#` presses keys.

With --wav the caller speaks those recordings instead, one for each question, and the recogniser really hears
them. With --mic it is a call with the microphone and the loudspeaker of this machine."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_flow(parser)
    sound = parser.add_mutually_exclusive_group()
    sound.add_argument(
        "--wav",
        type=Path,
        metavar="FOLDER",
        help="answers as audio files, taken in the order of their names",
    )
    sound.add_argument("--mic", action="store_true", help="speak and listen, with this machine's devices")


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.cli.alone import lone_flow
    from botkit.cli.callers import call_with_files, call_with_keyboard
    from botkit.cli.logs import log_to_stderr

    log_to_stderr("WARNING")
    lone = lone_flow(options.flow, options.bot, config_values(options))
    if options.mic:
        from botkit.cli.microphone import call_with_microphone

        asyncio.run(call_with_microphone(lone))
    elif options.wav is not None:
        asyncio.run(call_with_files(lone, options.wav))
    else:
        asyncio.run(call_with_keyboard(lone))
    return 0
