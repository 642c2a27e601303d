"""Posts, each once.

The wire takes no id of ours, so once is an algorithm: the store allows one post in flight per
conversation and notes when its first try began; before every further try, after an error or a crash,
the platform is asked whether the message stands there already.
"""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from botkit.model.effects import Post, React, SendMessage
from botkit.model.items import Item, OutgoingMessage
from botkit.ports.blobs import Blobs
from botkit.ports.clock import Clock
from botkit.ports.connector import Attachment, Connector, ConnectorError
from botkit.ports.store import Commit, OutboxRow

from . import attaching, journal
from .addressing import sending
from .ledger import Ledger

T = TypeVar("T")

log = logging.getLogger(__name__)

SKEW = timedelta(seconds=30)
"""How far the platform's clock may be behind ours."""
PATIENCE = timedelta(hours=24)
"""How long a message waits for a platform that cannot be reached."""
MOST_POSTED = 1000
"""Items remembered: what one bot may post in a while longer than `SKEW`, at the pace of a platform."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two tries; doubled each time."""


class Posting:
    """Performs `SendMessage`, `Post` and `React`. Raises `ConnectorError` when one is given up."""

    def __init__(self, ledger: Ledger, connector: Connector, blobs: Blobs | None, clock: Clock) -> None:
        self._ledger = ledger
        self._connector = connector
        self._blobs = blobs
        self._clock = clock
        self._posted: deque[str] = deque(maxlen=MOST_POSTED)
        """Items that stand for other messages, of whatever session, whether the journal has them yet or
        not."""

    async def send(self, row: OutboxRow, effect: SendMessage) -> Commit:
        """Post a message whose address is known. Without those of its files that cannot be had, or that
        the platform does not take: the text matters more."""
        message = effect.message
        if message.form is not None and not self._connector.capabilities.forms:
            message = replace(message, form=None)
        files: Sequence[Attachment] = ()
        missing: dict[str, str] = {}
        if effect.files:
            files, missing = await attaching.read(self._blobs, effect.files, self._clock.now())
        if missing:
            message = attaching.lacking(message)
        try:
            item, found = await self._once(row, message, files)
        except ConnectorError as error:
            if not files or not error.lasting:
                raise
            log.error("the message %s goes without its files: %s", row.id, error)
            message = message if missing else attaching.lacking(message)
            missing = dict.fromkeys(effect.files, error.paragraph()) | missing
            item, found = await self._once(row, message, (), tried=True)
        self._posted.append(item.id)
        now = self._clock.now()
        lines = [journal.failed(row.session_id, ref, error, now) for ref, error in missing.items()]
        posted = journal.posted(row.session_id, effect.origin, message, item, found=found, at=now)
        lines.append(journal.without(posted, effect.hidden))
        return Commit(confirmed=(row.id,), journal=lines)

    async def _once(
        self, row: OutboxRow, message: OutgoingMessage, files: Sequence[Attachment], *, tried: bool = False
    ) -> tuple[Item, bool]:
        """The message as it stands on the platform, and whether it stood there already; `tried` = it was
        tried before, by this process."""
        unsure = tried or row.attempted_at is not None
        since = row.attempted_at or self._clock.now()
        if not unsure:
            await self._ledger.store.attempt(row.id, since)

        async def post() -> tuple[Item, bool]:
            nonlocal unsure
            if unsure and (found := await self._standing(row.session_id, message, since)):
                return found, True
            unsure = True
            return await self._connector.chat.post(message, files), False

        return await self._patiently(row.id, since, post)

    async def address(self, row: OutboxRow, effect: Post) -> Commit:
        """Look up where a message goes; it then waits its turn in that conversation."""
        conversation = await self._patiently(
            row.id, self._clock.now(), lambda: self._connector.chat.conversation_for(effect.to)
        )
        message = OutgoingMessage(conversation_id=conversation.id, text=effect.text, subject=effect.subject)
        addressed = sending(
            row.session_id,
            f"{row.id}:sent",
            message,
            origin=effect.id,
            files=effect.files,
            hidden=effect.hidden,
        )
        return Commit(confirmed=(row.id,), outbox=(addressed,))

    async def react(self, row: OutboxRow, effect: React) -> Commit:
        """React to a message. Whether it was done before a crash need not be known: twice is once."""
        await self._patiently(
            row.id, self._clock.now(), lambda: self._connector.chat.react(effect.item_id, effect.reaction)
        )
        return Commit(
            confirmed=(row.id,), journal=(journal.reacted(row.session_id, effect, self._clock.now()),)
        )

    async def _patiently(self, what: str, since: datetime, attempt: Callable[[], Awaitable[T]]) -> T:
        """`attempt` until it works. Raises the `ConnectorError` that lasts, or has lasted too long."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await attempt()
            except ConnectorError as error:
                if error.lasting or self._clock.now() - since > PATIENCE:
                    raise
                log.warning("%s is tried again in %g s: %s", what, pause, error)
            await self._clock.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _standing(self, session_id: str, message: OutgoingMessage, since: datetime) -> Item | None:
        """The message as it stands on the platform already, if it does."""
        items = await self._connector.chat.own_items_since(message.conversation_id, since - SKEW)
        # An earlier message of the same words is not this one.
        alike = [item for item in items if _is(item, message) and item.id not in self._posted]
        if alike:
            accounted = await self._accounted(session_id, since - 2 * SKEW)
            alike = [item for item in alike if item.id not in accounted]
        return alike[0] if alike else None

    async def _accounted(self, session_id: str, since: datetime) -> set[str]:
        """Items that the journal says other messages are: of this session, and of any since then."""
        rows = await self._ledger.store.journal(session_id)
        lines = await self._ledger.store.lines_since("posted", since)
        lines = [*lines, *(row.data for row in rows if row.kind == "posted")]
        return {json.loads(line)["item"] for line in lines}


def _is(item: Item, message: OutgoingMessage) -> bool:
    if message.form is not None:
        return item.form_id == message.form.id
    if message.thread_id and item.thread_id != message.thread_id:
        return False
    # Platforms keep the words, not every space between them.
    return not item.form_id and item.text.split() == message.text.split()
