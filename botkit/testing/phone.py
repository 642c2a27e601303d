"""A person's phone: a scripted caller who rings the bot, or is rung, over the platform's own signalling."""

from __future__ import annotations

import asyncio
import time

from botkit.circuit import CircuitSession
from botkit.circuit.api.outgoing import OutgoingCall
from botkit.circuit.events import CallEvent, CallInvited, CallTerminated, CircuitEvent, InviteCancelled
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

    async def dial(self, conversation_id: str, timeout: float = 30.0) -> None:
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


class Callee:
    """A person's phone that rings when the bot calls. For one call; made before the bot calls."""

    def __init__(self, person: CircuitSession, caller: Caller | None = None) -> None:
        """`person` is logged on; `caller` listens, speaks and presses keys."""
        self.caller = caller or Caller()
        self._person = person
        self._rung: asyncio.Queue[CallInvited] = asyncio.Queue()
        self._over = asyncio.Event()
        self._invite: CallInvited | None = None
        self._taken = False
        self._unlisten = person.listen(self._hear)

    async def rings(self, timeout: float = 30.0) -> CallInvited:
        """Wait for the call; the bot is told that it rings. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            self._invite = await self._rung.get()
            await self._person.calls.ring(self._invite)
        return self._invite

    async def pick_up(self, timeout: float = 30.0) -> None:
        """Wait for the call and take it; return when sound can flow. Raises `TimeoutError`, `CallFailed`."""
        async with asyncio.timeout(timeout):
            invite = await self.rings()
            self._taken = True
            await self._person.calls.answer(invite, await self.caller.accept(invite.offer))
            await self.caller.connected()

    async def decline(self, cause: str = "DECLINE") -> None:
        """Wait for the call and do not take it: `DECLINE`, `BUSY` or `TIMEOUT`."""
        await self._person.calls.reject(await self.rings(), cause)

    async def over(self, timeout: float = 60.0) -> None:
        """Wait until the call has ended, or rings no longer. Raises `TimeoutError`."""
        async with asyncio.timeout(timeout):
            await self._over.wait()

    async def hang_up(self) -> None:
        """End the call, if there is one."""
        self._unlisten()
        try:
            if self._invite is not None and not self._over.is_set():
                await self._person.calls.terminate(self._invite.rtc_session_id)
        finally:
            await self.caller.hangup()

    def _hear(self, event: CircuitEvent) -> None:
        if isinstance(event, CallInvited):
            self._rung.put_nowait(event)
        elif isinstance(event, CallEvent) and self._is_mine(event):
            gave_up = isinstance(event, InviteCancelled) and not self._taken
            if gave_up or isinstance(event, CallTerminated):
                self._over.set()

    def _is_mine(self, event: CallEvent) -> bool:
        return self._invite is not None and event.rtc_session_id == self._invite.rtc_session_id
