"""Calls between a scripted person and the bot: their signalling, without sound."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from botkit.model.calls import Call, CallCause
from botkit.model.events import (
    CallAnswered,
    CallCandidates,
    CallChangeOffered,
    CallEnded,
    CallOffered,
    Event,
)
from botkit.ports.clock import Clock


class PersonsCall:
    """What both kinds of calls share: the person's side of one, from its beginning to its end."""

    def __init__(self, call_id: str, clock: Clock, tell_bot: Callable[[Event], Awaitable[None]]) -> None:
        self.id = call_id
        self.cause: CallCause | None = None
        """Why the call is over; None while it is not."""
        self.answer = ""
        """The SDP of whoever picked up."""
        self._clock = clock
        self._tell_bot = tell_bot
        self.changes: dict[str, str | None] = {}
        """What the bot says to further offers, by their names; None = it refuses."""
        self._trickles = 0
        self._changed = asyncio.Condition()

    async def add_candidates(self, *candidates: tuple[str, str, int]) -> None:
        """Trickle ICE candidates: (line, sdpMid, sdpMLineIndex) each."""
        self._trickles += 1
        await self._tell_bot(
            CallCandidates(
                event_id=f"call:{self.id}:candidates:{self._trickles}",
                at=self._clock.now(),
                call_id=self.id,
                candidates=candidates,
            )
        )

    async def offer_change(self, offer: str, change_id: str) -> None:
        """Offer something else in mid-call. The bot's answer comes into `changes`."""
        await self._tell_bot(
            CallChangeOffered(
                event_id=f"call:{self.id}:change:{change_id}",
                at=self._clock.now(),
                call_id=self.id,
                change_id=change_id,
                offer=offer,
            )
        )

    async def settle_change(self, change_id: str, answer: str | None) -> None:
        """The bot's signal."""
        async with self._changed:
            self.changes[change_id] = answer
            self._changed.notify_all()

    async def hang_up(self) -> None:
        """End the call, or give up while it rings. One that is over stays as it is."""
        if self.cause is None:
            await self.end(CallCause.HANGUP if self.answer else self._unanswered)
            await self.tell_end()

    async def until_ended(self, *, within: float = 5.0) -> CallCause:
        """Why it ended. Raises `TimeoutError` after `within` real seconds."""
        await self._until(lambda: self.cause is not None, within)
        assert self.cause is not None
        return self.cause

    async def end(self, cause: CallCause) -> None:
        """Over, whoever ended it. `tell_end` is to follow, once."""
        async with self._changed:
            self.cause = cause
            self._changed.notify_all()

    async def tell_end(self) -> None:
        """Tell the bot that the call is over."""
        assert self.cause is not None
        await self._tell_bot(
            CallEnded(
                event_id=f"call:{self.id}:ended", at=self._clock.now(), call_id=self.id, cause=self.cause
            )
        )

    _unanswered = CallCause.CANCELLED
    """What it means when the person ends it while it rings."""

    async def _until(self, reached: Callable[[], bool], within: float) -> None:
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(reached)


class ScriptedCall(PersonsCall):
    """A call to the bot. What the bot did so far stands in `rings`, `answer` and `cause`."""

    def __init__(self, call: Call, clock: Clock, tell_bot: Callable[[Event], Awaitable[None]]) -> None:
        super().__init__(call.id, clock, tell_bot)
        self.call = call
        self.rings = False
        """The bot told that it rings."""

    async def offer(self, sdp: str) -> None:
        """Dial."""
        await self._tell_bot(
            CallOffered(event_id=f"call:{self.id}", at=self._clock.now(), call=self.call, offer=sdp)
        )

    async def until_answered(self, *, within: float = 5.0) -> str:
        """The bot's SDP answer. Raises `TimeoutError` after `within` real seconds, and when the call ends."""
        await self._until(lambda: bool(self.answer) or self.cause is not None, within)
        if not self.answer:
            raise TimeoutError(f"the call ended without an answer: {self.cause}")
        return self.answer

    async def until_ringing(self, *, within: float = 5.0) -> None:
        """Raises `TimeoutError` after `within` real seconds."""
        await self._until(lambda: self.rings, within)

    async def ring(self) -> None:
        """The bot's signal."""
        async with self._changed:
            self.rings = True
            self._changed.notify_all()

    async def pick_up(self, answer: str) -> None:
        """The bot's signal."""
        async with self._changed:
            self.answer = answer
            self._changed.notify_all()


class ReceivedCall(PersonsCall):
    """A call that the bot made, and that rings where the person is."""

    _unanswered = CallCause.DECLINED

    def __init__(
        self, call_id: str, offer: str, clock: Clock, tell_bot: Callable[[Event], Awaitable[None]]
    ) -> None:
        super().__init__(call_id, clock, tell_bot)
        self.offer = offer
        """The bot's SDP."""

    async def pick_up(self, answer: str = "v=0\r\ns=picked up\r\n") -> None:
        """Answer with this SDP. Returns when the bot has taken it; a call that is over stays as it is."""
        if self.cause is not None:
            return
        async with self._changed:
            self.answer = answer
        await self._tell_bot(
            CallAnswered(
                event_id=f"call:{self.id}:answered", at=self._clock.now(), call_id=self.id, answer=answer
            )
        )

    async def decline(self, cause: CallCause = CallCause.DECLINED) -> None:
        """Not take it: `DECLINED`, `BUSY`, or `NO_ANSWER` when the platform itself gives up."""
        if self.cause is None:
            await self.end(cause)
            await self.tell_end()
