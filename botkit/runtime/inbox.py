"""The inbox: events wait in line, and are taken in order per key."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

from botkit.model import codec
from botkit.model.conversations import ConversationKind
from botkit.model.events import (
    CallEnded,
    CallMissed,
    CallOffered,
    ConversationJoined,
    Event,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
    ScheduleDue,
    WebhookReceived,
)
from botkit.ports.clock import Clock
from botkit.ports.log_context import EVENT, at_work_on_nothing, work_on_key
from botkit.ports.store import LIGHT, Commit, InboxRow, StoreError

from .ledger import Ledger
from .poison import DEATHS, FIRST_PAUSE, TRIES, deadly, set_aside, set_input_aside, suspect
from .turn import TurnFailed

log = logging.getLogger(__name__)

TURNS_AT_ONCE = 64
"""Rows of different keys under way together."""
RESTING_AT_ONCE = 1000
"""Rows beside them that wait for their next try."""
STORE_PAUSE = 1.0
"""Seconds until a row is tried again that the store refused."""
CHANGEABLE = (FormSubmitted, PlatformEvent, WebhookReceived)
"""Events whose data a handler may change in its hands: each try has it as it came."""


def row_of(event: Event) -> InboxRow:
    """The inbox row of an event that is to be kept."""
    row_id = call_end_id(event.call_id) if isinstance(event, CallEnded) else event.event_id
    payload = codec.dump(event)
    loaded = None if len(payload) > LIGHT or isinstance(event, CHANGEABLE) else event
    return InboxRow(id=row_id, key=_key(event), payload=payload, at=event.at, loaded=loaded)


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
        case ConversationJoined() | CallMissed():
            return f"conversation:{event.conversation.id}"
        case FormSubmitted():
            return f"form:{event.form_id}"
        case CallOffered():
            return f"call:{event.call.id}"
        case CallEnded():
            return f"call:{event.call_id}"
        case ScheduleDue():
            return f"schedule:{event.schedule}"
        case WebhookReceived():
            return event.event_id  # none holds up another, also not one of the same sender
        case _:
            return f"event:{type(event).__name__}"


class Inbox:
    """Takes rows, one at a time per key and a bounded number at once, and has them handled.

    What fails is tried again, set aside at last, and holds up its own key alone.
    """

    def __init__(self, ledger: Ledger, clock: Clock, handle: Callable[[InboxRow], Awaitable[None]]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._handle = handle
        self._turns: dict[str, asyncio.Future[None]] = {}
        """By the rows' ids, done when they are over."""
        self._keys: Counter[str] = Counter()
        """Those of the rows of `_turns`. The store lets go of one a moment before its turn is over."""
        self._resting: set[str] = set()
        """Those of `_turns` that wait for their next try."""
        self._suspecting = False
        """A row is dealt with alone."""
        self._noted: set[str] = set()
        """Rows that this process noted it began, and is not done with: a next try of its own is no death."""
        self._stopping = False

    async def run(self) -> None:
        """Until cancelled; the turns under way then go on, see `drain`."""
        wake_up = self._ledger.inbox
        while True:
            wake_up.clear()
            try:
                while self._at_work < TURNS_AT_ONCE and (row := await self._ledger.store.take()):
                    if suspect(row):
                        await self._alone(row)
                    else:
                        self._begin(row)
            except StoreError as error:
                log.error("no event can be taken: %s", error)
                await self._clock.sleep(STORE_PAUSE)
                continue
            await wake_up.wait()

    async def drain(self) -> None:
        """Wait for the turns under way. Those that wait for their next try are left to the next start."""
        self._stopping = True
        for resting in self._resting:
            self._turns[resting].cancel()
        while self._turns:
            await asyncio.wait(self._turns.values())

    @property
    def _at_work(self) -> int:
        return len(self._turns) - min(len(self._resting), RESTING_AT_ONCE)

    def _begin(self, row: InboxRow) -> None:
        self._keys[row.key] += 1
        self._turns[row.id] = asyncio.create_task(self._turn(row))

    async def deal_with_new(self, event: Event) -> bool | None:
        """Deal with an event that nobody keeps, at once; back when what came of it is written. False when it
        was dealt with before. None: it has to be kept and wait, for others or for its next try."""
        row = InboxRow(id=event.event_id, key=_key(event), payload=b"", at=event.at, loaded=event)
        room = len(self._turns) < TURNS_AT_ONCE and not (self._suspecting or self._stopping)
        if not room or row.key in self._keys or not self._ledger.store.accept(row):
            return None
        self._keys[row.key] += 1
        self._turns[row.id] = over = asyncio.get_running_loop().create_future()
        EVENT.set(row.id)
        work_on_key(row.key)
        failed = False
        try:
            await self._handle(row)
        except StoreError as error:
            # If it can be: a turn that the store refuses by itself must not hold up who delivers.
            log.error("the store refused the turn of %s, which is kept for its next try: %s", row.id, error)
            failed = True
        except Exception:
            # Its tries are those of a row that is kept.
            log.warning("the event %s is kept for its next try", row.id, exc_info=True)
            failed = True
        finally:
            done = self._ledger.store.release(row.id)
            at_work_on_nothing()
            self._over(row)
            over.set_result(None)
            if self._ledger.store.any_wait:
                self._ledger.inbox.set()
        return done if done or not failed else None

    async def _alone(self, row: InboxRow) -> None:
        """Deal with a row while nothing else is dealt with: should the process die, it is known of what."""
        self._suspecting = True
        while others := self._turns.keys() - self._resting:
            await asyncio.wait([self._turns[other] for other in others], return_when=asyncio.FIRST_COMPLETED)
        self._begin(row)
        while row.id in self._turns and row.id not in self._resting:
            self._ledger.inbox.clear()
            await self._ledger.inbox.wait()
        self._suspecting = False

    async def _turn(self, row: InboxRow) -> None:
        EVENT.set(row.id)
        work_on_key(row.key)
        try:
            await self._deal_with(row)
        except Exception as error:
            log.error("a turn waits for the next start: %r", error)
        finally:
            # Here, and not when the task is seen to be done, which would be a round of the loop more.
            self._over(row)
            self._ledger.inbox.set()

    def _over(self, row: InboxRow) -> None:
        del self._turns[row.id]
        self._keys[row.key] -= 1
        if not self._keys[row.key]:
            del self._keys[row.key]

    async def _deal_with(self, row: InboxRow) -> None:
        try:
            if deadly(row):
                cause = f"{DEATHS} processes died while they dealt with it"
                log.error("the event %s is set aside: %s", row.id, cause)
                await self._ledger.commit(set_aside(row, cause, DEATHS, self._clock.now()))
                return
            if row.begun is not None and row.id not in self._noted:
                await self._ledger.store.begin(row.id)
                self._noted.add(row.id)
            aside = await self._tried(row)
            if aside is not None:
                await self._ledger.commit(aside)
            self._noted.discard(row.id)
        except StoreError as error:
            log.error("the store refused the turn of %s, which is tried again: %s", row.id, error)
            await self._rest(row, STORE_PAUSE)
            await self._ledger.store.give_back(row.id)

    async def _tried(self, row: InboxRow) -> Commit | None:
        """Handle a row, several times if need be; what to write when that is of no use."""
        tries = 0
        while True:
            try:
                await self._handle(row)
                return None
            except StoreError:
                raise
            except Exception as error:
                # A bug, ours or the engine's: this row alone is lost for now, and the bot goes on.
                tries += 1
                if isinstance(error, TurnFailed) and error.over:
                    return None
                if tries == TRIES:
                    log.exception("the event %s could not be dealt with and is set aside", row.id)
                    return self._aside(row, error)
                pause = FIRST_PAUSE * 2 ** (tries - 1)
                log.warning("the event %s is tried again in %g s", row.id, pause, exc_info=True)
            await self._rest(row, pause)

    def _aside(self, row: InboxRow, error: Exception) -> Commit:
        now = self._clock.now()
        if isinstance(error, TurnFailed):
            return set_input_aside(row, error, now)
        return set_aside(row, repr(error), TRIES, now)

    async def _rest(self, row: InboxRow, seconds: float) -> None:
        """Meanwhile another key may be dealt with."""
        if self._stopping:
            raise asyncio.CancelledError
        self._resting.add(row.id)
        self._ledger.inbox.set()
        try:
            await self._clock.sleep(seconds)
        finally:
            self._resting.discard(row.id)
