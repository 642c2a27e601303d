"""What commands have in common that look into a bot's database: where it is, and what a row of it says."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from botkit.model.errors import UsageError
    from botkit.model.session import Session
    from botkit.ports.store import JournalRow, SessionRow
    from botkit.store.reading import Desk, StoreReader


T = TypeVar("T")

MOST_LISTED = 100_000


def add_place(parser: argparse.ArgumentParser) -> None:
    """`--bot` and `--store`."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--bot", type=Path, default=Path("bot.yaml"), help="default: bot.yaml")
    where.add_argument("--store", metavar="URL", help="the database: a URL, or the path of its file")


def add_place_to(actions: Iterable[argparse.ArgumentParser]) -> None:
    """`--bot` and `--store` behind an action as well as before it: people write them in either place."""
    for action in actions:
        where = action.add_mutually_exclusive_group()
        where.add_argument("--bot", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        where.add_argument("--store", metavar="URL", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def opened(options: argparse.Namespace) -> tuple[StoreReader, Mapping[str, str]]:
    """The database, and the files of the bot's flows as far as they are known. Raises `UsageError`."""
    from botkit.store.reading import StoreReader

    if options.store is not None:
        url = options.store if "://" in options.store else f"sqlite:///{quote(options.store)}"
        return StoreReader(url, Path()), {}
    from botkit.settings import read_settings

    settings = read_settings(options.bot, with_platform=False)
    return StoreReader(settings.store_url(), settings.folder), _files(
        [settings.beside(name) for name in settings.file.flows]
    )


def at_desk(options: argparse.Namespace) -> Desk:
    """The database, to write to it beside the bot. Raises `UsageError`."""
    from botkit.store.reading import Desk

    if options.store is not None:
        url = options.store if "://" in options.store else f"sqlite:///{quote(options.store)}"
        return Desk(url, Path())
    from botkit.settings import read_settings

    settings = read_settings(options.bot, with_platform=False)
    return Desk(settings.store_url(), settings.folder)


def uncut(found: Sequence[T], most: int) -> Sequence[T]:
    """The first `most`; whoever counts them, in JSON too, is told beside them that there are more."""
    if len(found) > most:
        print(f"There are more, older ones: `--last N` lists the newest N, here {most}.", file=sys.stderr)
    return found[:most]


def count(text: str) -> int:
    """How many to list, as an argument."""
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:8]) <= MOST_LISTED:
        raise argparse.ArgumentTypeError(f"it is a number from 1 to {MOST_LISTED}")
    return int(text)


def session_of(row: SessionRow) -> Session | None:
    """What a row holds; None when it cannot be read."""
    from botkit.model import codec
    from botkit.model.session import Session

    try:
        session = codec.load(row.state)
    except ValueError:
        return None
    return session if isinstance(session, Session) else None


def plain(text: object) -> str:
    """With nothing in it that a terminal would obey."""
    from botkit.cli.journal_words import quoted

    return quoted(text)[1:-1]


def _files(paths: Sequence[Path]) -> dict[str, str]:
    """Flow -> file. Flows that are broken by now do not hinder a look back."""
    from botkit.flow.document import DocumentError
    from botkit.flow.source import read_document

    found: dict[str, str] = {}
    inside = [sorted(path.glob("*.yaml")) if path.is_dir() else [path] for path in paths]
    for file in chain.from_iterable(inside):
        try:
            document = read_document(file)
        except DocumentError:
            continue
        inner = document.get("flows")
        name = str(document.get("flow"))
        for flow in (name, *(f"{name}/{part}" for part in (inner if isinstance(inner, dict) else ()))):
            found[flow] = str(file)
    return found


def unknown(reader: StoreReader, session_id: str, remedy: str) -> UsageError:
    """The error of a session that is not there, which tells whether it may have been once."""
    from botkit.model.errors import UsageError
    from botkit.ports.keeping import NOTE, Horizon

    gone = Horizon.load(reader.notes(NOTE).get(NOTE))
    what = f"There is no session {plain(session_id)[:80]!r}."
    if gone is not None and gone.sessions is not None:
        what += f" Those that were over before {gone.sessions:%Y-%m-%d %H:%M} UTC are pruned."
    return UsageError(what, remedy=remedy)


def pruned(row: SessionRow | None, journal: Sequence[JournalRow]) -> bool:
    """Whether lines of a session are gone, by `store: {keep: {journal: ...}}`: its first turn is written
    always."""
    from botkit.cli.journal_words import data_of

    if row is None or row.revision == 0:
        return False
    first = next((line for line in journal if line.kind == "turn"), None)
    if first is None:
        return True
    try:
        return int(data_of(first)["revision"]) > 1
    except (LookupError, TypeError, ValueError):
        return False


LINES_GONE = "its older lines are pruned (bot.yaml: `store: {keep: {journal: ...}}`)"
"""What is said of such a session."""
