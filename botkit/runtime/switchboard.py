"""The calls that are alive in this process, from the first ring to the last line of the journal."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from datetime import timedelta

from botkit.hooks import Hooks
from botkit.model.calls import CallCause, DeclineCause
from botkit.model.effects import Transfer
from botkit.model.events import CallAnswered, CallCandidates, CallChangeOffered, CallEnded, CallOffered
from botkit.model.inputs import Begin, CallFinished, CallOutcome
from botkit.model.session import Channel, Session, Turn
from botkit.ports import metrics
from botkit.ports.audio import AudioPort, Leg, SoundFiles
from botkit.ports.blobs import Blobs
from botkit.ports.clock import Clock
from botkit.ports.connector import Calls, ConnectorError
from botkit.ports.speech import RecognitionFailed, Recognizer, Synthesizer, VoiceActivity
from botkit.ports.store import JournalRow, StoreError

from .call_connection import IncomingConnection
from .call_equipment import CallEquipment
from .call_live import LiveCall
from .call_queues import CallQueues
from .context import person_of
from .dialling import DialledConnection, Dialler, NotAnswered
from .inbox import call_end_id, row_of
from .ledger import Cause, Ledger
from .transferring import transfer
from .turn import TurnFailed, Turns

log = logging.getLogger(__name__)

RINGS_AT_MOST = timedelta(seconds=60)
"""An offer older than that, found at a restart, rings no more."""
ROOM_FOR_TRANSFERS = 1.25
"""Of the most calls, for those to whom callers are put through: were there no more room for them than for who
calls, a bot full of callers that wait for somebody could put none of them through."""


class Switchboard:
    """Brings calls to flows."""

    def __init__(
        self,
        *,
        signalling: Calls,
        audio: AudioPort | None,
        voice: Synthesizer | None,
        recognizer: Recognizer | None,
        voice_activity: Callable[[], VoiceActivity] | None,
        sounds: SoundFiles | None,
        blobs: Blobs | None,
        hooks: Hooks,
        language: str,
        clock: Clock,
        ledger: Ledger,
        turns: Turns,
        most: int | None = None,
    ) -> None:
        """Without `audio` or `voice` every call is declined. The bot makes no call beyond `most` that ring or
        talk, and for a transfer none beyond a quarter more; None = no limit. For those who call, `Admission`
        sees to it."""
        self._signalling = signalling
        self._clock = clock
        self._ledger = ledger
        self._turns = turns
        self._equipment: CallEquipment | None = None
        self._dialler: Dialler | None = None
        self._queues = CallQueues(clock)
        if audio is not None and voice is not None:
            self._dialler = Dialler(signalling, audio, clock, ledger.telemetry)
            self._equipment = CallEquipment(
                signalling=signalling,
                audio=audio,
                voice=voice,
                language=language,
                clock=clock,
                ledger=ledger,
                turns=turns,
                hooks=hooks,
                queues=self._queues,
                recognizer=recognizer,
                voice_activity=voice_activity,
                sounds=sounds,
                blobs=blobs,
                transfer=self._transfer,
            )
        self._calls: dict[str, LiveCall] = {}
        self._conversations: set[asyncio.Task[None]] = set()
        self._ears = recognizer
        self._waking: asyncio.Task[None] | None = None
        self._draining = False
        self._most = most

    def __len__(self) -> int:
        """How many calls ring or talk; of one that is over a file may still be written."""
        return sum(live.cause is None for live in self._calls.values())

    def ring(self, offered: CallOffered) -> bool:
        """Somebody calls: remember at once what else is told of it. False when it rings already, or there
        is nothing to answer it with."""
        equipment = self._equipment
        if equipment is None or self._draining or offered.call.id in self._calls:
            return False
        self._wake_ears()
        connection = IncomingConnection(
            offered,
            signalling=self._signalling,
            audio=equipment.audio,
            telemetry=self._ledger.telemetry,
        )
        self._calls[offered.call.id] = LiveCall(connection, offered.event_id, equipment)
        return True

    def candidates(self, event: CallCandidates) -> None:
        """The far end's ICE candidates."""
        live = self._calls.get(event.call_id)
        if live is not None:
            for candidate in event.candidates:
                live.candidate(*candidate)
        elif self._dialler is not None:
            self._dialler.take(event)

    def changes(self, event: CallChangeOffered) -> None:
        """The far end of a call offers something else."""
        live = self._calls.get(event.call_id)
        if live is not None:
            live.change(event.change_id, event.offer)
        elif self._dialler is not None:
            self._dialler.take(event)

    def answered(self, event: CallAnswered) -> None:
        """Somebody picked up whom the bot calls."""
        if self._dialler is not None:
            self._dialler.take(event)

    def ended(self, event: CallEnded) -> None:
        """The platform says that a call is over."""
        live = self._calls.get(event.call_id)
        if live is not None:
            live.end(event.cause)
        if self._dialler is not None:
            self._dialler.take(event)

    def committed(self, turn: Turn) -> None:
        """A turn was committed: what it wants of its call is carried out."""
        if turn.session.channel is Channel.CALL:
            live = self._calls.get(turn.session.call_id)
            if live is not None:
                live.perform(turn)

    async def offer(self, offered: CallOffered, flow: str | None, text: str, cause: Cause) -> None:
        """Let `flow` take the call; it is declined when there is none, or nothing to speak with."""
        call_id = offered.call.id
        if call_id not in self._calls and self._clock.now() - offered.at > RINGS_AT_MOST:
            log.warning("the call %s rang before the bot was started, and is over", call_id)
            await self._ledger.settle(cause)
            return
        self.ring(offered)
        live = self._calls.get(call_id)
        if live is None or flow is None:
            busy = self._draining and flow is not None
            log.warning("the call %s is declined: %s", call_id, self._lacking(flow))
            await self.turn_away(call_id, DeclineCause.BUSY if busy else DeclineCause.REJECTED, cause)
            return
        if live.cause is not None:
            await self._ledger.settle(cause)
        else:
            session = Session(
                id=live.session_id,
                channel=Channel.CALL,
                flow=flow,
                conversation_id=offered.call.conversation_id,
                call_id=live.id,
                person=person_of(offered.call.caller),
            )
            await self._begin(live, session, Begin(text=text), cause, self._ring_back(live.id))
            return
        self.forget(call_id)

    def ahead_of(self, call_id: str) -> int:
        """How many calls are alive that rang, or were begun, before this one; whoever the bot is calling, or
        has put somebody through to, counts as well."""
        ids = [each for each, live in self._calls.items() if live.cause is None or each == call_id]
        others = 0 if self._dialler is None else self._dialler.calls_beside(self._calls)
        return (ids.index(call_id) if call_id in self._calls else len(ids)) + others

    async def turn_away(self, call_id: str, how: DeclineCause, cause: Cause, *lines: JournalRow) -> None:
        """Refuse a call for good."""
        # Told first: a process that dies now declines again, one that had settled would let it ring.
        await self.decline(call_id, how)
        self._ledger.telemetry.count(metrics.CALLS, "in", "busy" if how is DeclineCause.BUSY else "declined")
        await self._ledger.settle(cause, *lines)
        await self._tell_end(call_id, CallCause.DECLINED)
        self.forget(call_id)

    async def decline(self, call_id: str, cause: DeclineCause) -> None:
        """Refuse a call that rings. One that is over is no error."""
        try:
            await self._signalling.decline(call_id, cause)
        except ConnectorError as error:
            log.warning("the platform does not let the call %s be declined: %s", call_id, error)

    async def dial(self, to: str, ring: float) -> DialledConnection:
        """Call `to` (user id or e-mail address), for so many seconds; back once somebody has picked up, for
        `begin` or `drop`. Raises `NotAnswered`."""
        if self._dialler is None:
            raise NotAnswered(CallOutcome.FAILED, "there is nothing to speak with")
        self._wake_ears()
        try:
            self._find_room(self._most)
            return await self._dialler.dial(to, ring)
        except NotAnswered as why:
            self._ledger.telemetry.count(metrics.CALLS, "out", why.outcome)
            raise

    async def drop(self, call: DialledConnection) -> None:
        """Hang up on somebody who has picked up."""
        assert self._dialler is not None, "there is a call"
        await self._dialler.drop(call)

    async def begin(self, call: DialledConnection, session: Session, given: Begin, cause: Cause) -> None:
        """Let the flow of `session` talk with somebody who has picked up. When it cannot even begin they
        are hung up on, and it raises `StoreError` or `TurnFailed`."""
        assert self._equipment is not None, "there is a call"
        live = LiveCall(call, session.id, self._equipment)
        self._calls[call.id] = live
        if call.over.done():
            live.end(call.over.result())
        else:
            live.pick_up()
        await self._begin(live, session, given, cause)

    def forget(self, call_id: str) -> None:
        """Nobody here takes the call."""
        self._calls.pop(call_id, None)

    async def drain(self, seconds: float) -> None:
        """Take no more calls: whoever calls is told that it is busy. Back when the last one is over, or that
        time."""
        self._draining = True
        time_is_up = asyncio.create_task(self._clock.sleep(seconds))
        try:
            while self._conversations and not time_is_up.done():
                await asyncio.wait((time_is_up, *self._conversations), return_when=asyncio.FIRST_COMPLETED)
        finally:
            time_is_up.cancel()
            await asyncio.gather(time_is_up, return_exceptions=True)

    async def close(self) -> None:
        """Hang up on everybody."""
        if self._dialler is not None:
            self._dialler.close()
        await asyncio.gather(*(live.hang_up() for live in self._calls.values()))
        while self._conversations:
            await asyncio.wait(self._conversations)
        self._queues.close()
        if self._waking is not None:
            self._waking.cancel()  # nobody is left to listen to
            await asyncio.gather(self._waking, return_exceptions=True)
        if self._dialler is not None:
            await self._dialler.drained()

    def _wake_ears(self) -> None:
        """At the first call: a bot that only chats needs no recogniser in memory."""
        recognizer, self._ears = self._ears, None
        if recognizer is not None:
            self._waking = asyncio.create_task(_started(recognizer))

    async def _begin(
        self,
        live: LiveCall,
        session: Session,
        given: Begin,
        cause: Cause,
        first: Coroutine[object, object, None] | None = None,
    ) -> None:
        """Take the session's first turn; the conversation goes on by itself."""
        beginning = asyncio.create_task(self._turns.take(session, given, cause))
        conversation = asyncio.create_task(self._converse(live, beginning, first))
        self._conversations.add(conversation)
        conversation.add_done_callback(self._conversations.discard)
        try:
            await asyncio.shield(beginning)
        except (StoreError, TurnFailed):
            await live.hang_up(CallCause.FAILED)
            raise

    async def _converse(
        self, live: LiveCall, beginning: asyncio.Task[Turn], first: Coroutine[object, object, None] | None
    ) -> None:
        try:
            if first is not None:
                await first
            # What the session is told before it is stored would be lost.
            await asyncio.wait((beginning,))
            await live.converse()
        finally:
            self._calls.pop(live.id, None)
            if self._dialler is not None:
                self._dialler.forget(live.id)
            self._count(live)
        await self._tell_end(live.id, live.cause or CallCause.FAILED)

    def _count(self, live: LiveCall) -> None:
        telemetry, direction = self._ledger.telemetry, "out" if live.dialled else "in"
        if live.answered_at is None:
            telemetry.count(metrics.CALLS, direction, live.cause or CallCause.FAILED)
        else:
            telemetry.count(metrics.CALLS, direction, "answered")
            telemetry.observe(metrics.CALL_DURATION, self._clock.monotonic() - live.answered_at, direction)

    def _lacking(self, flow: str | None) -> str:
        if flow is None:
            return "no flow starts at `call_incoming`"
        return "the bot is about to end" if self._draining else "there is nothing to speak with"

    async def _transfer(self, effect: Transfer, caller: Leg) -> CallFinished:
        assert self._dialler is not None, "there is a call"
        try:
            self._find_room(None if self._most is None else math.ceil(self._most * ROOM_FOR_TRANSFERS))
        except NotAnswered as why:
            return CallFinished(effect_id=effect.id, outcome=why.outcome, detail=why.detail)
        return await transfer(effect, caller, self._dialler, self._clock)

    def _find_room(self, most: int | None) -> None:
        """For one more call of the bot's. Raises `NotAnswered` when `most` ring or talk."""
        if most is not None and self.ahead_of("") >= most:
            self._ledger.telemetry.count(metrics.REFUSED, "calls")
            raise NotAnswered(CallOutcome.BUSY, f"the bot has all the calls it takes ({most})")

    async def _tell_end(self, call_id: str, cause: CallCause) -> None:
        """To the hooks. The platform may have told already, or tell later: it counts once."""
        at = self._clock.now()
        ended = CallEnded(event_id=call_end_id(call_id), at=at, call_id=call_id, cause=cause)
        try:
            await self._ledger.receive(row_of(ended))
        except StoreError as error:
            log.error("the store refused the end of the call %s: %s", call_id, error)

    async def _ring_back(self, call_id: str) -> None:
        try:
            await self._signalling.ringing(call_id)
        except ConnectorError as error:
            log.warning("the platform does not tell the caller that it rings: %s", error)


async def _started(recognizer: Recognizer) -> None:
    try:
        await recognizer.start()
    except RecognitionFailed as error:
        log.warning("%s", error)  # each answer tries again
    except Exception:
        log.exception("the recogniser does not start")
