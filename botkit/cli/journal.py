"""`botkit journal`: what sessions do, line by line, also while they do it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from botkit.cli.past import LINES_GONE, add_place, count, opened, plain, pruned, unknown

if TYPE_CHECKING:
    from botkit.ports.store import JournalRow
    from botkit.store.reading import StoreReader

HELP = "print what sessions did, or follow what they do"
DESCRIPTION = """\
Print the journal of a session, or of the latest ones, a line for each thing that happened: what came in, what
was posted, played, requested, and what failed. With --follow what comes, of any session, is printed as it is
written, until Ctrl-C. The bot may be running; nothing is written.

`botkit why SESSION` tells of one session also which way it took, and why."""

LOOK_EVERY = 0.5
"""Seconds between two looks at a database that is followed."""

Line = tuple[str, "JournalRow"]
"""Session, and one of its lines."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "session", nargs="?", metavar="SESSION", help="its id; `-` = what happened outside any session"
    )
    add_place(parser)
    parser.add_argument("--follow", "-f", action="store_true", help="print also what comes")
    parser.add_argument("--kind", metavar="KIND", help="lines of this kind alone: turn, posted, failed ...")
    parser.add_argument(
        "--last", type=count, default=20, metavar="N", help="without SESSION: how many sessions (default 20)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, an object a line")


def run(options: argparse.Namespace) -> int:
    reader, files = opened(options)
    try:
        session = options.session
        if session not in (None, "-"):
            _look_for(reader, session)
        seen = Seen(reader, session, options.last)
        while True:
            for name, row in seen.fresh():
                if options.kind in (None, row.kind):
                    for text in _told(name, row, files, as_json=options.json):
                        print(text, flush=True)
            if not options.follow:
                return 0
            time.sleep(LOOK_EVERY)
    finally:
        reader.close()


def _look_for(reader: StoreReader, session: str) -> None:
    """Raises `UsageError` for one that is not there; tells, beside the lines, that some of its are gone."""
    row, lines = reader.session(session), reader.journal(session)
    if row is None and not lines:
        raise unknown(reader, session, "Say `botkit sessions` for the latest.")
    if pruned(row, lines):
        print(f"{plain(session)}: {LINES_GONE}", file=sys.stderr)


class Seen:
    """Which lines were printed already."""

    def __init__(self, reader: StoreReader, session: str | None, last: int) -> None:
        """Of `session` (`-` = outside any); or, of all, what comes, and before it the `last` sessions."""
        self._reader = reader
        self._session = session
        self._last = last
        self._newest = 0
        """The newest line of all at the last look."""

    def fresh(self) -> Sequence[Line]:
        """Those that came since, in the order in which they were written."""
        newest, before = self._reader.newest_line(), self._newest
        if newest == before:
            return []
        self._newest = newest
        found = [
            (number, (name, line))
            for name in self._names(before)
            for number, line in self._reader.lines_after(name, before)
            if number <= newest  # what is written while this looks comes the next time
        ]
        return [line for _, line in sorted(found, key=lambda each: each[0])]

    def _names(self, before: int) -> Sequence[str]:
        if self._session is not None:
            return ["" if self._session == "-" else self._session]
        if before:
            return self._reader.written_after(before)
        return ["", *(row.id for row in self._reader.latest(self._last))]


def _told(name: str, row: JournalRow, files: Mapping[str, str], *, as_json: bool) -> Iterator[str]:
    from botkit.cli.journal_words import data_of, lines_of

    if as_json:
        try:
            data = data_of(row)
        except ValueError:
            data = {"unreadable": True}
        line = {"at": row.at.isoformat(), "session": name, "kind": row.kind, **data}
        yield json.dumps(line, ensure_ascii=False)
        return
    first = lines_of(row, files)[0]
    yield f"{row.at:%Y-%m-%d %H:%M:%S}  {plain(name or '-')}  {first.text}"
