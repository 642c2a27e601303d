"""`botkit schema`: what an editor needs to complete and check flow files."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "print the JSON Schema of flow files, for editors"
DESCRIPTION = """\
Print the JSON Schema (draft 2020-12) of flow files: every verb with its options and what they mean, the
verbs of installed plugins too, and with --bot those of the bot's own handlers. With --scripts that of the
conversation scripts that `botkit test` runs.

  botkit schema > flow.schema.json

and, as the first line of each flow file beside it:

  # yaml-language-server: $schema=flow.schema.json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bot", type=Path, help="the bot.yaml that the flows belong to")
    parser.add_argument("--scripts", action="store_true", help="of conversation scripts (`botkit test`)")


def run(options: argparse.Namespace) -> int:
    import json

    if options.scripts:
        from botkit.testing.scripts.schema import script_schema

        print(json.dumps(script_schema(), indent=2, ensure_ascii=False))
        return 0
    from botkit.cli.known_bot import KnownBot
    from botkit.flow.json_schema import flow_schema
    from botkit.flow.slot_types import slot_types
    from botkit.flow.steps import verbs

    more = KnownBot.read(options.bot).hooks.extensions()
    schema = flow_schema([*verbs, *more.verbs], [*slot_types, *more.slot_types])
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return 0
