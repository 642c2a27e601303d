"""Events that cannot be dealt with: they are tried again, then set aside as dead letters, with their cause.

Nothing of such an event is half done: what handlers wanted with it waits with it. An input that the engine
fails at leaves its session as it stood, to go on from there when the letter is revived. Meanwhile the person
is told, and may begin anew: messages find the session no more, only the forms that it posted, its call, and
its deadline, unless that is what failed.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from botkit.flow.wording import Wording
from botkit.model import codec
from botkit.model.inputs import Begin, DeadlineReached
from botkit.model.session import Channel, SessionStart
from botkit.ports.store import Commit, DeadKind, DeadLetter, InboxRow, OutboxRow, SessionRow

from . import addressing, journal, places
from .turn import TurnFailed

TRIES = 3
"""How often an event is tried by one process."""
FIRST_PAUSE = 1.0
"""Seconds between the first two tries; doubled each time."""
DEATHS = 3
"""Processes that may die of an event."""


def deadly(row: InboxRow) -> bool:
    """Whether so many processes have died while they dealt with `row` that no further one should."""
    # The first one has not noted that it began.
    return row.begun is not None and row.begun >= DEATHS - 1


def suspect(row: InboxRow) -> bool:
    """Whether a process has died that had begun `row` when it was left behind already."""
    return bool(row.begun)


def set_aside(row: InboxRow, cause: str, tries: int, now: datetime) -> Commit:
    """`row`, as it came."""
    session_id = row.key.removeprefix("session:") if row.key.startswith("session:") else ""
    letter = DeadLetter(
        id=row.id,
        kind=DeadKind.EVENT,
        key=row.key,
        session_id=session_id,
        payload=row.payload,
        at=now,
        tries=tries,
        cause=cause,
    )
    return Commit(done=row.id, journal=(journal.failed(session_id, row.id, cause, now),), dead=(letter,))


def set_input_aside(row: InboxRow, failed: TurnFailed, now: datetime) -> Commit:
    """What `row` was to its session, and the session out of its person's way."""
    session, given, cause = failed.session, failed.given, failed.cause
    kept = None
    if isinstance(given, Begin):
        payload = codec.dump(
            SessionStart(
                session=session,
                text=given.text,
                item_id=given.item_id,
                inputs=given.inputs,
                start=given.start,
                event=given.event,
            )
        )
    else:
        payload = codec.dump(given)
        kept = _out_of_the_way(places.row_of(replace(session, revision=session.revision + 1)))
        if isinstance(given, DeadlineReached):
            kept = replace(kept, deadline=None)  # it would come again and again
    told: tuple[OutboxRow, ...] = ()
    if session.channel is Channel.CHAT:
        apology = addressing.here(session, Wording().text("apology"))
        told = (addressing.sending(session.id, f"{row.id}:aside:{now.timestamp()}", apology),)
    return Commit(
        done=row.id,
        session=kept,
        journal=(journal.failed(session.id, row.id, str(failed), now),),
        outbox=(*cause.outbox, *told),
        inbox=cause.inbox,
        dead=(
            DeadLetter(
                id=row.id,
                kind=DeadKind.EVENT,
                key=places.session_key(session.id),
                session_id=session.id,
                payload=payload,
                at=now,
                tries=TRIES,
                cause=str(failed),
            ),
        ),
    )


def _out_of_the_way(row: SessionRow) -> SessionRow:
    kept = tuple(place for place in row.places if place.startswith((places.CALLS, places.FORMS)))
    return replace(row, places=kept)
