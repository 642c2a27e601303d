"""`ports.connector.Connector` on Circuit: one bot's session, its events told in botkit's words."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from botkit.model.events import (
    CallMissed,
    ConnectionChanged,
    ConnectionState,
    ConversationJoined,
    Event,
    FormSubmitted,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
)
from botkit.model.items import Item
from botkit.model.users import User
from botkit.ports.connector import Calls, Capabilities, Chat, ConversationWebhooks, Directory, EventSink

from . import catching_up, events
from .catching_up import CatchUp, CatchUps, caught_up
from .chat import CircuitChat
from .directory import CircuitDirectory
from .errors import CircuitError, Disconnected
from .patience import patiently
from .phone import CircuitCalls
from .read import milliseconds
from .recent import Recent
from .session import CircuitSession
from .shapes import CallLog, Notice, TextItem, TextState
from .text import after_address

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Events that may wait for the sink. Of more of them the messages are fetched anew once the sink is back; the
rest, which nobody keeps, is lost with an error in the log."""
MOST_DELIVERED = 2_000
"""Items remembered as delivered, so that a mention and a catch-up do not tell them again."""
FIRST_LOOK = timedelta(seconds=30)
"""What is looked back when the link breaks before the server's clock is known."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)
"""Of the server's clock."""

_KEPT = (events.ItemAdded, events.ItemUpdated, events.NoticeAdded, events.Mentioned)
"""What the server tells again when asked for the items since a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done(events.CircuitEvent):
    """The bot's own doing led to this."""

    event: Event


class CircuitConnector:
    """A bot on Circuit."""

    capabilities = Capabilities()
    chat: Chat
    directory: Directory
    calls: Calls
    conversation_webhooks: ConversationWebhooks

    def __init__(self, session: CircuitSession) -> None:
        """The session is the connector's own from now on: `start` logs it on, `close` closes it."""
        self.session = session
        self._directory = CircuitDirectory(session)
        self._chat = CircuitChat(session, self._directory)
        self._calls = CircuitCalls(session, self._directory, lambda event: self._hear(_Done(event=event)))
        self.chat, self.directory, self.calls = self._chat, self._directory, self._calls
        self.conversation_webhooks = session.conversation_webhooks
        self._heard: asyncio.Queue[events.CircuitEvent] = asyncio.Queue()
        self._changes: asyncio.Queue[ConnectionChanged] = asyncio.Queue()
        """News of the link, which wait behind nothing that needs the link."""
        self._unlisten: Callable[[], None] | None = None
        self._work: list[asyncio.Task[None]] = []
        self._receipts = itertools.count(1)
        self._delivered: Recent[datetime] = Recent(MOST_DELIVERED)
        self._edits: Recent[Item] = Recent(MOST_DELIVERED)
        """Messages as their last edit left them."""
        self._newest: datetime | None = None
        """Up to when messages are known, by the server's clock."""
        self._safe: datetime | None = None
        """Up to when all that there is has been delivered."""
        self._behind: datetime | None = None
        """Since when messages may have been missed."""
        self._skipping = False
        """Messages are not kept for the sink, since a catch-up waits for it that will find them."""
        self._catch_ups = CatchUps(session.clock, self._look)

    @property
    def me(self) -> User:
        """The bot's own account; valid once `start` has returned."""
        return self.session.me

    @property
    def heard_until(self) -> datetime | None:
        """By the server's clock."""
        return self._safe

    async def start(self, sink: EventSink, since: datetime | None = None) -> None:
        """Raises `CircuitError` when the logon is refused; then nothing is left behind."""
        self._heard, self._changes = asyncio.Queue(), asyncio.Queue()
        self._behind = self._safe = since
        self._unlisten = self.session.listen(self._hear)
        try:
            await self.session.logon()
        except BaseException:
            self._unlisten()
            raise
        if since is None:
            await self._begin()
        self._work = [
            asyncio.create_task(self._deliver(sink)),
            asyncio.create_task(self._deliver_changes(sink)),
            asyncio.create_task(self._calls.send_transcripts()),
        ]

    async def _begin(self) -> None:
        """A bot's first day: what is written from now on is for it, though it may die before it hears it."""
        try:
            before = (await catching_up.missed(self.session, None)).newest
        except CircuitError as error:
            log.warning("up to when there are messages is not known yet: %s", error)
        else:
            self._newest = self._safe = (before or BEGINNING) + TICK

    async def close(self) -> None:
        """Twice is no error."""
        if self._unlisten:
            self._unlisten()
        work, self._work = self._work, []
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
        await self._catch_ups.close()
        await self.session.close()

    def _hear(self, event: events.CircuitEvent) -> None:
        if isinstance(event, events.StateChanged):
            self._changes.put_nowait(self._change(event))
        full = self._heard.qsize() >= MOST_WAITING
        if isinstance(event, _KEPT) and (full or self._skipping):
            if not self._skipping:
                log.error("%d events wait; messages are fetched once the first are through", MOST_WAITING)
                self._skipping = True
                self._catch_ups.ask()
            return
        if full and isinstance(event, events.OtherEvent):
            log.error("%d events wait, so one is lost: %s", MOST_WAITING, event.name)
            return
        self._heard.put_nowait(event)
        if isinstance(event, events.StateChanged) and event.is_new and event.state is ConnectionState.READY:
            self._heard.put_nowait(CatchUp(away=True))

    def _look(self, catch_up: CatchUp) -> None:
        self._heard.put_nowait(catch_up)

    def _change(self, event: events.StateChanged) -> ConnectionChanged:
        now = self.session.clock.now()
        return ConnectionChanged(
            event_id=f"connection:{milliseconds(now)}:{next(self._receipts)}",
            at=now,
            state=event.state,
            detail=event.detail,
            since=event.since,
            attempt=event.attempt,
            retry_at=event.retry_at,
        )

    async def _deliver_changes(self, sink: EventSink) -> None:
        while True:
            change = await self._changes.get()
            await patiently(self.session, partial(sink, change), type(change).__name__)

    async def _deliver(self, sink: EventSink) -> None:
        while True:
            event = await self._heard.get()
            # Where the wire gives no id: moment and count tell receipts apart, also after a restart.
            receipt = f"{milliseconds(self.session.clock.now())}:{next(self._receipts)}"
            all_told = await self._all_told(event, receipt)
            for told in all_told:
                await patiently(self.session, partial(sink, told), type(event).__name__)
                if isinstance(told, MessageReceived):
                    self._delivered.put(told.item.id, told.item.created_at)
                    if told.item.edited:
                        self._edits.put(told.item.id, told.item)
                elif isinstance(told, MessageEdited):
                    self._edits.put(told.item.id, told.item)
            if self._behind is None:
                self._safe = self._newest
                self._catch_ups.all_is_told()

    async def _all_told(self, event: events.CircuitEvent, receipt: str) -> Sequence[Event]:
        """What the sink is to be told of `event`, tried as long as that may help."""
        if isinstance(event, CatchUp) and not event.patient:
            return await self._missed_before(receipt)
        translate = partial(self._translate, event, receipt)
        all_told = await patiently(self.session, translate, type(event).__name__)
        if all_told is None and isinstance(event, CatchUp):
            return await self._missed_in_part(receipt)
        if all_told is None and isinstance(event, _KEPT):
            self._behind = self._behind or self._safe or self._newest
            self._catch_ups.ask()
        return all_told or ()

    async def _translate(self, event: events.CircuitEvent, receipt: str) -> Sequence[Event]:
        now = self.session.clock.now()
        match event:
            case events.StateChanged(state=state, is_new=is_new):
                return self._state_changed(state) if is_new else []
            case CatchUp(away=away):
                return await self._missed(receipt, away=away)
            case _Done(event=done):
                return [done]
            case events.ItemAdded(added=added):
                self._newest = max(self._newest or added.item.created_at, added.item.created_at)
                return await self._added(added)
            case events.Mentioned(item_id=item_id):
                # Usually the item has come already, and says itself whom it mentions.
                if self._delivered.get(item_id) is None:
                    return await self._added(await self.session.items.get(item_id), mentioned=True)
                return []
            case events.ItemUpdated(updated=updated):
                self._newest = max(self._newest or updated.modified_at, updated.modified_at)
                return await self._edited(updated)
            case events.NoticeAdded(notice=notice):
                self._newest = max(self._newest or notice.created_at, notice.created_at)
                return await self._noticed(notice)
            case events.CallLogged(logged=logged):
                return await self._missed_call(logged)
            case events.FormReceived():
                # The wire gives a submission neither id nor time, and one person may submit the same
                # values again and mean it. It is not repeated either, so each receipt is one submission.
                submitted = FormSubmitted(
                    event_id=f"form:{event.item_id}:{event.submitter_id}:{receipt}",
                    at=now,
                    submitter=await self._directory.user_or_stub(event.submitter_id),
                    item_id=event.item_id,
                    form_id=event.form_id,
                    values=event.values,
                )
                return [submitted]
            case events.CallEvent():
                return await self._calls.hear(event)
            case events.OtherEvent(name=name, data=data):
                return [PlatformEvent(event_id=f"platform:{receipt}", at=now, name=name, data=dict(data))]
            case _:
                self._remember(event)
                return []

    def _remember(self, event: events.CircuitEvent) -> None:
        match event:
            case events.ConversationChanged(record=record):
                self._chat.update(record)
            case events.ConversationDeleted(conversation_id=conversation_id):
                self._chat.drop(conversation_id)
            case events.UserUpdated(user=user):
                self._directory.update(user)

    def _state_changed(self, state: ConnectionState) -> Sequence[Event]:
        if state is ConnectionState.RECONNECTING:
            self._behind = self._behind or self._newest or self.session.clock.now() - FIRST_LOOK
            return self._calls.disconnected()
        if state is ConnectionState.READY:
            self._chat.forget()
            self._directory.forget()
            return self._calls.reconnected()
        return []

    async def _missed(self, receipt: str, *, away: bool, in_part: bool = False) -> Sequence[Event]:
        """What came while nobody listened: events are not repeated, items stay."""
        self._skipping = False
        self._catch_ups.begun()
        if not away:
            self._behind = self._behind or self._newest
        since = self._behind
        if since is None and self._newest is not None:
            return []  # the first day: all since `_begin` is told as it comes, and is not safe before it is
        missed = await catching_up.missed(self.session, since, in_part=in_part)
        for record in missed.conversations:
            self._chat.update(record)
        told: list[Event] = []
        left_out = list(missed.left_out)
        for event in missed.events:
            try:
                told.extend(await self._translate(event, receipt))
            except CircuitError as error:
                if not error.lasting:
                    raise
                left_out.append(f"an item that cannot be read any more: {error}")
            except Exception as error:  # a fault of ours, which tries did not mend: the others must not wait
                if not in_part:
                    raise
                left_out.append(f"an item that cannot be told: {error!r}")
        self._newest = max(each for each in (self._newest, missed.newest, BEGINNING) if each)
        self._behind = None
        if since and (away or left_out):
            told.append(caught_up(receipt, since, self.session.clock.now(), len(told), left_out))
        return told

    async def _missed_in_part(self, receipt: str) -> Sequence[Event]:
        """What can be told after all when a catch-up failed."""
        since = self._behind
        if since is None:
            return []
        try:
            return await self._missed(receipt, away=True, in_part=True)
        except Disconnected:
            return []
        except CircuitError as error:
            return [caught_up(receipt, since, self.session.clock.now(), 0, [f"everything: {error}"])]
        except Exception as error:  # nobody would listen any more; the log has its traceback already
            return [caught_up(receipt, since, self.session.clock.now(), 0, [f"everything: {error!r}"])]
        finally:
            self._behind = since
            self._catch_ups.ask_later()  # for the rest; a new connection looks for it, too

    async def _missed_before(self, receipt: str) -> Sequence[Event]:
        """What an earlier catch-up had to leave, if it can be told by now. One try: others wait behind it."""
        if self._behind is None:
            return []
        try:
            return await self._missed(receipt, away=False)
        except Exception as error:
            log.warning("what came since %s is looked for again later: %r", self._behind, error)
            self._catch_ups.ask_later()
            return []

    async def _added(self, added: TextItem, *, mentioned: bool = False) -> Sequence[Event]:
        item, me = added.item, self.session.me.id
        own = item.author_id == me
        if own or added.state == TextState.DELETED or self._delivered.get(item.id) is not None:
            return []
        message = MessageReceived(
            event_id=f"item:{item.id}",
            at=item.created_at,
            conversation=await self._chat.conversation(item.conversation_id),
            author=await self._directory.user_or_stub(item.author_id),
            item=item,
            text=after_address(added.pieces, {me}),
            mentioned=mentioned or me in item.mentions,
        )
        return [message]

    async def _edited(self, updated: TextItem) -> Sequence[Event]:
        item = updated.item
        # Likes and deletions come as updates too; a message that was edited once is so at its likes still.
        own = item.author_id == self.session.me.id
        if updated.state != TextState.EDITED or own or self._edits.get(item.id) == item:
            return []
        message = MessageEdited(
            event_id=f"item:{item.id}:edited:{milliseconds(updated.modified_at)}",
            at=updated.modified_at,
            conversation=await self._chat.conversation(item.conversation_id),
            author=await self._directory.user_or_stub(item.author_id),
            item=item,
        )
        return [message]

    async def _noticed(self, notice: Notice) -> Sequence[Event]:
        me = self.session.me.id
        begun = notice.kind == "CONVERSATION_CREATED"
        brought = notice.kind == "PARTICIPANT_ADDED" and me in notice.people
        if notice.author_id == me or not (begun or brought):
            return []
        joined = ConversationJoined(
            event_id=f"item:{notice.id}",
            at=notice.created_at,
            conversation=await self._chat.conversation(notice.conversation_id),
            by=await self._directory.user_or_stub(notice.author_id),
        )
        return [joined]

    async def _missed_call(self, logged: CallLog) -> Sequence[Event]:
        if logged.kind != "MISSED" or logged.caller_id == self.session.me.id:
            return []
        missed = CallMissed(
            event_id=f"item:{logged.id}",
            at=logged.created_at,
            conversation=await self._chat.conversation(logged.conversation_id),
            caller=await self._directory.user_or_stub(logged.caller_id),
            cause=logged.cause,
        )
        return [missed]
