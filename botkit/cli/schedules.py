"""`botkit schedules`: when flows start by themselves, and what was missed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botkit.model.plural import counted

if TYPE_CHECKING:
    from botkit.flow.flowset import FlowSet
    from botkit.flow.schedules import Schedule
    from botkit.runtime.schedules import Note
    from botkit.settings import Settings

HELP = "tell when flows start by themselves, and what was missed"
DESCRIPTION = """\
Tell of each schedule when it comes next, by its own clocks and by those of this machine; when it ran last,
and how many moments were not made up for. The bot may be running, or have never run; nothing is written."""


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:5]) <= 100:
        raise argparse.ArgumentTypeError("it is a number from 1 to 100")
    return int(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", type=Path, default=Path("bot.yaml"), help="default: %(default)s")
    parser.add_argument("--next", type=_count, default=3, metavar="N", help="how many moments (default: 3)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    from botkit.cli.known_bot import KnownBot
    from botkit.ports.system_clock import SystemClock
    from botkit.settings import read_settings

    settings = read_settings(options.file, with_platform=False)
    flows = KnownBot.of(settings).load_flows()
    notes = _notes(settings)
    now = SystemClock().now()
    told = [
        _told(schedule, flows, notes.get(schedule.name), now, options.next) for schedule in flows.schedules
    ]
    if options.json:
        print(json.dumps({"version": 1, "schedules": told}, indent=2))
    elif not told:
        print("No flow starts by a schedule.")
    else:
        for each in told:
            _show(each)
    return 0


def _notes(settings: Settings) -> Mapping[str, Note]:
    """Schedule -> what the bot has noted of it; nothing of a bot that has never run."""
    from botkit.model.errors import UsageError
    from botkit.runtime.schedules import NOTES, Note
    from botkit.store.reading import StoreReader

    try:
        reader = StoreReader(settings.store_url(), settings.folder)
    except UsageError:
        return {}
    try:
        found = {name: Note.load(data) for name, data in reader.notes(NOTES).items()}
    finally:
        reader.close()
    return {name.removeprefix(NOTES): note for name, note in found.items() if note is not None}


def _told(
    schedule: Schedule, flows: FlowSet, note: Note | None, now: datetime, count: int
) -> dict[str, object]:
    coming: list[datetime] = []
    moment: datetime | None = now
    while moment is not None and len(coming) < count:
        moment = schedule.after(moment, flows.calendars.get(schedule.calendar))
        if moment is not None:
            coming.append(schedule.due(moment).astimezone(schedule.place))
    if note is not None and note.timing != schedule.told():
        note = None  # it was another one then
    return {
        "schedule": schedule.name,
        "flow": schedule.flow,
        "when": schedule.told(),
        "misses": schedule.misses.value,
        "calendar": schedule.calendar,
        "next": [each.isoformat() for each in coming],
        "last": _text(note.last) if note else None,
        "missed": note.missed if note else 0,
        "missed_at": _text(note.missed_at) if note else None,
    }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _show(told: Mapping[str, object]) -> None:
    print(f"{told['schedule']}: {told['when']}; misses: {told['misses']}")
    coming = told["next"]
    assert isinstance(coming, list)
    for text in coming:
        moment = datetime.fromisoformat(text)
        print(f"  next    {moment:%a %Y-%m-%d %H:%M:%S %z}, here {moment.astimezone():%a %Y-%m-%d %H:%M:%S}")
    if not coming:
        print("  next    never")
    last = told["last"]
    print(f"  last    {_here(str(last)) if last else 'never'}")
    if missed := int(str(told["missed"])):
        print(f"  missed  {counted(missed, 'moment')}, told {_here(str(told['missed_at']))}")


def _here(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone():%a %Y-%m-%d %H:%M:%S}"
