"""A person's phone: a scripted caller who rings the bot over the platform's own signalling."""

from __future__ import annotations

import asyncio
import time

from botkit.circuit import CircuitSession
from botkit.circuit.api.outgoing import OutgoingCall
from botkit.model.calls import CallCause
from botkit.testing.caller import Caller


class Phone:
    """One call from dialling to its end. Use it once."""

    def __init__(self, person: CircuitSession, caller: Caller | None = None) -> None:
        """`person` is logged on; `caller` listens and presses keys."""
        self.caller = caller or Caller()
        self.answered_at = 0.0
        """`time.monotonic()` at which the answer arrived."""
        self._person = person
        self._call: OutgoingCall | None = None
        self._hung_up = False

    async def dial(self, conversation_id: str, timeout: float = 15.0) -> None:
        """Ring the other member of a direct conversation; return when sound can flow.

        Raises `CallFailed` with the cause when nobody picks up, or `hang_up` came first; `TimeoutError`.
        """
        async with asyncio.timeout(timeout):
            call = await self._person.calls.outgoing(conversation_id, await self.caller.offer())
            self._call = call
            if self._hung_up:
                await call.hang_up()
            else:
                await call.place()
            answer = await call.answered()
            self.answered_at = time.monotonic()
            await self.caller.apply_answer(answer)
            await self.caller.connected()

    async def over(self, timeout: float = 60.0) -> CallCause:
        """Wait until the other side has hung up."""
        assert self._call is not None, "dial first"
        async with asyncio.timeout(timeout):
            return await self._call.ended()

    async def hang_up(self) -> None:
        """End the call, whatever state it is in: also while `dial` waits, or was given up."""
        self._hung_up = True
        try:
            if self._call is not None:
                await self._call.hang_up()
        finally:
            await self.caller.hangup()
