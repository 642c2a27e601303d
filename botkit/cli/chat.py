"""`botkit chat`: a flow in the terminal, with the real corridor and no network."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "talk to a flow in this terminal"
DESCRIPTION = """\
Talk to a flow here, on chat. Type an answer, or a number where options are offered; an empty line or
Ctrl-D ends it. With --bot the flow has the config, handlers and plugins of that bot.yaml. You answer for
those whom the flow asks (`each`) as well. Whomever it calls (`dial`) does not answer here; `botkit call` asks
you instead. `:slots`, `:stack` and `:why` show what is behind it, `:tick 5s` lets time pass."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_flow(parser)


def add_flow(parser: argparse.ArgumentParser) -> None:
    """The arguments of whoever talks to one flow."""
    parser.add_argument("flow", type=Path, help="a flow file")
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flow belongs to")
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a config value of the flow, in place of the one in bot.yaml; may be repeated",
    )


def config_values(options: argparse.Namespace) -> dict[str, object]:
    """What `--config` gives. Raises `UsageError`."""
    from botkit.model.errors import UsageError

    values: dict[str, object] = {}
    for setting in options.config:
        name, equals, value = setting.partition("=")
        if not (name and equals):
            raise UsageError(f"{setting!r} is no setting.", where="--config", remedy="Write NAME=VALUE.")
        values[name] = value
    return values


def run(options: argparse.Namespace) -> int:
    import asyncio

    from botkit.cli.logs import log_to_stderr
    from botkit.cli.terminal import chat

    values = config_values(options)
    log_to_stderr("WARNING")
    asyncio.run(chat(options.flow, options.bot, values))
    return 0
