"""Calls that died with the last process. A call lives as long as its leg, which no start brings back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from botkit.flow import engine
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.inputs import HungUp
from botkit.ports.clock import Clock
from botkit.ports.connector import Calls, ConnectorError
from botkit.ports.store import InboxRow

from . import places
from .ledger import Ledger
from .turn import TurnFailed, Turns

log = logging.getLogger(__name__)


class LostCalls:
    """Tells their flows, and hangs up on whoever is still there."""

    def __init__(self, *, ledger: Ledger, turns: Turns, signalling: Calls, clock: Clock) -> None:
        self._ledger = ledger
        self._turns = turns
        self._signalling = signalling
        self._clock = clock

    async def tell(self) -> Collection[str]:
        """Let the `when: hangup` of their flows run, once; the ids of the calls. To be awaited before
        anything is taken from the inbox: what waits there, a handler's result say, comes behind the end of
        the call, as it would have if the caller had hung up. Raises `StoreError`."""
        lost = await self._ledger.store.open_sessions(places.CALLS)
        for row in lost:
            session = await self._turns.read(row)
            if session is not None and engine.learns_of_loss(session):
                # A task has log lines of its own, with the ids of this session.
                await asyncio.create_task(self._tell(session.id))
        return [places.call_of(row) for row in lost]

    async def _tell(self, session_id: str) -> None:
        loss = HungUp(cause=CallCause.CALL_LOST)
        try:
            await self._turns.give(session_id, loss)
        except TurnFailed:
            # The inbox knows what to do with an input that the engine fails at.
            await self._ledger.receive(
                InboxRow(
                    id=f"{session_id}:call_lost",
                    key=places.session_key(session_id),
                    payload=codec.dump(loss),
                    at=self._clock.now(),
                )
            )

    async def hang_up(self, told: Collection[str]) -> None:
        """End those that `tell` named, and those that no session names any more, since their flow had ended
        or had none, as the second leg of a transfer: the platform may take all of them to go on. Needs a
        connection."""
        await asyncio.gather(*map(self._hang_up, told), self._hang_up_others())

    async def _hang_up(self, call_id: str) -> None:
        try:
            await self._signalling.hangup(call_id, CallCause.CALL_LOST)
        except ConnectorError as error:
            log.warning("the call %s of the last run cannot be ended: %s", call_id, error)

    async def _hang_up_others(self) -> None:
        try:
            await self._signalling.hang_up_lost()
        except ConnectorError as error:
            log.warning("a call of the last run, whose flow had ended, cannot be ended: %s", error)
