"""Who gets an event: handlers first, then the session that waits for it, then the flows it starts."""

from __future__ import annotations

import logging
from collections.abc import Container

from msgspec.structs import replace

from botkit.flow.library import FlowLibrary
from botkit.flow.webhooks import started_by
from botkit.hooks import Hooks
from botkit.model import codec
from botkit.model.calls import DeclineCause
from botkit.model.conversations import ConversationKind
from botkit.model.effects import DeferredMessage
from botkit.model.events import (
    CallEnded,
    CallMissed,
    CallOffered,
    ConversationJoined,
    FormSubmitted,
    FormUnheard,
    MessageEdited,
    MessageReceived,
    PlatformEvent,
    ScheduleDue,
    WebhookReceived,
)
from botkit.model.inputs import Begin, FormReceived, Input, TextReceived
from botkit.model.items import Item
from botkit.model.session import Channel, Session, SessionStart
from botkit.ports.blobs import Blobs
from botkit.ports.connector import Connector
from botkit.ports.log_context import CONVERSATION
from botkit.ports.store import InboxRow, StaleSession

from . import addressing, places
from .admission import NOT_ALLOWED, Admission
from .context import EventContext, Origin, person_of
from .deferral import Deferral
from .ledger import Cause, Ledger
from .receiving import Receiving
from .reposting import Reposting
from .switchboard import Switchboard
from .turn import Turns

log = logging.getLogger(__name__)


class Dispatch:
    """Deals with one inbox row, up to its commit."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        turns: Turns,
        hooks: Hooks,
        library: FlowLibrary,
        connector: Connector,
        switchboard: Switchboard,
        blobs: Blobs | None,
        admission: Admission,
        receivers: Container[str],
        reposting: Reposting,
    ) -> None:
        self._ledger = ledger
        self._turns = turns
        self._hooks = hooks
        self._library = library
        self._connector = connector
        self._switchboard = switchboard
        self._admission = admission
        self._receivers = receivers
        self._reposting = reposting
        self._deferral = Deferral(ledger.sessions)
        self._receiving = Receiving(connector.chat, blobs)

    async def __call__(self, row: InboxRow) -> None:
        """Raises `StoreError` to be called again, and anything else for a bug."""
        match codec.load(row.payload) if row.loaded is None else row.loaded:
            case MessageReceived() as message:
                await self._message(row, message)
            case DeferredMessage() as deferred:
                origin = self._origin(deferred.message)
                await self._offer(row, deferred.message, Cause(done=row.id), origin, deferred)
                self._deferral.over(deferred, origin)
            case FormSubmitted() as form:
                await self._form(row, form)
            case SessionStart() as start:
                begin = Begin(
                    text=start.text,
                    item_id=start.item_id,
                    inputs=start.inputs,
                    start=start.start,
                    event=start.event,
                )
                await self._begin(start.session, begin, Cause(done=row.id))
            case Input() as given:
                await self._turns.give(row.key.removeprefix("session:"), given, Cause(done=row.id))
            case ScheduleDue() as due:
                await self._schedule(row, due)
            case WebhookReceived() as received:
                await self._webhook(row, received)
            case CallOffered() as offered:
                await self._call(row, offered)
            case FormUnheard() as unheard:
                await self._reposting.again(row, unheard)
            case CallEnded() as ended:
                ctx = self._context(row, Origin())
                await self._hooks.dispatch("call_ended", ctx, call=ended)
                await self._ledger.settle(ctx.close(row.id))
            case CallMissed() as missed:
                where = Origin(conversation_id=missed.conversation.id, person=person_of(missed.caller))
                ctx = self._context(row, where)
                await self._hooks.dispatch("call_missed", ctx, missed=missed)
                await self._ledger.settle(ctx.close(row.id))
            case ConversationJoined() as joined:
                where = Origin(conversation_id=joined.conversation.id, person=person_of(joined.by))
                ctx = self._context(row, where)
                await self._hooks.dispatch("conversation_joined", ctx, joined=joined)
                await self._ledger.settle(ctx.close(row.id))
            case MessageEdited() as edited:
                ctx = self._context(row, self._origin(edited))
                await self._hooks.dispatch("item_updated", ctx, message=edited)
                await self._ledger.settle(ctx.close(row.id))
            case PlatformEvent() as event:
                ctx = self._context(row, Origin())
                await self._hooks.dispatch("platform_event", ctx, event=event)
                await self._ledger.settle(ctx.close(row.id))
            case unknown:
                raise TypeError(f"{type(unknown).__name__} is nothing the inbox should hold")

    async def _message(self, row: InboxRow, message: MessageReceived) -> None:
        origin = self._origin(message)
        if not await self._admission.message(row.id, message, origin):
            return
        if not (self._hooks.heard_by_anybody("mention") or self._hooks.heard_by_anybody("item_added")):
            CONVERSATION.set(origin.conversation_id)
            await self._offer(row, message, Cause(done=row.id), origin)
            return
        ctx = self._context(row, origin)
        if message.mentioned:
            await self._hooks.dispatch("mention", ctx, message=message)
        if not ctx.stopped:
            await self._hooks.dispatch("item_added", ctx, message=message)
        cause = ctx.close(row.id)
        if ctx.stopped:
            await self._ledger.settle(cause)
        else:
            await self._offer(row, message, cause, origin)

    async def _offer(
        self,
        row: InboxRow,
        message: MessageReceived,
        cause: Cause,
        origin: Origin,
        before: DeferredMessage | None = None,
    ) -> None:
        """To the session that waits for it, else to flows; `before` = how it was put off already."""
        if later := self._deferral.behind_others(row, message, origin, before):
            await self._ledger.settle(_and(cause, later))
            return
        given = TextReceived(text=message.text, author_id=message.author.id, item_id=origin.item_id)
        where = [
            places.waiting_in(origin.conversation_id, origin.thread_id, person_id)
            # What one bot says to another is no answer of "anyone".
            for person_id in ((message.author.id,) if message.author.is_bot else (message.author.id, ""))
        ]
        busy = places.busy_in(origin.conversation_id, origin.thread_id, origin.person.id)
        if await self._waiting_takes(where, given, cause, message.item, also=busy):
            return
        if session := await self._deferral.busy(origin, before):
            await self._ledger.settle(_and(cause, self._deferral.behind(row, message, origin, session)))
            return
        # Between two people everything is meant for the other: only in company has one to say whom one means.
        addressed = message.mentioned or message.conversation.kind is ConversationKind.DIRECT
        flows = self._library.current
        author = message.author
        asked = (message.text, author.email)
        flow = flows.start_for("mention", *asked, of_bot=author.is_bot) if addressed else None
        flow = flow or flows.start_for("item_added", *asked, of_bot=author.is_bot)
        if flow is None:
            barred = flows.barred("mention", *asked, of_bot=author.is_bot) if addressed else None
            tell = origin if barred is not None else None
            if barred := barred or flows.barred("item_added", *asked, of_bot=author.is_bot):
                await self._admission.not_allowed(cause, barred, author, tell)
            else:
                await self._ledger.settle(cause)
        elif await self._admission.session(cause, author, origin):
            begin = Begin(text=message.text, item_id=origin.item_id)
            await self._begin(origin.session(row.id, flow), begin, cause)

    async def _form(self, row: InboxRow, form: FormSubmitted) -> None:
        place = places.form(form.form_id)
        waiting = await self._ledger.sessions.find(place)
        session = await self._turns.read(waiting) if waiting else None
        origin = Origin(person=person_of(form.submitter))
        if session is not None:
            origin = Origin(
                conversation_id=session.conversation_id, thread_id=session.thread_id, person=origin.person
            )
        ctx = self._context(row, origin)
        await self._hooks.dispatch("form_submission", ctx, form=form)
        cause = ctx.close(row.id)
        given = FormReceived(form_id=form.form_id, values=form.values, author_id=form.submitter.id)
        if ctx.stopped:
            await self._ledger.settle(cause)
        elif not await self._waiting_takes([place], given, cause):
            log.info("the form %s was submitted, and no session waits for it", form.form_id)
            await self._ledger.settle(cause)

    async def _schedule(self, row: InboxRow, due: ScheduleDue) -> None:
        ctx = self._context(row, Origin())
        await self._hooks.dispatch("schedule_due", ctx, schedule=due)
        cause = ctx.close(row.id)
        if ctx.stopped or due.flow not in self._library.current.flows:
            await self._ledger.settle(cause)
            return
        begin = Begin(event={"due": due.at.isoformat(), "missed": due.missed})
        await self._begin(Session(id=row.id, channel=Channel.DETACHED, flow=due.flow), begin, cause)

    async def _webhook(self, row: InboxRow, received: WebhookReceived) -> None:
        ctx = self._context(row, Origin())
        await self._hooks.dispatch("webhook_received", ctx, webhook=received)
        cause = ctx.close(row.id)
        started = None if ctx.stopped else started_by(self._library.current, received)
        if started is None:
            await self._ledger.settle(cause)
            return
        flow, begin = started
        await self._begin(Session(id=row.id, channel=Channel.DETACHED, flow=flow), begin, cause)

    async def _call(self, row: InboxRow, offered: CallOffered) -> None:
        if busy := self._admission.call(offered, self._switchboard.ahead_of(offered.call.id)):
            line = self._admission.refused(row.id, busy, offered.call.caller)
            await self._switchboard.turn_away(offered.call.id, DeclineCause.BUSY, Cause(done=row.id), line)
            return
        caller = person_of(offered.call.caller)
        ctx = self._context(row, Origin(conversation_id=offered.call.conversation_id, person=caller))
        await self._hooks.dispatch("call_incoming", ctx, call=offered)
        cause = ctx.close(row.id, starts=False)
        if ctx.stopped:
            self._switchboard.forget(offered.call.id)
            await self._ledger.settle(cause)
            return
        flows, by = self._library.current, offered.call.caller
        flow, text = ctx.chosen or (flows.start_for("call_incoming", "", by.email), "")
        if flow is None and (barred := flows.barred("call_incoming", "", by.email)):
            line = self._admission.refused(row.id, NOT_ALLOWED, by, barred)
            await self._switchboard.turn_away(offered.call.id, DeclineCause.REJECTED, cause, line)
        else:
            await self._switchboard.offer(offered, flow, text, cause)

    async def _waiting_takes(
        self,
        where: list[str],
        given: TextReceived | FormReceived,
        cause: Cause,
        item: Item | None = None,
        *,
        also: str = "",
    ) -> bool:
        """Give it to the session that waits in the first of these places, with the files of `item` when it
        wants them; False when none does. Then who stands in the place `also` is known, of the same moment."""
        stale = ("", 0)
        while True:
            await self._ledger.sessions.know([*where, also] if also else where)
            for place in where:
                row = await self._ledger.sessions.find(place)
                if row is not None:
                    break
            else:
                return False
            session = await self._turns.read(row)
            if session is None:
                continue
            if not (session.from_anyone or session.person.id == given.author_id):
                return False
            if (row.id, row.revision) == stale:
                return True  # not the session has moved on, but the inbox row is done already
            if session.awaits_files and item is not None and isinstance(given, TextReceived):
                given, item = replace(given, files=await self._receiving.files(item)), None
            try:
                await self._turns.take(session, given, cause)
            except StaleSession:
                stale = (row.id, row.revision)
            else:
                return True

    async def _begin(self, session: Session, begin: Begin, cause: Cause) -> None:
        try:
            await self._turns.take(session, begin, cause)
        except StaleSession:
            log.debug("the session %s has begun already", session.id)

    def _origin(self, event: MessageReceived | MessageEdited) -> Origin:
        can = self._connector.capabilities
        threaded = event.conversation.kind is not ConversationKind.DIRECT and can.threads
        return Origin(
            conversation_id=event.conversation.id,
            thread_id=event.item.thread_id if threaded else "",
            item_id=event.item.id if can.reactions else "",
            person=person_of(event.author),
        )

    def _context(self, row: InboxRow, origin: Origin) -> EventContext:
        if origin.conversation_id:
            CONVERSATION.set(origin.conversation_id)
        return EventContext(
            connector=self._connector,
            flows=self._library.current.flows,
            receivers=self._receivers,
            event_id=row.id,
            origin=origin,
            at=row.at,
        )


def _and(cause: Cause, deferred: DeferredMessage) -> Cause:
    outbox = (*cause.outbox, addressing.deferral(deferred))
    return Cause(done=cause.done, outbox=outbox, inbox=cause.inbox, confirmed=cause.confirmed)
