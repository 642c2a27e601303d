"""`botkit run`: a bot, as its bot.yaml says."""

from __future__ import annotations

import argparse
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botkit.app import Bot

log = logging.getLogger(__name__)

HELP = "run a bot"
DESCRIPTION = """\
Run the bot that a bot.yaml describes, until Ctrl-C or SIGTERM.

Everything is checked before anything starts: flows, handlers, secrets, the voice. What is wrong is told
with its place and a remedy, and nothing is left half started.

SIGTERM lets it drain: it takes no more calls and webhooks, and ends when its calls are over, or at the end
of `drain` (30 s); then it hangs up. Ctrl-C, or a second SIGTERM, ends it now. Nothing is lost either way:
what is left is done at the next start.

With --standby a second process of the bot waits for the end of the first, however it ends, and then goes on
where that one was. Without it a second one is refused.

SIGHUP makes the bot read its flows and bot.yaml's `config` and `schedules` anew; with --reload it does so
by itself whenever these files change. Who is in a flow that has changed goes on as that flow's `on_change`
says; flows that are broken are told, and the bot goes on with those it has. Handlers count at the next
start."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, default=Path("bot.yaml"), help="default: %(default)s")
    parser.add_argument(
        "--standby", action="store_true", help="wait until no other bot has the database, and take it over"
    )
    parser.add_argument(
        "--reload", action="store_true", help="take flows into the running bot whenever their files change"
    )
    parser.add_argument(
        "--log",
        choices=("text", "json"),
        help="lines for people, or JSON for machines; default: bot.yaml's `log`",
    )
    parser.add_argument(
        "--media-workers",
        type=_workers,
        metavar="N",
        help="processes that carry the sound of calls, 0 = the bot's; default: bot.yaml's `media: workers`",
    )
    parser.add_argument(
        "--drain", type=_duration, metavar="TIME", help="how long SIGTERM waits for calls: `30s`, `5m`, `0s`"
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.allocating import keep_compact
    from botkit.cli.collecting import while_loading

    keep_compact()
    with while_loading():
        from botkit.app import Bot
        from botkit.cli.logs import log_to_stderr
        from botkit.cli.serving import until_signal
        from botkit.model.errors import BotkitError
        from botkit.settings import read_settings

        settings = read_settings(options.file, with_platform=False, whole=True)
        file = settings.file
        form = options.log or file.log
        log_to_stderr(form=form, secrets=settings.every_secret())
        drain = file.drain if options.drain is None else options.drain
    try:
        with while_loading():
            bot = Bot.from_file(options.file, media_workers=options.media_workers)
        serving = _serve(bot, watch=options.reload, standby=options.standby)
        asyncio.run(until_signal(serving, drain=lambda: bot.drain(drain)))
    except BotkitError as error:
        if form != "json":
            raise
        log.critical("the bot ends: %s", error.paragraph())  # who reads JSON can read no other line
        return error.exit_code
    except Exception:
        if form != "json":
            raise
        log.critical("the bot ends by a fault of its own", exc_info=True)
        return 1
    return 0


def _workers(text: str) -> int:
    from botkit.settings.media import MOST_WORKERS

    if text.isascii() and text.isdigit() and int(text) <= MOST_WORKERS:
        return int(text)
    raise argparse.ArgumentTypeError(f"`{text[:40]}` is no number of processes: 0 to {MOST_WORKERS}")


def _duration(text: str) -> float:
    from botkit.flow.values import duration

    try:
        return duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


async def _serve(bot: Bot, *, watch: bool, standby: bool) -> None:
    import asyncio

    from botkit.cli.collecting import once_ready
    from botkit.cli.reloading import Reloading
    from botkit.ports.system_clock import SystemClock

    await bot.start(standby=standby)
    reloading = Reloading(bot, SystemClock())
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reloading.ask)
    work = [asyncio.create_task(each) for each in (reloading.run(), *([reloading.watch()] if watch else []))]
    try:
        print(f"{bot.connector.me.display_name} is ready. Ctrl-C ends it.", flush=True)
        await bot.warmed_up()
        once_ready()
        await asyncio.gather(*work)
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        for task in work:
            task.cancel()
        await bot.stop()
