"""Performs `Dial`: calls a person, and lets a flow talk with them in a session of its own.

Once: after a crash nobody rings again. Whether it had rung is then unknown, and to be called twice is
worse than to be missed; the session that wanted the call is told, and its flow knows what to do.
"""

from __future__ import annotations

import logging

from botkit.model.effects import Dial
from botkit.model.inputs import Begin, CallFinished, CallOutcome
from botkit.model.session import Channel, Person, Session
from botkit.ports.clock import Clock
from botkit.ports.connector import Connector, ConnectorError
from botkit.ports.store import Commit, OutboxRow

from . import journal, people
from .dialling import DialledConnection, NotAnswered
from .ledger import Cause, Ledger
from .results import result_row
from .switchboard import Switchboard
from .turn import TurnFailed

log = logging.getLogger(__name__)


class Outbound:
    """The calls that flows have the bot make."""

    def __init__(
        self, *, ledger: Ledger, connector: Connector, switchboard: Switchboard, clock: Clock
    ) -> None:
        self._ledger = ledger
        self._connector = connector
        self._switchboard = switchboard
        self._clock = clock

    async def dial(self, row: OutboxRow, effect: Dial) -> Commit:
        """Back once it is known whether somebody picked up; how their session ends is told by itself."""
        try:
            if row.attempted_at is not None:
                raise NotAnswered(CallOutcome.FAILED, "the bot was interrupted while it rang")
            person = await people.find(self._connector, effect.to)
            conversation_id = await self._conversation(person)
            await self._ledger.store.attempt(row.id, self._clock.now())
            call = await self._switchboard.dial(person.id, effect.ring)
            if effect.flow:
                await self._talk(row, effect, call, person, conversation_id)
                return Commit(confirmed=(row.id,))
            await self._switchboard.drop(call)
        except NotAnswered as why:
            return self._finished(row, effect, why.outcome, why.detail)
        except ConnectorError as error:
            return self._finished(row, effect, CallOutcome.FAILED, error.paragraph())
        except TurnFailed:
            return self._finished(row, effect, CallOutcome.FAILED, f"the flow {effect.flow} failed")
        return self._finished(row, effect, CallOutcome.ANSWERED)

    async def _talk(
        self, row: OutboxRow, effect: Dial, call: DialledConnection, person: Person, conversation_id: str
    ) -> None:
        session = Session(
            id=f"{effect.id}:call",
            channel=Channel.CALL,
            flow=effect.flow,
            conversation_id=conversation_id,
            call_id=call.id,
            parent=effect.id,
            person=person,
        )
        cause = Cause(confirmed=(row.id,))
        await self._switchboard.begin(call, session, Begin(inputs=effect.inputs), cause)

    async def _conversation(self, person: Person) -> str:
        """Where to write to them meanwhile; not being able to is no reason not to call."""
        try:
            return (await self._connector.chat.conversation_for(person.id)).id
        except ConnectorError as error:
            log.warning("there is no conversation with %s: %s", person.id, error)
            return ""

    def _finished(self, row: OutboxRow, effect: Dial, outcome: CallOutcome, detail: str = "") -> Commit:
        now = self._clock.now()
        result = CallFinished(effect_id=effect.id, outcome=outcome, detail=detail)
        lines = (journal.failed(row.session_id, effect.id, detail, now),) if detail else ()
        return Commit(
            confirmed=(row.id,),
            journal=lines,
            inbox=(result_row(row.session_id, effect.id, result, now),),
        )
