"""Calls that the bot makes: from the dialling to the answer, or to why there is none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container, Coroutine, Mapping, Sequence

from botkit.model.calls import CallCause
from botkit.model.events import CallAnswered, CallCandidates, CallChangeOffered, CallEnded
from botkit.model.inputs import CallOutcome
from botkit.ports.audio import AudioPort, Leg, OfferRefused, OutgoingLeg
from botkit.ports.clock import Clock
from botkit.ports.connector import Calls, ConnectorError
from botkit.ports.telemetry import Telemetry

from .call_connection import Connection

log = logging.getLogger(__name__)

OUTCOMES: Mapping[CallCause, CallOutcome] = {
    CallCause.BUSY: CallOutcome.BUSY,
    CallCause.DECLINED: CallOutcome.DECLINED,
    CallCause.HANGUP: CallOutcome.DECLINED,
    CallCause.NO_ANSWER: CallOutcome.NO_ANSWER,
}
"""What it means that a call ended before it was picked up; any other cause is `FAILED`."""
MOST_EARLY = 200
"""Signals kept of calls whose ids are not known yet."""

Signal = CallAnswered | CallCandidates | CallChangeOffered | CallEnded


class NotAnswered(Exception):
    """Nobody picked up."""

    def __init__(self, outcome: CallOutcome, detail: str = "") -> None:
        super().__init__(f"{outcome}: {detail}" if detail else str(outcome))
        self.outcome = outcome
        self.detail = detail


class DialledConnection(Connection):
    """A call that the bot makes. It has no id before it is placed."""

    def __init__(self, signalling: Calls, telemetry: Telemetry) -> None:
        super().__init__("", signalling, telemetry)
        loop = asyncio.get_running_loop()
        self._dialled: OutgoingLeg | None = None
        self._placing: asyncio.Task[None] | None = None
        self._news: asyncio.Future[str | CallCause] = loop.create_future()
        self.over: asyncio.Future[CallCause] = loop.create_future()
        """Why it ended, once it has."""

    async def place(self, audio: AudioPort, to: str, beside: Leg | None) -> None:
        """Let it ring at `to`. Raises `ConnectorError`."""
        self._placing = asyncio.create_task(self._place(audio, to, beside))
        await asyncio.shield(self._placing)

    async def picked_up(self) -> None:
        """Wait until sound can flow. Raises `NotAnswered`, and `OfferRefused` when their SDP does not fit."""
        news = await asyncio.shield(self._news)
        if isinstance(news, CallCause):
            outcome = OUTCOMES.get(news, CallOutcome.FAILED)
            raise NotAnswered(outcome, f"it ended: {news}" if outcome is CallOutcome.FAILED else "")
        assert self._dialled is not None, "placed"
        await self._dialled.complete(news)
        self.leg = self._dialled
        held, self._candidates = self._candidates, []
        for candidate in held:
            await self.candidate(*candidate)

    def answered_with(self, answer: str) -> None:
        """Somebody picked up with this SDP."""
        if not self._news.done():
            self._news.set_result(answer)

    def give_up(self, cause: CallCause) -> None:
        """Wait for an answer no longer."""
        if not self._news.done():
            self._news.set_result(cause)

    def end(self, cause: CallCause) -> None:
        """It is over. Only the first cause counts."""
        self.give_up(cause)
        if not self.over.done():
            self.over.set_result(cause)

    async def hang_up(self, cause: CallCause) -> None:
        """Tell the far end that it is over, or rings no more."""
        if self._placing is not None:  # else it would begin to ring when nobody knows of it any more
            await asyncio.wait((self._placing,))
        if not self.id or self.over.done():
            return
        self.end(cause)
        try:
            await self._signalling.hangup(self.id, cause)
        except ConnectorError as error:
            log.warning("the platform does not take the end of the call %s: %s", self.id, error)

    async def close(self) -> None:
        """Close the leg, also one that never was picked up."""
        self.leg = self._dialled
        await super().close()

    async def _place(self, audio: AudioPort, to: str, beside: Leg | None) -> None:
        self._dialled = await audio.dial(self._listener(), beside=beside)
        self.id = await self._signalling.dial(to, self._dialled.offer)

    async def _make_leg(self) -> Leg:
        assert self.leg is not None, "picked up"
        return self.leg


class Dialler:
    """Calls people, any number at once, and knows each call until its end."""

    def __init__(self, signalling: Calls, audio: AudioPort, clock: Clock, telemetry: Telemetry) -> None:
        self._signalling = signalling
        self._telemetry = telemetry
        self._audio = audio
        self._clock = clock
        self._calls: set[DialledConnection] = set()
        self._early: list[Signal] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def dial(self, to: str, ring: float, *, beside: Leg | None = None) -> DialledConnection:
        """Call `to` (user id or e-mail address), for so many seconds; back once somebody has picked up. It
        is the caller's then, who is to `drop` it; its leg can be bridged with `beside`. Raises `NotAnswered`.
        Cancelled, it rings no more."""
        call = DialledConnection(self._signalling, self._telemetry)
        self._calls.add(call)
        try:
            await call.place(self._audio, to, beside)
            self._catch_up(call)
            await self._answer(call, ring)
        except BaseException as why:
            await self.drop(call, CallCause.FAILED if isinstance(why, OfferRefused) else CallCause.ENDED)
            if isinstance(why, ConnectorError | OfferRefused):
                raise NotAnswered(CallOutcome.FAILED, why.paragraph()) from why
            raise
        return call

    async def drop(self, call: DialledConnection, cause: CallCause = CallCause.ENDED) -> None:
        """Be done with a call: hang up unless it is over, close its leg; also when this is cancelled."""
        await asyncio.shield(self._spawn(self._drop(call, cause)))

    def calls_beside(self, known: Container[str]) -> int:
        """How many calls are dialled or alive, those with `known` ids left out."""
        return sum(call.id not in known for call in self._calls)

    def forget(self, call_id: str) -> None:
        """This call, if it is one of ours, is over, and its leg closed."""
        self._calls = {call for call in self._calls if call.id != call_id}

    def take(self, signal: Signal) -> None:
        """What the platform tells of some call."""
        for call in self._calls:
            if call.id == signal.call_id:
                self._give(call, signal)
                return
        if self._placing() and len(self._early) < MOST_EARLY:
            self._early.append(signal)

    def close(self) -> None:
        """Nobody is called from now on, and nothing rings any more. Calls that were picked up go on."""
        self._closing = True
        for call in self._calls:
            call.give_up(CallCause.ENDED)

    async def drained(self) -> None:
        """Return when every call that was dropped is closed."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _drop(self, call: DialledConnection, cause: CallCause) -> None:
        await call.hang_up(cause)
        await call.close()
        self._calls.discard(call)
        self._drop_early()

    async def _answer(self, call: DialledConnection, ring: float) -> None:
        timer = asyncio.create_task(self._ring_out(call, ring))
        try:
            if self._closing:
                call.give_up(CallCause.ENDED)
            await call.picked_up()
        finally:
            timer.cancel()
        if self._closing:
            raise NotAnswered(CallOutcome.FAILED, "the bot is stopping")

    async def _ring_out(self, call: DialledConnection, ring: float) -> None:
        await self._clock.sleep(ring)
        call.give_up(CallCause.NO_ANSWER)

    def _catch_up(self, call: DialledConnection) -> None:
        """A platform may tell of a call before it has told the call's id."""
        for signal in [each for each in self._early if each.call_id == call.id]:
            self._give(call, signal)
        self._drop_early()

    def _drop_early(self) -> None:
        if not self._placing():
            self._early.clear()

    def _placing(self) -> bool:
        return any(not call.id for call in self._calls)

    def _give(self, call: DialledConnection, signal: Signal) -> None:
        match signal:
            case CallAnswered(answer=answer):
                call.answered_with(answer)
            case CallEnded(cause=cause):
                call.end(cause)
            case CallChangeOffered(change_id=change_id, offer=offer):
                self._spawn(call.change(change_id, offer))
            case CallCandidates(candidates=candidates):
                self._spawn(_candidates(call, candidates))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _candidates(call: DialledConnection, candidates: Sequence[tuple[str, str, int]]) -> None:
    for candidate in candidates:
        await call.candidate(*candidate)
