"""Who is let in: whoever writes too much waits, and of two bots that answer each other one falls silent.

What is not let in is settled all the same. The journal tells of the first that was too much, and later how
much it was.
"""

from __future__ import annotations

import logging

from botkit.flow.wording import Wording
from botkit.model.events import CallOffered, MessageReceived
from botkit.model.items import OutgoingMessage
from botkit.model.limits import Limits
from botkit.model.users import User
from botkit.ports import metrics
from botkit.ports.clock import Clock
from botkit.ports.store import JournalRow, OutboxRow

from . import addressing, journal
from .context import Origin
from .ledger import Cause, Ledger
from .pace import Pace, Verdict

log = logging.getLogger(__name__)

NOT_ALLOWED = "not_allowed"
"""Why somebody is refused whom `allow` does not name; other reasons are names of limits."""
_remedies = {
    "messages_per_person": "If people are to write that fast, raise `limits: messages_per_person`.",
    "sessions_per_person": "If people are to begin that often, raise `limits: sessions_per_person`.",
    "bot_messages": "Take one of the two bots out of the conversation, or raise `limits: bot_messages`.",
}
"""Name of a limit of bot.yaml -> what an operator may do."""


class Admission:
    """Asked before anybody deals with a message or call."""

    def __init__(self, limits: Limits, ledger: Ledger, clock: Clock, language: str) -> None:
        """`language` is the bot's (BCP 47)."""
        self._ledger = ledger
        self._clock = clock
        self._language = language
        self._calls = limits.calls
        self._full = False
        """The last one who called was one too many."""
        rates = {
            "messages_per_person": limits.messages_per_person,
            "sessions_per_person": limits.sessions_per_person,
            "bot_messages": limits.bot_messages,
        }
        self._paces = {name: Pace(rate) for name, rate in rates.items() if rate is not None}

    async def message(self, row_id: str, message: MessageReceived, origin: Origin) -> bool:
        """Whether a message is dealt with. One that is not is settled."""
        author = message.author
        limit = "bot_messages" if author.is_bot else "messages_per_person"
        if limit not in self._paces:
            return True
        # A bot may well talk with this one in several rooms; a person is one person.
        account = f"{author.id} {origin.conversation_id}" if author.is_bot else author.id
        return await self._keeps_to(limit, account, author, origin, Cause(done=row_id))

    async def session(self, cause: Cause, author: User, origin: Origin) -> bool:
        """Whether somebody who wrote begins a session. When not, `cause` is settled."""
        return await self._keeps_to("sessions_per_person", author.id, author, origin, cause)

    def call(self, offered: CallOffered, others: int) -> str:
        """Why a call is declined as busy; `others` rang before it and are not over. Empty: it is not."""
        full = self._calls is not None and others >= self._calls
        if full and not self._full:
            log.warning(
                "the bot has all the calls it takes (%s): who calls now is told that it is busy", self._calls
            )
        self._full = full
        if full:
            return "calls"
        verdict, _ = self._one_more("sessions_per_person", offered.call.caller.id, offered.event_id)
        return "" if verdict is Verdict.FINE else "sessions_per_person"

    async def not_allowed(self, cause: Cause, flow: str, author: User, origin: Origin | None) -> None:
        """Refuse somebody whom the start of `flow` does not allow, in words where `origin` tells where."""
        told = () if origin is None or author.is_bot else (self._told(cause, "not_allowed", author, origin),)
        line = self.refused(cause.done, NOT_ALLOWED, author, flow)
        await self._ledger.settle(_telling(cause, told), line)

    def refused(self, what: str, why: str, author: User, flow: str = "") -> JournalRow:
        """The line about it; counted and logged too."""
        self._ledger.telemetry.count(metrics.REFUSED, why)
        log.info("%s of %s is refused: %s", what, author.id, why)
        return journal.refused(what, why, author, flow, self._clock.now())

    async def _keeps_to(self, limit: str, account: str, author: User, origin: Origin, cause: Cause) -> bool:
        verdict, ignored = self._one_more(limit, account, cause.done)
        if verdict is Verdict.FINE:
            if ignored:
                line = journal.ignored(limit, author.id, ignored, self._clock.now())
                await self._ledger.settle(Cause(), line)
            return True
        if verdict is Verdict.STILL_TOO_MANY:
            self._ledger.telemetry.count(metrics.REFUSED, limit)
            await self._ledger.settle(cause)
            return False
        rate = self._paces[limit].rate
        log.warning("%s exceeds %s (%s) and is ignored. %s", author.id, limit, rate, _remedies[limit])
        # A bot would answer.
        told = () if author.is_bot else (self._told(cause, "slow_down", author, origin),)
        await self._ledger.settle(_telling(cause, told), self.refused(cause.done, limit, author))
        return False

    def _one_more(self, limit: str, account: str, event: str) -> tuple[Verdict, int]:
        pace = self._paces.get(limit)
        return (Verdict.FINE, 0) if pace is None else pace.one_more(account, self._clock.monotonic(), event)

    def _told(self, cause: Cause, text: str, author: User, origin: Origin) -> OutboxRow:
        message = OutgoingMessage(
            conversation_id=origin.conversation_id,
            text=Wording(author.locale or self._language).text(text),
            thread_id=origin.thread_id,
        )
        return addressing.sending("", f"{cause.done}:{text}", message)


def _telling(cause: Cause, told: tuple[OutboxRow, ...]) -> Cause:
    return Cause(done=cause.done, outbox=(*cause.outbox, *told), inbox=cause.inbox, confirmed=cause.confirmed)
