"""`botkit run`: a bot, as its bot.yaml says."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.app import Bot

HELP = "run a bot"
DESCRIPTION = """\
Run the bot that a bot.yaml describes, until Ctrl-C or SIGTERM.

Everything is checked before anything starts: flows, handlers, secrets, the voice. What is wrong is told
with its place and a remedy, and nothing is left half started."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, default=Path("bot.yaml"), help="default: %(default)s")


def run(options: argparse.Namespace) -> int:
    from botkit.app import Bot
    from botkit.cli.serving import log_to_stderr, until_signal

    log_to_stderr()
    asyncio.run(until_signal(_serve(Bot.from_file(options.file))))
    return 0


async def _serve(bot: Bot) -> None:
    await bot.start()
    try:
        print(f"{bot.connector.me.display_name} is ready. Ctrl-C ends it.", flush=True)
        await asyncio.Event().wait()
    finally:
        await bot.stop()
