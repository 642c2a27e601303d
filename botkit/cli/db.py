"""`botkit db`: the tables of a bot's database."""

from __future__ import annotations

import argparse
from pathlib import Path
from urllib.parse import quote

HELP = "upgrade a bot's database, back it up, prune it, or tell how old it is"
DESCRIPTION = """\
Look after the tables of a bot's database.

A SQLite file is brought up to date by the bot that opens it. A PostgreSQL database is not: its keeper backs
it up, stops the bot, and says `botkit db upgrade`. Each step is done as a whole or not at all.

`botkit db prune` removes what is over and older than bot.yaml's `store: {keep: ...}` says, as the bot does by
itself once a day. What is open or waits stays, whatever its age; so do dead letters until somebody drops
them."""

OLDER = 1
"""Exit code of `status` for a database that must be upgraded."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="do", metavar="COMMAND", required=True)
    for name, told in (
        ("status", "tell the version of the tables, and whether this botkit works on them"),
        ("upgrade", "bring the tables up to date; the bot must not run"),
        ("backup", "copy a SQLite database as it is now, also while the bot works"),
        ("prune", "remove what is over and old, as bot.yaml says, also while the bot works"),
    ):
        command = commands.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
        where = command.add_mutually_exclusive_group()
        where.add_argument("--bot", type=Path, default=Path("bot.yaml"), help="default: bot.yaml")
        if name == "prune":
            command.add_argument("--dry-run", action="store_true", help="only tell what would go")
            continue  # how long things are kept is in bot.yaml
        where.add_argument("--store", metavar="URL", help="the database: its URL, or just a file's path")
        if name == "backup":
            command.add_argument("file", type=Path, metavar="FILE", help="a new file for the copy")


def run(options: argparse.Namespace) -> int:
    if options.do == "prune":
        return _prune(options.bot, dry=options.dry_run)
    from botkit.store import upgrading

    url, base = _database(options)
    if options.do == "backup":
        from botkit.store.backup import back_up

        back_up(url, base, options.file)
        print(f"{options.file}: all that was written by now.")
        return 0
    if options.do == "upgrade":
        done = upgrading.upgrade(url, base)
        if done.found == done.current:
            print(f"{done.where}: nothing to do, the tables are of version {done.current}.")
        else:
            before = f"before of {done.found}" if done.found else "new"
            print(f"{done.where}: the tables are of version {done.current} now, {before}.")
        return 0
    found = upgrading.status(url, base)
    if found.found == 0:
        print(f"{found.where}: no tables yet; the bot makes them when it runs.")
    elif found.found == found.current:
        print(f"{found.where}: the tables are of version {found.found}, as this botkit wants them.")
    else:
        print(
            f"{found.where}: the tables are of version {found.found}, this botkit works on {found.current}."
            " Stop the bot, back the database up, and say `botkit db upgrade`."
        )
        return OLDER
    return 0


def _prune(bot_file: Path, *, dry: bool) -> int:
    from botkit.cli.prune import prune
    from botkit.settings import read_settings

    done = prune(read_settings(bot_file, with_platform=False), dry=dry)
    print(f"{'Would go' if dry else 'Gone'}: {done}.")
    return 0


def _database(options: argparse.Namespace) -> tuple[str, Path]:
    """Its URL, and where relative paths in it start."""
    if options.store is not None:
        return (options.store if "://" in options.store else f"sqlite:///{quote(options.store)}"), Path()
    from botkit.settings import read_settings

    settings = read_settings(options.bot, with_platform=False)
    return settings.store_url(), settings.folder
