"""The command line. Nothing heavy is imported before a command runs, so help is instant."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = (
    "demo",
    "new",
    "run",
    "sandbox",
    "check",
    "test",
    "schema",
    "graph",
    "chat",
    "call",
    "schedules",
    "why",
    "db",
    "sessions",
    "journal",
    "deadletters",
    "conversation-webhooks",
    "replay",
    "listen",
    "prompts",
    "doctor",
)
"""Each is a module of this package (`_` for `-`) with `HELP`, `DESCRIPTION`, `add_arguments` and `run`."""

DESCRIPTION = "Bots that chat and answer the phone, written as YAML flows."

EPILOG = """\
start here:
  botkit demo                     a bot to chat with and to call, in your browser; no account needed
  botkit chat flows/helpdesk.yaml talk to a flow in this terminal
  botkit call flows/reception.yaml  call a flow from this terminal: type keys or words
  botkit check flows/             read flows and say what is wrong with them, with line and remedy
  botkit test --bot bot.yaml      run the conversation scripts beside it: words, keys, hang-ups
  botkit run bot.yaml             run your bot on the platform that bot.yaml names
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line as argparse sees it."""
    top = argparse.ArgumentParser(
        prog="botkit",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version and leave")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"botkit.cli.{name.replace('-', '_')}")
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, or 1 (the world's fault), 2 (yours), 130 (interrupted)."""
    top = parser()
    options = top.parse_args(arguments)
    if options.version:
        from importlib.metadata import version

        print(f"botkit {version('botkit')}")
        return 0
    if options.command is None:
        top.print_help()
        return 0
    from botkit.model.errors import BotkitError

    try:
        return int(options.run(options))
    except BotkitError as error:
        print(f"botkit {options.command}: {error.paragraph()}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
