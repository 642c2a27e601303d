"""`botkit replay`: sessions that were written down run again, on the flows of today."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from rich.console import Console

    from botkit.flow.flowset import FlowSet
    from botkit.flow.replay import Replay
    from botkit.model.session import Session
    from botkit.ports.store import JournalRow, SessionRow
    from botkit.store.reading import StoreReader

HELP = "run sessions of the journal again on today's flows, and show where they would go differently"
DESCRIPTION = """\
Run sessions that the bot has written down again, on the flows as they are now: what came in comes in again,
at the same times, and results (of handlers, requests, calls) are what they were. The first turn that goes
otherwise is shown beside what was, and what follows from it. Nothing is said to anybody, and nothing written.

Answers to secret questions were never written down. Others stand in for them, until something depends on
what they say; there the replay of that session stops.

Exit code 0 = all would go the same way, 1 = some would go differently, 2 = it could not be tried."""

DIFFERENT = 1


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:7]) <= 100_000:
        raise argparse.ArgumentTypeError("it is a number from 1 to 100000")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("session", nargs="?", metavar="SESSION", help="its id, as `botkit why` lists it")
    which.add_argument("--last", type=_count, metavar="N", help="the N sessions that began last")
    which.add_argument("--all", action="store_true", help="all sessions")
    parser.add_argument("--bot", type=Path, default=Path("bot.yaml"), help="default: %(default)s")
    parser.add_argument("--store", metavar="URL", help="another database: sqlite:///PATH, or just its path")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    from rich.console import Console

    from botkit.cli.known_bot import KnownBot
    from botkit.engines import hears
    from botkit.settings import read_settings
    from botkit.store.reading import StoreReader

    settings = read_settings(options.bot, with_platform=False)
    store = options.store or settings.store_url()
    url = store if "://" in store else f"sqlite:///{quote(store)}"
    reader = StoreReader(url, Path() if options.store else settings.folder)
    bot = KnownBot.of(settings)
    flows = bot.load_flows(hears=hears(bot.recognizer()))
    rows = _rows(reader, options)
    told = [_Told(row, reader.journal(row.id), flows) for row in rows]
    if options.json:
        print(json.dumps({"sessions": [each.as_json() for each in told]}, indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False, soft_wrap=True, emoji=False, markup=False)
        for each in told:
            each.show(console, whole=options.session is not None)
        if options.session is None:
            print(_counted(told))
    return DIFFERENT if any(each.different for each in told) else 0


def _rows(reader: StoreReader, options: argparse.Namespace) -> Sequence[SessionRow]:
    from botkit.cli.past import unknown

    if options.session is None:
        return list(reversed(reader.latest(-1 if options.all else options.last)))
    row = reader.session(options.session)
    if row is None:
        raise unknown(reader, options.session, "Say `botkit why` for the latest.")
    return [row]


class _Told:
    """One session, and what is said of it."""

    def __init__(self, row: SessionRow, journal: Sequence[JournalRow], flows: FlowSet) -> None:
        from botkit.cli.past import LINES_GONE, pruned
        from botkit.flow.replay import replay
        from botkit.runtime.journal import turn_of

        self.id = row.id
        self.flow = ""
        self.unreadable = ""
        self.replay: Replay | None = None
        try:
            session = _session_of(row)
            self.flow = session.flow
            turns = [turn_of(line) for line in journal if line.kind == "turn"]
        except (KeyError, TypeError, ValueError) as error:
            self.unreadable = f"its journal cannot be read: {error}"[:200]
            return
        if pruned(row, journal):
            self.unreadable = LINES_GONE
            return
        self.replay = replay(flows, _before(session), turns, hash_then=session.flow_hash)

    @property
    def different(self) -> bool:
        return self.replay is not None and self.replay.first is not None

    def show(self, console: Console, *, whole: bool) -> None:
        """A line; with `whole` also its turns, and the two ways from where they part."""
        from rich.text import Text

        from botkit.cli.journal_words import quoted
        from botkit.cli.replay_lines import show_round

        name = quoted(self.id)[1:-1]
        first = self.replay.first if self.replay is not None else None
        stopped = self.unreadable or (self.replay.stopped if self.replay is not None else "")
        verdict = f"different from turn {first.number} on" if first else "the same"
        if stopped and not first:
            verdict = f"the same, as far as it can be told: {stopped}" if self.replay else stopped
        style = "bold red" if first else "yellow" if stopped else "green"
        console.print(Text(f"{name}  {quoted(self.flow)[1:-1]}  ") + Text(verdict, style=style))
        if not whole or self.replay is None:
            return
        parted = False
        for each in self.replay.rounds:
            parted = parted or not each.same
            show_round(console, each, both=parted)
        if stopped:
            console.print(Text(f"      {stopped}", style="yellow"))

    def as_json(self) -> dict[str, object]:
        from botkit.cli.replay_lines import round_json

        first = self.replay.first if self.replay is not None else None
        return {
            "id": self.id,
            "flow": self.flow,
            "same": not self.different,
            "first_different": first.number if first else None,
            "stopped": self.unreadable or (self.replay.stopped if self.replay is not None else ""),
            "turns": [round_json(each) for each in self.replay.rounds] if self.replay is not None else [],
        }


def _session_of(row: SessionRow) -> Session:
    from botkit.model import codec
    from botkit.model.session import Session

    session = codec.load(row.state)
    if not isinstance(session, Session):
        raise TypeError("the row holds no session")
    return session


def _before(session: Session) -> Session:
    """A session as it was before its first turn."""
    from botkit.model.session import Session

    return Session(
        id=session.id,
        channel=session.channel,
        flow=session.flow,
        conversation_id=session.conversation_id,
        thread_id=session.thread_id,
        call_id=session.call_id,
        parent=session.parent,
        number=session.number,
        person=session.person,
    )


def _counted(told: Sequence[_Told]) -> str:
    different = sum(each.different for each in told)
    untold = sum(bool(each.unreadable) for each in told)
    parts = [f"{len(told) - different - untold} the same", f"{different} different"]
    return ", ".join(parts + ([f"{untold} not to be read"] if untold else []))
