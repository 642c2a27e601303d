"""A call we placed, from dialling to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from botkit.circuit import events
from botkit.circuit.errors import CallFailed, CircuitError, InCall, RequestTimedOut
from botkit.circuit.shapes import ConversationRecord
from botkit.model.calls import CallCause
from botkit.model.events import ConnectionState

from .asking import Asking

if TYPE_CHECKING:
    from .calls import Calls

Candidate = tuple[str, str, int]
"""(candidate line, sdpMid, sdpMLineIndex); an empty line ends them."""

FAILURES = {
    "DECLINE": CallCause.DECLINED,
    "BUSY": CallCause.BUSY,
    "TIMEOUT": CallCause.NO_ANSWER,
    "REVOKED": CallCause.CANCELLED,
}
"""Why a call that was placed did not come about; any other cause is `FAILED`."""


GIVE_UP_SECONDS = 5.0
"""For telling the server that a call is not wanted any more, when nobody knows whether it took it."""


class Follower(Protocol):
    """Who is told at once what becomes of a call, in order; its methods must not block nor raise."""

    def answered(self, answer: str) -> None:
        """Somebody picked up, with this SDP."""
        ...

    def found(self, candidates: Sequence[Candidate]) -> None:
        """The far end's, as they come."""
        ...

    def change_offered(self, change_id: str, offer: str) -> None:
        """The far end wants other media, with this SDP."""
        ...

    def over(self, cause: CallCause) -> None:
        """It has ended; the last word."""
        ...


class OutgoingCall:
    """A call we placed."""

    def __init__(
        self,
        calls: Calls,
        session: Asking,
        record: ConversationRecord,
        offer: str,
        follower: Follower | None = None,
    ) -> None:
        self._calls = calls
        self._session = session
        self._record = record
        self._offer = offer
        self._follower = follower
        self._far_origin = ""
        self._instance = ""
        loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[str | CallFailed] = loop.create_future()
        self._over: asyncio.Future[CallCause] = loop.create_future()
        self.ringing = asyncio.Event()
        """Set once it rings at the other end."""
        self.candidates: asyncio.Queue[Candidate] = asyncio.Queue()
        """The far end's, as they come, unless a follower takes them."""
        self._unlisten = session.listen(self._hear)

    async def place(self) -> None:
        """PREPARE and JOIN; no JOIN when it was hung up meanwhile. A call that cannot be placed is over."""
        try:
            await self._calls.prepare(self._record)
            if not self.over:
                await self._join()
        except BaseException as error:
            self._end(CallCause.BUSY if isinstance(error, InCall) else CallCause.FAILED)
            raise

    async def _join(self) -> None:
        try:
            await self._calls.join(self._record, self._offer)
        except (RequestTimedOut, asyncio.CancelledError):
            # The server may have taken it all the same, and would let it ring for nobody.
            with suppress(CircuitError, TimeoutError):
                async with asyncio.timeout(GIVE_UP_SECONDS):
                    await self._calls.terminate(self._record.rtc_session_id)
            raise

    async def answered(self) -> str:
        """The SDP of whoever picked up. Raises `CallFailed` with the cause when nobody does."""
        answer = await asyncio.shield(self._answer)
        if isinstance(answer, CallFailed):
            raise answer
        return answer

    async def ended(self) -> CallCause:
        """Why it is over, once it is."""
        return await asyncio.shield(self._over)

    @property
    def over(self) -> bool:
        """Nothing more will happen."""
        return self._over.done()

    @property
    def rtc_session_id(self) -> str:
        """Names it on the wire, like every call of its conversation."""
        return self._record.rtc_session_id

    def is_meant(self, event: events.CallEvent) -> bool:
        """`event` is about this call, as far as the server tells."""
        same = event.rtc_session_id == self._record.rtc_session_id
        return same and event.instance_id in ("", self._instance)

    async def send_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Trickle ours."""
        await self._calls.send_candidates(self._record.rtc_session_id, origin_of(self._offer), candidates)

    async def hang_up(self, cause: CallCause = CallCause.ENDED, disconnect_cause: str = "") -> None:
        """End it, or give up while it rings. Twice is no error."""
        if not self.over:
            self._end(cause)
            await self._calls.terminate(self._record.rtc_session_id, disconnect_cause)

    def _hear(self, event: events.CircuitEvent) -> None:
        if isinstance(event, events.StateChanged):
            if event.is_new:
                self._link_changed(event.state)
        elif isinstance(event, events.CallEvent) and event.rtc_session_id == self._record.rtc_session_id:
            if not self._instance and _names(event):
                self._instance = event.instance_id
            if self.is_meant(event):
                self._follow(event)

    def _link_changed(self, state: ConnectionState) -> None:
        """A call that talks may live through a reconnect, since its sound does not go through the server."""
        talks = self._answer.done()
        if not talks or state is ConnectionState.CLOSED:
            self._end(CallCause.FAILED)
        elif state is ConnectionState.READY and not self._goes_on():
            self._end(CallCause.HANGUP)

    def _goes_on(self) -> bool:
        instance = self._session.active_calls.get(self._record.rtc_session_id)
        return instance is not None and (not instance or not self._instance or instance == self._instance)

    def _follow(self, event: events.CallEvent) -> None:
        match event:
            case events.CallAlerting():
                self.ringing.set()
            case events.CallAnswered(client_id=client_id) if self._is_mine(client_id):
                self._answered(event.answer)
            case events.CandidatesReceived(client_id=client_id) if self._is_mine(client_id):
                if event.origin in ("", self._far_origin):
                    self._found(event.candidates)
            case events.MediaChangeRequested(client_id=client_id) if self._is_mine(client_id) and event.offer:
                self._far_origin = origin_of(event.offer)
                if self._follower:
                    self._follower.change_offered(event.transaction_id, event.offer)
            case events.CallRefused() if not self._answer.done():
                self._end(FAILURES.get(event.cause, CallCause.FAILED), event.cause)
            case events.CallTerminated():
                # Before anybody picked up it was ended elsewhere, by another socket of ours or the server.
                self._end(CallCause.HANGUP if self._answer.done() else CallCause.CANCELLED, event.cause)
            case _:
                pass

    def _answered(self, answer: str) -> None:
        # Later ones answer changes of media.
        if not self._answer.done():
            self._far_origin = origin_of(answer)
            self._answer.set_result(answer)
            if self._follower:
                self._follower.answered(answer)

    def _found(self, candidates: Sequence[Candidate]) -> None:
        if self._follower:
            self._follower.found(candidates)
            return
        for candidate in candidates:
            self.candidates.put_nowait(candidate)

    def _is_mine(self, client_id: str) -> bool:
        return client_id in ("", self._session.client_id)

    def _end(self, cause: CallCause, code: str = "") -> None:
        self._unlisten()
        if not self._answer.done():
            self._answer.set_result(CallFailed(cause, code=code))
        if not self._over.done():
            self._over.set_result(cause)
            if self._follower:
                self._follower.over(cause)


def _names(event: events.CallEvent) -> bool:
    """Whether a call that waits for its first event learns its instance from this one.

    The session id was used by earlier calls: what could be a late word about one of those is none.
    """
    match event:
        case events.CallUpdated(action="SESSION_STARTED"):
            return True
        case events.CallAlerting() | events.CallAnswered() | events.CallRefused():
            return True
        case _:
            return False


def origin_of(sdp: str) -> str:
    """The `o=` line of an SDP, by which candidates name the negotiation they belong to."""
    return next((line.strip() for line in sdp.splitlines() if line.startswith("o=")), "")
