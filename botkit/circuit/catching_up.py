"""What was missed while the link was down, fetched from what the server keeps, within bounds.

Events are not repeated, items stay: messages, their edits, calls that nobody took, conversations that the
bot was brought into. Submissions of forms, typing and presence are told once and kept nowhere.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from botkit.model.events import CaughtUp
from botkit.model.plural import counted
from botkit.ports.clock import Clock

from .errors import CircuitError, Disconnected
from .events import CallLogged, CircuitEvent, ItemAdded, ItemUpdated, NoticeAdded
from .session import CircuitSession
from .shapes import CallLog, ConversationRecord, Entry, Notice, TextItem, TextState

log = logging.getLogger(__name__)

OLDEST = timedelta(hours=24)
"""How old a message may be to be answered still."""
MOST_CONVERSATIONS = 1000
"""Looked through, those with the newest items."""
MOST_OF_ONE = 1000
"""Items of one conversation, the newest."""
MOST_ITEMS = 10_000
"""Items of all conversations together."""
PAGE = 100
"""Conversations asked for at once."""
MOST_IN_TROUBLE = 3
"""Conversations that the server cannot tell of, before it counts as one that can tell nothing."""

LOOK_AGAIN, LONGEST_LOOK_AGAIN = 60.0, 3600.0
"""Seconds until what could not be told is looked for again; doubled each time. Once it is older than `OLDEST`
it is let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp(CircuitEvent):
    """Time to look for what came while the link was down, or while too much waited for the sink."""

    away: bool
    """The link was down."""
    patient: bool = True
    """It is tried until it is done, or a part of it; else once, for what such a part has left."""


class CatchUps:
    """When to look."""

    def __init__(self, clock: Clock, look: Callable[[CatchUp], None]) -> None:
        """`look` puts one behind what waits for the sink."""
        self._clock = clock
        self._look = look
        self._waits = False
        self._pause = LOOK_AGAIN
        self._later: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Soon. One finds what however many want of it."""
        if not self._waits:
            self._waits = True
            self._look(CatchUp(away=False))

    def begun(self) -> None:
        """It waits no more: whoever wants one now wants another."""
        self._waits = False

    def ask_later(self) -> None:
        """After a pause, for what could not be told now."""
        if self._later is None or self._later.done():
            self._later = asyncio.create_task(self._ask_after(self._pause))
            self._pause = min(2 * self._pause, LONGEST_LOOK_AGAIN)

    def all_is_told(self) -> None:
        """There is nothing to look for again."""
        self._pause = LOOK_AGAIN

    async def close(self) -> None:
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)

    async def _ask_after(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._look(CatchUp(away=False, patient=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """What came of it."""

    events: Sequence[CircuitEvent]
    """As they would have been told, in the order of the server's times."""
    conversations: Sequence[ConversationRecord]
    """Those with news, as they stand now."""
    newest: datetime | None
    """When the newest item of all was added or changed, by the server's clock; None = there is none."""
    left_out: tuple[str, ...]
    """What the bounds cut off, for people."""


async def missed(session: CircuitSession, since: datetime | None, *, in_part: bool = False) -> Missed:
    """What happened at or after `since`, by the server's clock; None = only look how far that clock is.

    Raises `CircuitError`. A conversation that the server refuses to show is left out; `in_part`: also a few
    that it cannot tell of now.
    """
    if since is None:
        latest = await session.conversations.latest(1)
        newest = max((each.last_item_at for each in latest if each.last_item_at), default=None)
        return Missed(events=(), conversations=(), newest=newest, left_out=())
    look = _Look(session, since, max(since, session.clock.now() - OLDEST), MOST_IN_TROUBLE if in_part else 0)
    return await look.through()


class _Look:
    def __init__(self, session: CircuitSession, since: datetime, oldest: datetime, in_trouble: int) -> None:
        """`in_trouble`: how many conversations may be left out of which the server cannot tell now."""
        self._session = session
        self._in_trouble = in_trouble
        self._since = since
        self._oldest = oldest
        self._found: list[tuple[datetime, CircuitEvent]] = []
        self._left_out: list[str] = []

    async def through(self) -> Missed:
        records, newest = await self._with_news()
        for number, record in enumerate(records):
            if len(self._found) >= MOST_ITEMS:
                self._leave_out(f"what is new in {counted(len(records) - number, 'more conversation')}")
                break
            try:
                await self._look_at(record)
            except CircuitError as error:
                if not error.lasting:
                    if isinstance(error, Disconnected) or not self._in_trouble:
                        raise
                    self._in_trouble -= 1
                self._leave_out(f"what is new in the conversation {record.conversation.id}: {error}")
        # Stable: what came in one moment keeps the order of its conversation.
        self._found.sort(key=lambda each: each[0])
        # What is newer than the first look may be there of one conversation and be missing of another: it is
        # told live, or found by the next look.
        return Missed(
            events=[event for at, event in self._found if newest is None or at <= newest],
            conversations=records,
            newest=newest,
            left_out=tuple(self._left_out),
        )

    async def _with_news(self) -> tuple[Sequence[ConversationRecord], datetime | None]:
        found: dict[str, ConversationRecord] = {}
        newest: datetime | None = None
        before: datetime | None = None
        while True:
            page = await self._session.conversations.latest(PAGE, before)
            moments = [each.last_item_at for each in page if each.last_item_at]
            newest = max((*moments, *([newest] if newest else ())), default=None)
            known = len(found)
            for each in page:
                if each.last_item_at and each.last_item_at >= self._since:
                    found.setdefault(each.conversation.id, each)
            if len(page) < PAGE or len(found) == known or min(moments) < self._since:
                return list(found.values()), newest
            if len(found) >= MOST_CONVERSATIONS:
                self._leave_out(f"what is new in other conversations than the {len(found)} with the newest")
                return list(found.values()), newest
            before = min(moments) + timedelta(milliseconds=1)

    async def _look_at(self, record: ConversationRecord) -> None:
        name = record.conversation.id
        if record.last_item_at and record.last_item_at < self._oldest:
            self._leave_out(f"what was new in the conversation {name} before {self._oldest:%d %b %H:%M} UTC")
            return
        entries: list[Entry] = []
        async for entry in self._session.items.back_from_newest(name):
            if entry.created_at < self._since:
                break
            if entry.created_at < self._oldest or len(entries) == MOST_OF_ONE:
                first = entries[-1].created_at if entries else self._oldest
                self._leave_out(f"what was new in the conversation {name} before {first:%d %b %H:%M:%S} UTC")
                break
            entries.append(entry)
        for entry in reversed(entries):
            if event := _told(entry):
                self._found.append((entry.created_at, event))
        for item in await self._session.items.changed_since(name, self._oldest):
            # Also of a message that is new: it may have been heard just before the line broke.
            if item.state == TextState.EDITED:
                self._found.append((item.modified_at, ItemUpdated(updated=item)))

    def _leave_out(self, what: str) -> None:
        self._left_out.append(what)


def _told(entry: Entry) -> CircuitEvent | None:
    match entry.what:
        case TextItem() as item:
            return ItemAdded(added=item)
        case Notice() as notice:
            return NoticeAdded(notice=notice)
        case CallLog() as logged:
            return CallLogged(logged=logged)
        case None:
            return None


def caught_up(
    receipt: str, since: datetime, at: datetime, delivered: int, left_out: Sequence[str]
) -> CaughtUp:
    """What came since then is told: so many events of it. The log has it, too."""
    for what in left_out:
        log.error("left out of what came since %s: %s", since.isoformat(timespec="seconds"), what)
    if delivered:
        events = counted(delivered, "event")
        log.info("made up for %s since %s", events, since.isoformat(timespec="seconds"))
    return CaughtUp(
        event_id=f"caught_up:{receipt}", at=at, since=since, delivered=delivered, left_out=tuple(left_out)
    )
