"""Performs `Transfer` on chat: brings somebody into the session's conversation."""

from __future__ import annotations

import logging

from botkit.model.conversations import ConversationKind
from botkit.model.effects import Transfer
from botkit.model.inputs import CallFinished, CallOutcome
from botkit.ports.clock import Clock
from botkit.ports.connector import Chat, ConnectorError
from botkit.ports.store import Commit, OutboxRow

from . import journal, places
from .ledger import Ledger
from .results import result_row

log = logging.getLogger(__name__)


class Inviting:
    """Brings people together."""

    def __init__(self, ledger: Ledger, chat: Chat, clock: Clock) -> None:
        self._ledger = ledger
        self._chat = chat
        self._clock = clock

    async def invite(self, row: OutboxRow, effect: Transfer) -> Commit:
        """`ANSWERED` once the person is in it, else `FAILED` and why."""
        stored = await self._ledger.sessions.session(row.session_id)
        conversation_id = places.session_of(stored).conversation_id if stored else ""
        outcome, detail = CallOutcome.ANSWERED, ""
        try:
            if not conversation_id:
                raise ConnectorError("There is no conversation to bring anybody into.", lasting=True)
            if row.attempted_at is not None:
                await self._check_repeatable(conversation_id)
            await self._ledger.store.attempt(row.id, self._clock.now())
            await self._chat.add_person(conversation_id, effect.to)
        except ConnectorError as error:
            outcome, detail = CallOutcome.FAILED, error.paragraph()
            log.warning("%s is not brought into %s: %s", effect.to, conversation_id, error)
        now = self._clock.now()
        result = CallFinished(effect_id=effect.id, outcome=outcome, detail=detail)
        return Commit(
            confirmed=(row.id,),
            journal=(journal.failed(row.session_id, effect.id, detail, now),) if detail else (),
            inbox=(result_row(row.session_id, effect.id, result, now),),
        )

    async def _check_repeatable(self, conversation_id: str) -> None:
        """To be brought into a group twice is nothing; out of a direct conversation two groups would come."""
        conversation = await self._chat.conversation(conversation_id)
        if conversation.kind is ConversationKind.DIRECT:
            raise ConnectorError("The bot was restarted meanwhile; a second group would come.", lasting=True)
