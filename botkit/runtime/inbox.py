"""The inbox: every event is kept before anybody looks at it, then taken in order per key."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from botkit.model import codec
from botkit.model.conversations import ConversationKind
from botkit.model.events import (
    CallEnded,
    CallOffered,
    Event,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
)
from botkit.ports.clock import Clock
from botkit.ports.store import InboxRow, StoreError

from . import journal
from .ledger import Cause, Ledger
from .turn import TurnFailed

log = logging.getLogger(__name__)

TURNS_AT_ONCE = 64
"""Rows of different keys under way together."""
STORE_PAUSE = 1.0
"""Seconds until a row is tried again that the store refused."""


def row_of(event: Event) -> InboxRow:
    """The inbox row of a platform's event."""
    row_id = call_end_id(event.call_id) if isinstance(event, CallEnded) else event.event_id
    return InboxRow(id=row_id, key=_key(event), payload=codec.dump(event), at=event.at)


def call_end_id(call_id: str) -> str:
    """The one inbox id of a call's end, whoever tells of it first."""
    return f"call:{call_id}:ended"


def _key(event: Event) -> str:
    match event:
        case MessageReceived() | MessageEdited():
            key = f"conversation:{event.conversation.id}"
            if event.conversation.kind is not ConversationKind.DIRECT and event.item.thread_id:
                # A slow handler of one thread holds up no other.
                key += f":{event.item.thread_id}"
            return key
        case FormSubmitted():
            return f"form:{event.form_id}"
        case CallOffered():
            return f"call:{event.call.id}"
        case CallEnded():
            return f"call:{event.call_id}"
        case _:
            return f"event:{type(event).__name__}"


class Inbox:
    """Takes rows, one at a time per key and a bounded number at once, and has them handled."""

    def __init__(self, ledger: Ledger, clock: Clock, handle: Callable[[InboxRow], Awaitable[None]]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._handle = handle
        self._turns: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; the turns under way then go on, see `drain`."""
        wake_up = self._ledger.inbox
        while True:
            wake_up.clear()
            try:
                while len(self._turns) < TURNS_AT_ONCE and (row := await self._ledger.store.take()):
                    turn = asyncio.create_task(self._turn(row))
                    self._turns.add(turn)
                    turn.add_done_callback(self._turn_is_over)
            except StoreError as error:
                log.error("no event can be taken: %s", error)
                await self._clock.sleep(STORE_PAUSE)
                continue
            await wake_up.wait()

    async def drain(self) -> None:
        """Wait for the turns under way."""
        while self._turns:
            await asyncio.wait(self._turns)

    def _turn_is_over(self, turn: asyncio.Task[None]) -> None:
        self._turns.discard(turn)
        if not turn.cancelled() and (error := turn.exception()) is not None:
            log.error("a turn waits for the next start: %r", error)
        self._ledger.inbox.set()

    async def _turn(self, row: InboxRow) -> None:
        try:
            try:
                await self._handle(row)
            except StoreError:
                raise
            except TurnFailed:
                log.debug("the event %s was set aside by its turn", row.id)
            except Exception as error:
                # A bug, ours or the engine's: this row alone is lost, with a trace, and the bot goes on.
                log.exception("the event %s could not be dealt with and is set aside", row.id)
                fault = journal.failed(_session_of(row), row.id, repr(error), self._clock.now())
                await self._ledger.settle(Cause(done=row.id), fault)
        except StoreError as error:
            log.error("the store refused the turn of %s, which is tried again: %s", row.id, error)
            await self._clock.sleep(STORE_PAUSE)
            await self._ledger.store.give_back(row.id)


def _session_of(row: InboxRow) -> str:
    return row.key.removeprefix("session:") if row.key.startswith("session:") else ""
