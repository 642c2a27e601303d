"""`botkit demo`: a bot to chat with and to call, with nothing to set up."""

from __future__ import annotations

import argparse
from pathlib import Path

from botkit.cli.ports import add_ports

HELP = "a bot to chat with and to call, in your browser"
DESCRIPTION = """\
Run the sandbox, a bot on it and the page to talk to it. No account is needed, nothing leaves this machine.

FILE is a bot.yaml; the sandbox takes the place of its `platform:`, and `bot.db` in the state folder that of
its `store:` (`botkit sessions --store state/demo/bot.db` looks into it). Without FILE it is the front desk
bot that ships with botkit. --once proves it without a person: a scripted one chats, fills in forms and
restarts the bot in mid-dialogue, scripted callers phone it, listen, press keys and speak. Exit code 0 only
when what was posted and heard is what the flow says."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, help="a bot.yaml (default: the front desk bot)")
    parser.add_argument("--once", action="store_true", help="prove it without a person, and leave")
    add_ports(parser)
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("state/demo"),
        help="where it keeps its state (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.cli.shipped import front_desk

    file = options.file or front_desk()
    if options.once:
        import tempfile

        from botkit.cli.logs import log_to_stderr
        from botkit.cli.proof import prove

        log_to_stderr("WARNING")
        with tempfile.TemporaryDirectory(prefix="botkit-demo-") as folder:
            return 0 if asyncio.run(prove(file, Path(folder))) else 1
    from botkit.cli.logs import log_to_stderr
    from botkit.cli.serving import until_signal

    log_to_stderr()
    asyncio.run(until_signal(_serve(file, options)))
    return 0


async def _serve(file: Path, options: argparse.Namespace) -> None:
    import asyncio

    from botkit.testing.world import World

    print("Starting the sandbox and the bot ...", flush=True)
    async with World(file, state=options.state, port=options.port, page_port=options.page_port) as world:
        print(f"\n  Open {world.sandbox.page_address} , choose a person, write to the bot, and call it.\n")
        print("Ctrl-C ends it.", flush=True)
        await asyncio.Event().wait()
