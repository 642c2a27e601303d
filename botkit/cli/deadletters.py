"""`botkit deadletters`: what a bot has given up, and what is to become of it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botkit.cli.past import add_place, add_place_to, at_desk, count, uncut
from botkit.model.errors import UsageError

if TYPE_CHECKING:
    from botkit.ports.store import DeadLetter
    from botkit.store.reading import Desk

HELP = "list what the bot has given up, send it again, or drop it"
DESCRIPTION = """\
Events that could be dealt with in no way, and messages and webhooks that could not be delivered, are kept as
dead letters, each with its cause. The bot may be running: what is sent again goes to the end of its queue,
and it takes it up within a second; else at its next start.

A webhook that is sent again bears the id it had, so its receiver can tell that it had it already. Of a
message look first whether it stands there: it is posted as a new one.

What people wrote is shown by `show --content` alone: it may hold what they told in confidence. Secrets of
bot.yaml are in no letter."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_place(parser)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="those that are kept, newest first")
    listing.add_argument("--last", type=count, default=100, metavar="N", help="how many (default 100)")
    listing.add_argument("--json", action="store_true", help="as JSON")
    show = actions.add_parser("show", help="one of them, with its whole cause")
    show.add_argument("id", metavar="ID")
    show.add_argument("--content", action="store_true", help="also what it says")
    resend = actions.add_parser("resend", help="let them try again, as if they had just come")
    which = resend.add_mutually_exclusive_group(required=True)
    which.add_argument("ids", nargs="*", metavar="ID", default=[])
    which.add_argument("--all", action="store_true", help="all of them, oldest first")
    drop = actions.add_parser("drop", help="forget them for good")
    drop.add_argument("ids", nargs="+", metavar="ID")
    add_place_to((listing, show, resend, drop))


def run(options: argparse.Namespace) -> int:
    desk = at_desk(options)
    try:
        match options.action:
            case "list":
                letters = uncut(desk.dead_letters(options.last + 1), options.last)
                _list(letters, as_json=options.json)
            case "show":
                _show(_known(desk, options.id), content=options.content)
            case "resend":
                every = (letter.id for letter in reversed(desk.dead_letters(-1)))
                ids = list(every) if options.all else options.ids
                _each(ids, desk.revive, "is to try again")
            case _:
                _each(options.ids, desk.drop, "is dropped")
    finally:
        desk.close()
    return 0


def _list(letters: Sequence[DeadLetter], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([_facts(letter) for letter in letters], indent=2, ensure_ascii=False))
        return
    if not letters:
        print("There is no dead letter.")
    for letter in letters:
        at = f"{letter.at:%Y-%m-%d %H:%M:%S}"
        print(f"{at}  {_plain(letter.id)}  {_plain(what(letter))}: {_plain(letter.cause)[:120]}")


def _show(letter: DeadLetter, *, content: bool) -> None:
    for name, value in _facts(letter).items():
        print(f"{name + ':':<10}{_plain(value)}")
    if content:
        print()
        print(_plain(letter.payload.decode(errors="replace")))


def _facts(letter: DeadLetter) -> dict[str, object]:
    return {
        "id": letter.id,
        "what": what(letter),
        "given up": letter.at.isoformat(),
        "tries": letter.tries,
        "session": letter.session_id,
        "cause": letter.cause,
    }


def what(letter: DeadLetter) -> str:
    """What it was, without what it says."""
    from botkit.model import codec
    from botkit.model.effects import Post, SendMessage, SendWebhook

    try:
        value = codec.load(letter.payload)
    except ValueError:
        return f"an {letter.kind} that cannot be read"
    match value:
        case SendWebhook(receiver=receiver, type=kind):
            return f"webhook {kind} for {receiver}"
        case SendMessage(message=message):
            return f"message into {message.conversation_id}"
        case Post(to=to):
            return f"message to {to}"
        case _:
            return f"{letter.kind} {type(value).__name__}"


def _known(desk: Desk, dead_id: str) -> DeadLetter:
    letter = desk.dead_letter(dead_id)
    if letter is None:
        raise _none(dead_id)
    return letter


def _each(ids: Sequence[str], act: Callable[[str], bool], done: str) -> None:
    """All of them, then an error for those that are not there."""
    missing = ""
    for dead_id in ids:
        if act(dead_id):
            print(f"{_plain(dead_id)} {done}.")
        else:
            missing = missing or dead_id
    if missing:
        raise _none(missing)
    if not ids:
        print("There is no dead letter.")


def _none(dead_id: str) -> UsageError:
    return UsageError(
        f"There is no dead letter {_plain(dead_id)[:80]!r}.", remedy="`botkit deadletters list` lists them."
    )


def _plain(text: object) -> str:
    from botkit.cli.journal_words import quoted

    return quoted(text)[1:-1]
