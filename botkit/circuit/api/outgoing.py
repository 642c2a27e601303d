"""A call we placed, from dialling to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botkit.circuit import events
from botkit.circuit.errors import CallFailed
from botkit.circuit.shapes import ConversationRecord
from botkit.model.calls import CallCause

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


class OutgoingCall:
    """A call we placed."""

    def __init__(self, calls: Calls, session: Asking, record: ConversationRecord, offer: str) -> None:
        self._calls = calls
        self._session = session
        self._record = record
        self._offer = offer
        self._instance = ""
        loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[str | CallFailed] = loop.create_future()
        self._over: asyncio.Future[CallCause] = loop.create_future()
        self.ringing = asyncio.Event()
        """Set once it rings at the other end."""
        self.candidates: asyncio.Queue[Candidate] = asyncio.Queue()
        """The far end's, as they come."""
        self._unlisten = session.listen(self._hear)

    async def place(self) -> None:
        """PREPARE and JOIN; no JOIN when it was hung up meanwhile."""
        await self._calls.prepare(self._record)
        if not self.over:
            await self._calls.join(self._record, self._offer)

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

    async def send_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Trickle ours."""
        await self._calls.send_candidates(self._record.rtc_session_id, origin_of(self._offer), candidates)

    async def hang_up(self) -> None:
        """End it, or give up while it rings. Twice is no error."""
        if not self.over:
            self._end(CallCause.ENDED)
            await self._calls.terminate(self._record.rtc_session_id)

    def forget(self) -> None:
        """It never came to be."""
        self._end(CallCause.FAILED)

    def _hear(self, event: events.CircuitEvent) -> None:
        if isinstance(event, events.StateChanged):
            # Whatever state it is: the socket that placed the call is gone.
            self._end(CallCause.FAILED)
        elif isinstance(event, events.CallEvent) and event.rtc_session_id == self._record.rtc_session_id:
            # The session id was used by earlier calls; their late events bear another instance.
            self._instance = self._instance or event.instance_id
            if event.instance_id in ("", self._instance):
                self._follow(event)

    def _follow(self, event: events.CallEvent) -> None:
        match event:
            case events.CallAlerting():
                self.ringing.set()
            case events.CallAnswered(client_id=client_id) if self._is_mine(client_id):
                if not self._answer.done():
                    self._answer.set_result(event.answer)
            case events.CandidatesReceived(client_id=client_id) if self._is_mine(client_id):
                for candidate in event.candidates:
                    self.candidates.put_nowait(candidate)
            case events.CallRefused() if not self._answer.done():
                self._end(FAILURES.get(event.cause, CallCause.FAILED), event.cause)
            case events.CallTerminated():
                self._end(CallCause.HANGUP, event.cause)
            case _:
                pass

    def _is_mine(self, client_id: str) -> bool:
        return client_id in ("", self._session.client_id)

    def _end(self, cause: CallCause, code: str = "") -> None:
        self._unlisten()
        if not self._answer.done():
            self._answer.set_result(CallFailed(cause, code=code))
        if not self._over.done():
            self._over.set_result(cause)


def origin_of(sdp: str) -> str:
    """The `o=` line of an SDP, by which candidates name the negotiation they belong to."""
    return next((line.strip() for line in sdp.splitlines() if line.startswith("o=")), "")
