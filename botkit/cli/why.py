"""`botkit why`: the path of one session, from the journal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from botkit.cli.past import LINES_GONE, add_place, count, opened, plain, pruned, session_of, unknown

if TYPE_CHECKING:
    from rich.console import Console

    from botkit.ports.store import JournalRow, SessionRow
    from botkit.store.reading import StoreReader

HELP = "tell the path of a session, and why it went that way"
DESCRIPTION = """\
Tell the path of one session: what came in, the steps with file and line, the conditions and values that
chose the way, what was posted, what was really played, what failed. Answers to secret questions are not in
it. Without SESSION: the latest sessions. The bot may be running; nothing is written."""

_styles: Mapping[str, str] = {
    "input": "bold cyan",
    "way": "",
    "act": "dim",
    "posted": "green",
    "reacted": "green",
    "played": "green",
    "heard": "cyan",
    "media": "dim",
    "requested": "green",
    "delivered": "green",
    "webhook_changed": "green",
    "failed": "bold red",
    "note": "yellow",
}


_columns = ("channel", "flow", "person", "turns")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", nargs="?", metavar="SESSION", help="its id, as the list shows it")
    add_place(parser)
    parser.add_argument("--last", type=count, default=20, metavar="N", help="how many sessions to list")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    from rich.console import Console

    reader, files = opened(options)
    console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
    if options.session is None:
        _list(reader, options.last, console, as_json=options.json)
    else:
        _tell(reader, options.session, files, console, as_json=options.json)
    return 0


def _summary(row: SessionRow, journal: Sequence[JournalRow]) -> dict[str, object]:
    from botkit.cli.journal_words import how_it_ended

    session = session_of(row)
    person = session.person if session else None
    return {
        "id": row.id,
        "began": journal[0].at.isoformat() if journal else "",
        "channel": str(session.channel) if session else "",
        "flow": session.flow if session else "",
        "person": (person.name or person.email or person.id) if person else "",
        "turns": row.revision,
        "open": row.open,
        "ended": "" if row.open else how_it_ended(journal),
        "pruned": pruned(row, journal),
    }


def _list(reader: StoreReader, limit: int, console: Console, *, as_json: bool) -> None:
    from rich.text import Text

    found = [_summary(row, reader.journal(row.id)) for row in reader.latest(limit)]
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found:
        print("There is no session yet.")
        return
    rows = [
        tuple(map(plain, (_when(each), *(each[name] for name in _columns), _ending(each), each["id"])))
        for each in found
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        *cells, name = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(Text("  ".join(cells) + "  ") + Text(name.rstrip(), style="bold"))


def _when(summary: Mapping[str, object]) -> str:
    began = str(summary["began"])
    return f"{datetime.fromisoformat(began):%Y-%m-%d %H:%M:%S}" if began else "-"


def _ending(summary: Mapping[str, object]) -> str:
    return "open" if summary["open"] else str(summary["ended"])


def _tell(
    reader: StoreReader, session_id: str, files: Mapping[str, str], console: Console, *, as_json: bool
) -> None:
    from rich.text import Text

    from botkit.cli.journal_words import lines_of

    row, journal = reader.session(session_id), reader.journal(session_id)
    if row is None and not journal:
        raise unknown(reader, session_id, "Say `botkit why` without one for the latest.")
    summary = _summary(row, journal) if row else {"id": session_id}
    if as_json:
        lines = [{"at": line.at.isoformat(), "kind": line.kind, **_data(line)} for line in journal]
        print(json.dumps({**summary, "files": files, "journal": lines}, indent=2, ensure_ascii=False))
        return
    console.print(Text(plain(session_id), style="bold"))
    if row:
        who = (summary["flow"], summary["channel"], summary["person"])
        told = (*who, f"{row.revision} turns", _ending(summary), f"{_when(summary)} UTC")
        console.print(Text(" · ".join(plain(part) for part in told if part)))
    if pruned(row, journal):
        console.print(Text(f"{LINES_GONE}; what is left:", style=_styles["note"]))
    for entry in journal:
        for line in lines_of(entry, files):
            time = f"{line.at:%H:%M:%S}.{line.at.microsecond // 1000:03d}" if line.at else " " * 12
            indent = "" if line.at else "  "
            console.print(Text(f"{time}  {indent}") + Text(line.text, style=_styles.get(line.kind, "")))


def _data(row: JournalRow) -> dict[str, object]:
    from botkit.cli.journal_words import data_of

    try:
        return data_of(row)
    except ValueError:
        return {"unreadable": True}
