"""`botkit sandbox`: the embedded server alone."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from botkit.cli.ports import add_ports

if TYPE_CHECKING:
    from botkit.sandbox import Tenant

HELP = "run the embedded server: a platform to develop against"
DESCRIPTION = """\
Run the sandbox: a server that speaks the wire of Circuit, with a page to chat and call.

It binds 127.0.0.1 unless told otherwise. Its certificate is made once and kept in the state folder;
name it under `trust:` in bot.yaml. Port 0 takes a free port and prints it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: %(default)s)")
    add_ports(parser)
    parser.add_argument("--tenant", type=Path, help="tenant.yaml with users, bots and conversations")
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("state"),
        help="folder for certificate and files (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.cli.logs import log_to_stderr
    from botkit.cli.serving import until_signal

    log_to_stderr()
    asyncio.run(until_signal(_serve(options)))
    return 0


async def _serve(options: argparse.Namespace) -> None:
    import asyncio

    from botkit.ports.system_clock import SystemClock
    from botkit.sandbox import Sandbox, Tenant

    tenant = Tenant.load(options.tenant) if options.tenant else Tenant.demo()
    sandbox = Sandbox(
        tenant,
        host=options.host,
        port=options.port,
        page_port=options.page_port,
        state=options.state,
        clock=SystemClock(),
    )
    await sandbox.start()
    try:
        print(f"Page         {sandbox.page_address}")
        print(f"Platform     {sandbox.address}")
        print(f"Certificate  {sandbox.certificate}")
        if options.tenant is None:
            print(f"Bot account  {keep_credentials(options.state, tenant)}")
        print("Ctrl-C ends it.", flush=True)
        await asyncio.Event().wait()
    finally:
        await sandbox.close()


def keep_credentials(state: Path, tenant: Tenant) -> Path:
    """Write the demo bot's credentials where only their owner reads them: `BOT_CLIENT_ID=...` lines."""
    path = state / "bot.env"
    bot = tenant.bots[0]
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(f"BOT_CLIENT_ID={bot.client_id}\nBOT_CLIENT_SECRET={bot.client_secret.reveal()}\n")
    return path
