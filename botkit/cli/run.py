"""`botkit run`: a bot, as its bot.yaml says."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.app import Bot

HELP = "run a bot"
DESCRIPTION = """\
Run the bot that a bot.yaml describes, until Ctrl-C or SIGTERM.

Everything is checked before anything starts: flows, handlers, secrets, the voice. What is wrong is told
with its place and a remedy, and nothing is left half started.

SIGHUP makes the bot read its flows and bot.yaml's `config` anew; with --reload it does so by itself whenever
these files change. Who is in a flow that has changed goes on as that flow's `on_change` says; flows that are
broken are told, and the bot goes on with those it has. Handlers count at the next start."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, default=Path("bot.yaml"), help="default: %(default)s")
    parser.add_argument(
        "--reload", action="store_true", help="take flows into the running bot whenever their files change"
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.app import Bot
    from botkit.cli.serving import log_to_stderr, until_signal

    log_to_stderr()
    asyncio.run(until_signal(_serve(Bot.from_file(options.file), watch=options.reload)))
    return 0


async def _serve(bot: Bot, *, watch: bool) -> None:
    import asyncio

    from botkit.cli.reloading import Reloading
    from botkit.ports.system_clock import SystemClock

    await bot.start()
    reloading = Reloading(bot, SystemClock())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reloading.ask)
    work = [asyncio.create_task(each) for each in (reloading.run(), *([reloading.watch()] if watch else []))]
    try:
        print(f"{bot.connector.me.display_name} is ready. Ctrl-C ends it.", flush=True)
        await asyncio.gather(*work)
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        for task in work:
            task.cancel()
        await bot.stop()
