"""`botkit sessions`: who is in which flow, and what each of them waits for."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botkit.cli.past import LINES_GONE, add_place, count, opened, plain, pruned, session_of, uncut, unknown

if TYPE_CHECKING:
    from botkit.model.session import Session
    from botkit.ports.store import JournalRow, SessionRow
    from botkit.store.reading import StoreReader

HELP = "list sessions: who waits since when, for what, and until when; or end one"
DESCRIPTION = """\
List sessions, the latest first: flow, where it stands, what it waits for and since when, its deadline, and
what went wrong last. With SESSION: all of that about one. The bot may be running; nothing is written.

`botkit sessions end SESSION` ends one: a caller is hung up on, and the flow's `when: hangup` steps run; on
chat the person reads a goodbye, and the flow's `when: cancelled` steps run as far as they need no person. A
bot that runs does it within a second, else it is done at its next start.

`botkit why SESSION` tells the path that led there."""

_LATEST = "Say `botkit sessions` without one for the latest."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "session", nargs="*", metavar="SESSION", help="its id, as the list shows it; `end SESSION` ends it"
    )
    add_place(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--open", action="store_true", help="those alone that are not over")
    which.add_argument("--waiting", action="store_true", help="those alone that wait for a person")
    parser.add_argument("--flow", metavar="FLOW", help="those alone that began with this flow")
    parser.add_argument("--last", type=count, default=20, metavar="N", help="how many (default 20)")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(options: argparse.Namespace) -> int:
    words: list[str] = options.session
    if len(words) == 2 and words[0] == "end":
        return _end(options, words[1])
    if len(words) > 1:
        from botkit.model.errors import UsageError

        raise UsageError("One session can be shown at a time.", remedy="Say `botkit sessions SESSION`.")
    reader, _ = opened(options)
    try:
        if words:
            row = reader.session(words[0])
            if row is None:
                raise unknown(reader, words[0], _LATEST)
            _show(_account(row, reader.journal(row.id)), as_json=options.json)
            return 0
        rows = uncut(_wanted(reader, options), options.last)
        found = [_account(row, reader.journal(row.id)) for row in rows]
    finally:
        reader.close()
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    elif not found:
        print("There is no such session.")
    else:
        _list(found)
    return 0


def _end(options: argparse.Namespace, session_id: str) -> int:
    from botkit.cli.past import at_desk
    from botkit.model import codec
    from botkit.model.errors import UsageError
    from botkit.model.inputs import Dismissed
    from botkit.ports.store import InboxRow
    from botkit.ports.system_clock import SystemClock

    desk = at_desk(options)
    try:
        row = desk.session(session_id)
        if row is None:
            raise unknown(desk, session_id, _LATEST)
        name = plain(session_id)
        if not row.open:
            raise UsageError(f"The session {name[:80]!r} is over already.", remedy=_LATEST)
        told = desk.receive(
            InboxRow(
                id=f"{session_id}:dismissed",
                key=f"session:{session_id}",
                payload=codec.dump(Dismissed()),
                at=SystemClock().now(),
            )
        )
    finally:
        desk.close()
    print(f"{name} is to end." if told else f"{name} was told to end before.")
    return 0


def _wanted(reader: StoreReader, options: argparse.Namespace) -> list[SessionRow]:
    """One more than are shown, which tells that there are more."""
    every = options.flow is not None or options.waiting
    most = options.last + 1
    found: list[SessionRow] = []
    for row in reader.latest(-1 if every else most, only_open=options.open or options.waiting):
        session = session_of(row)
        if options.flow is not None and (session is None or session.flow != options.flow):
            continue
        if options.waiting and (session is None or not (session.awaits_text or session.form_id)):
            continue
        found.append(row)
        if len(found) == most:
            break
    return found


def _account(row: SessionRow, journal: Sequence[JournalRow]) -> dict[str, object]:
    """All that there is to say of one, in the order of the card."""
    from botkit.cli.journal_words import how_it_ended

    session = session_of(row)
    person = session.person if session else None
    turns = [line for line in journal if line.kind == "turn"]
    return {
        "id": row.id,
        "flow": session.flow if session else "",
        "channel": str(session.channel) if session else "",
        "person": (person.name or person.email or person.id) if person else "",
        "turns": row.revision,
        "open": row.open,
        "at": _place(turns[-1]) if turns else "",
        "waits for": _awaited(session) if row.open else "",
        "since": turns[-1].at.isoformat() if turns else "",
        "deadline": row.deadline.isoformat() if row.deadline else "",
        "ended": "" if row.open else how_it_ended(journal),
        "pruned": LINES_GONE if pruned(row, journal) else "",
        "last error": _last_error(journal),
    }


def _awaited(session: Session | None) -> str:
    """What would let it go on."""
    from botkit.model.session import Channel

    if session is None:
        return "nothing: it cannot be read"
    who = "anybody" if session.from_anyone else "the person"
    if session.channel is Channel.CALL:
        return "the caller"
    if session.form_id:
        return f"a form of {who}, or a message" if session.awaits_text else f"a form of {who}"
    if session.awaits_text:
        return f"a message of {who}" + (" with a file" if session.awaits_files else "")
    if session.busy:
        return "a step handler or a server"
    return "a moment" if session.deadline is not None else "an effect"


def _place(turn: JournalRow) -> str:
    """Flow, step and line where its last turn came to rest."""
    from botkit.cli.journal_words import data_of

    try:
        reason = data_of(turn)["why"][-1]
        return f"{reason['flow']}:{reason['line']} {reason['verb']}"
    except (LookupError, TypeError, ValueError):
        return ""


def _last_error(journal: Sequence[JournalRow]) -> str:
    """When, and what: a line `failed`, or a result that told of a fault."""
    from botkit.cli.journal_words import data_of

    for line in reversed(journal):
        try:
            error = _error(line.kind, data_of(line))
        except (AttributeError, LookupError, TypeError, ValueError):
            continue
        if error:
            return f"{line.at:%Y-%m-%d %H:%M:%S} {error}"
    return ""


def _error(kind: str, data: Mapping[str, Any]) -> str:
    from botkit.cli.journal_words import input_words

    if kind == "failed":
        return str(data["error"])
    if kind == "turn":
        _, fields = data["input"]
        if fields.get("error") or fields.get("outcome") == "failed":
            return input_words(data["input"])
    return ""


def _list(found: Sequence[Mapping[str, object]]) -> None:
    """The id on a line of its own, in one piece, to be copied into the next command: it may be longer than a
    terminal is wide."""
    for each in found:
        print(plain(each["id"]))
        awaited = f"waits for {each['waits for']}" if each["open"] else f"over: {each['ended']}"
        about = [each["at"] or each["flow"], each["person"], awaited]
        about.append(f"since {_short(each['since'])}" if each["since"] else "")
        about.append(f"until {_short(each['deadline'])}" if each["deadline"] else "")
        print("  " + "; ".join(plain(part) for part in about if part))
        if each["last error"]:
            print("  last error: " + plain(each["last error"])[:120])


def _show(account: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(account, indent=2, ensure_ascii=False))
        return
    for name, value in account.items():
        shown = {True: "yes", False: "no"}[value] if isinstance(value, bool) else plain(value)
        if shown:
            print(f"{name + ':':<12}{shown}")


def _short(moment: object) -> str:
    """UTC, without the fractions."""
    return f"{datetime.fromisoformat(str(moment)):%Y-%m-%d %H:%M:%S}" if moment else ""
