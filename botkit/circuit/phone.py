"""`ports.connector.Calls` on Circuit: direct calls to the bot and by it, from the first ring to the end."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from botkit.model.calls import Call, CallCause, DeclineCause
from botkit.model.events import (
    CallCandidates,
    CallChangeOffered,
    CallEnded,
    CallOffered,
    CallTranscript,
    Event,
)

from . import events
from .api.outgoing import origin_of
from .dialled import DIALLED, Dialled
from .directory import CircuitDirectory
from .errors import CircuitError, NotFound
from .handed_over import HandedOver
from .read import milliseconds
from .session import CircuitSession
from .transcripts import Transcripts

log = logging.getLogger(__name__)

_DISCONNECT_CAUSES = {CallCause.MEDIA_LOST: "STREAM_LOST", CallCause.FAILED: "NEGOTIATION_FAILED"}
_CANCELS = {
    "ACCEPT": CallCause.ANSWERED_ELSEWHERE,
    "DECLINE": CallCause.DECLINED,
    "BUSY": CallCause.BUSY,
}
"""Why it stopped ringing here; any other cause is that the caller gave up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One call that is going on."""

    call: Call
    invite: events.CallInvited
    offer: str
    """The caller's newest."""
    answered: bool = False

    def is_meant(self, event: events.CallEvent) -> bool:
        """`event` is about this call, and not about an earlier one of the same conversation."""
        return event.rtc_session_id == self.invite.rtc_session_id and self.is_instance(event.instance_id)

    def is_instance(self, instance_id: str) -> bool:
        """It bears this instance id, as far as the server tells them."""
        mine = self.invite.instance_id
        return not mine or not instance_id or mine == instance_id


class CircuitCalls:
    """The calls of one bot: those to it are kept here, those it makes in `Dialled`.

    A conversation's calls bear one `rtcSessionId`, so a call's id here is that and its instance, or where
    the server tells none, the transaction of its invitation; and the socket it was offered to, since a call
    that still rings after a reconnect is offered anew, when the first offer is over already.
    """

    def __init__(
        self, session: CircuitSession, directory: CircuitDirectory, tell: Callable[[Event], None]
    ) -> None:
        """`tell` takes what the bot's own doing leads to: the server tells it to everybody else."""
        self._session = session
        self._directory = directory
        self._tell = tell
        self._lines: dict[str, _Line] = {}
        self._dialled = Dialled(session, directory, tell)
        self._handed_over = HandedOver(session)
        self._transcripts = Transcripts(session)
        self._batches = itertools.count(1)

    async def dial(self, address: str, offer: str) -> str:
        """Raises `CircuitError` when the call cannot be placed; what comes of it is told by events."""
        return await self._dialled.dial(address, offer)

    async def transcribe(self, said: CallTranscript) -> None:
        """Show the person what is said; it is sent in the background, and its loss disturbs nobody."""
        self._transcripts.add(said, _rtc_session_id(said.call_id))

    async def send_transcripts(self) -> None:
        """The background, for ever."""
        await self._transcripts.send()

    async def ringing(self, call_id: str) -> None:
        """Raises `NotFound` when the call is over."""
        await self._session.calls.ring(self._line(call_id).invite)

    async def answer(self, call_id: str, answer: str) -> None:
        """Raises `NotFound` when the call is over."""
        line = self._line(call_id)
        # Noted first: the caller may hang up in the same breath, and that is no cancelling any more.
        self._lines[call_id] = replace(line, answered=True)
        try:
            await self._session.calls.answer(line.invite, answer)
        except CircuitError:
            if call_id in self._lines:
                self._lines[call_id] = line
            raise

    async def answer_change(self, call_id: str, change_id: str, answer: str | None) -> None:
        """None = the call goes on as it was."""
        session_id = _rtc_session_id(call_id)
        if answer is None:
            await self._session.calls.reject_media_change(session_id, change_id)
        else:
            await self._session.calls.accept_media_change(session_id, change_id, answer)

    async def decline(self, call_id: str, cause: DeclineCause) -> None:
        """A call that is over already is no error."""
        if line := self._lines.get(call_id):
            busy = cause is DeclineCause.BUSY
            self._tell(self._end(line, CallCause.BUSY if busy else CallCause.DECLINED))
            await self._session.calls.reject(line.invite, "BUSY" if busy else "DECLINE")

    async def hangup(self, call_id: str, cause: CallCause = CallCause.ENDED) -> None:
        """A call that is over already is no error."""
        reason = _DISCONNECT_CAUSES.get(cause, "")
        if line := self._lines.get(call_id):
            self._tell(self._end(line, cause))
            await self._session.calls.terminate(line.invite.rtc_session_id, reason)
        elif not await self._dialled.hang_up(call_id, cause, reason):
            await self._hang_up_earlier(call_id)

    async def _hang_up_earlier(self, call_id: str) -> None:
        """End a call that a process before this one held, though the server may still take that process's
        socket for alive."""
        for rtc_session_id, instance_id in self._session.active_calls.items():
            names = (f"{rtc_session_id}:{instance_id}:", f"{rtc_session_id}:{DIALLED}:")
            if not self._holds(rtc_session_id) and call_id.startswith(names):
                self._handed_over.drop(rtc_session_id)
                await self._session.calls.terminate(rtc_session_id)

    async def hang_up_lost(self) -> None:
        """The calls at another socket of the account are not ended, nor is one that began since the logon.
        One that cannot be ended keeps no other from it. Raises `CircuitError`."""
        lost = [each for each in self._handed_over.take() if not self._holds(each)]
        endings = (self._session.calls.terminate(each) for each in lost)
        for failure in await asyncio.gather(*endings, return_exceptions=True):
            if failure is not None:
                raise failure

    async def hear(self, event: events.CallEvent) -> list[Event]:
        """What a call event of the wire means to the bot. Raises `CircuitError`."""
        match event:
            case events.CallInvited():
                return await self._invited(event)
            case events.CandidatesReceived():
                lines = [line for line in self._meant(event) if self._fits(event, line)]
                return [self._candidates(event, line) for line in lines]
            case events.MediaChangeRequested(client_id=client_id) if self._is_ours(client_id):
                return await self._change_offered(event)
            case events.InviteCancelled(client_id=client_id, cause=cause):
                # Our own answer is told to our other sockets; servers may tell this one as well.
                if not client_id or client_id != self._session.client_id:
                    return self._over(event, _CANCELS.get(cause, CallCause.CANCELLED))
            case events.CallTerminated():
                return self._over(event, None)
            case events.CallRefused():
                return self._over(event, CallCause.FAILED)
            case _:
                pass
        return []

    def disconnected(self) -> list[Event]:
        """The link is down: what rang here rings no more. A call that was answered may go on, since its
        sound does not go through the server."""
        ringing = [line for line in self._lines.values() if not line.answered]
        return [self._end(line, CallCause.FAILED) for line in ringing]

    def reconnected(self) -> list[Event]:
        """The link is up again: the calls that the server no longer knows are over."""
        gone = [line for line in self._lines.values() if line.answered and not self._goes_on(line)]
        return [self._end(line, CallCause.HANGUP) for line in gone]

    async def _invited(self, invite: events.CallInvited) -> list[Event]:
        instance = invite.instance_id or invite.transaction_id
        call_id = f"{invite.rtc_session_id}:{instance}:{self._session.client_id}"
        if call_id in self._lines:
            return []
        if not invite.offer:
            log.info("an invitation to a conference in %s was refused", invite.conversation_id)
            await self._session.calls.reject(invite, "DECLINE")
            return []
        caller = await self._directory.user_or_stub(invite.caller_id)
        # A conversation has one call at a time, so the one we know of must be over.
        session_id = invite.rtc_session_id
        earlier = [line for line in self._lines.values() if line.invite.rtc_session_id == session_id]
        ended = [self._end(line, CallCause.FAILED) for line in earlier]
        call = Call(id=call_id, conversation_id=invite.conversation_id, caller=caller)
        self._lines[call_id] = _Line(call=call, invite=invite, offer=invite.offer)
        offered = CallOffered(
            event_id=f"call:{call_id}", at=self._session.clock.now(), call=call, offer=invite.offer
        )
        return [*ended, offered]

    def _goes_on(self, line: _Line) -> bool:
        instance_id = self._session.active_calls.get(line.invite.rtc_session_id)
        return instance_id is not None and line.is_instance(instance_id)

    def _candidates(self, event: events.CandidatesReceived, line: _Line) -> Event:
        now = self._session.clock.now()
        # Batches bear no id and are not repeated: moment and count tell them apart, also after a restart.
        event_id = f"candidates:{line.call.id}:{milliseconds(now)}:{next(self._batches)}"
        return CallCandidates(event_id=event_id, at=now, call_id=line.call.id, candidates=event.candidates)

    async def _change_offered(self, event: events.MediaChangeRequested) -> list[Event]:
        """A call that the bot has made hears of it by itself."""
        lines = [line for line in self._meant(event) if line.answered]
        if not event.offer:
            if lines or self._dialled.is_meant(event):
                log.info("a call is asked for an offer of its own, and refuses: %s", event.rtc_session_id)
                await self._session.calls.reject_media_change(event.rtc_session_id, event.transaction_id)
            return []
        for line in lines:
            self._lines[line.call.id] = replace(line, offer=event.offer)
        return [
            CallChangeOffered(
                event_id=f"call_change:{line.call.id}:{event.transaction_id}",
                at=self._session.clock.now(),
                call_id=line.call.id,
                change_id=event.transaction_id,
                offer=event.offer,
            )
            for line in lines
        ]

    def _fits(self, event: events.CandidatesReceived, line: _Line) -> bool:
        return self._is_ours(event.client_id) and event.origin in ("", origin_of(line.offer))

    def _is_ours(self, client_id: str) -> bool:
        return client_id in ("", self._session.client_id)

    def _meant(self, event: events.CallEvent) -> Iterator[_Line]:
        return (line for line in list(self._lines.values()) if line.is_meant(event))

    def _over(self, event: events.CallEvent, cause: CallCause | None) -> list[Event]:
        ended: list[Event] = []
        for line in self._meant(event):
            told = CallCause.HANGUP if line.answered else CallCause.CANCELLED
            ended.append(self._end(line, cause or told))
        return ended

    def _end(self, line: _Line, cause: CallCause) -> Event:
        self._lines.pop(line.call.id, None)
        return CallEnded(
            event_id=f"call_ended:{line.call.id}",
            at=self._session.clock.now(),
            call_id=line.call.id,
            cause=cause,
        )

    def _holds(self, rtc_session_id: str) -> bool:
        """Some call of this process bears this session id."""
        lines = self._lines.values()
        to_us = any(line.invite.rtc_session_id == rtc_session_id for line in lines)
        return to_us or self._dialled.holds(rtc_session_id)

    def _line(self, call_id: str) -> _Line:
        line = self._lines.get(call_id)
        if line is None:
            raise NotFound("The call is over.", where=call_id)
        return line


def _rtc_session_id(call_id: str) -> str:
    return call_id.rsplit(":", 2)[0]
