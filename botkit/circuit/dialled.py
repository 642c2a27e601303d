"""The calls that a bot makes, told in botkit's words."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

from botkit.model.calls import CallCause
from botkit.model.events import CallAnswered, CallCandidates, CallChangeOffered, CallEnded, Event
from botkit.ports.clock import Clock

from .api.outgoing import Candidate, OutgoingCall
from .directory import CircuitDirectory
from .errors import InCall, NotFound
from .events import CallEvent
from .session import CircuitSession

DIALLED = "dialled"
"""Stands in a call's id where that of a call to the bot has its instance, which is not known at first."""


class Dialled:
    """The calls one bot has placed, by id, until they are over."""

    def __init__(
        self, session: CircuitSession, directory: CircuitDirectory, tell: Callable[[Event], None]
    ) -> None:
        """`tell` takes the events, in order."""
        self._session = session
        self._directory = directory
        self._tell = tell
        self._calls: dict[str, OutgoingCall] = {}

    async def dial(self, address: str, offer: str) -> str:
        """Call somebody; the id, which no event bears before it is returned. Raises `CircuitError`.

        Somebody who is in a call with the bot is busy.
        """
        person = await self._directory.addressed(address)
        if person.id == self._session.me.id:
            raise NotFound(f"{address} is the bot itself.", remedy="A bot cannot call itself.")
        record = await self._session.conversations.direct(person.id)
        call_id = f"{record.rtc_session_id}:{DIALLED}:{uuid.uuid4()}"
        news = _News(call_id, self._session.clock, self._tell, self._over)
        call = self._calls[call_id] = self._session.calls.outgoing_in(record, offer, news)
        with suppress(InCall):
            await call.place()
        news.release()
        return call_id

    async def hang_up(self, call_id: str, cause: CallCause, disconnect_cause: str) -> bool:
        """End it; False when there is no such call (any more)."""
        call = self._calls.get(call_id)
        if call is None:
            return False
        await call.hang_up(cause, disconnect_cause)
        return True

    def is_meant(self, event: CallEvent) -> bool:
        """`event` is about one of these calls."""
        return any(call.is_meant(event) for call in self._calls.values())

    def holds(self, rtc_session_id: str) -> bool:
        """One of these calls bears this session id."""
        return any(call.rtc_session_id == rtc_session_id for call in self._calls.values())

    def _over(self, call_id: str) -> None:
        self._calls.pop(call_id, None)


class _News:
    """What becomes of one call: `Follower` for the wire, events for the bot."""

    def __init__(
        self,
        call_id: str,
        clock: Clock,
        tell: Callable[[Event], None],
        over: Callable[[str], None],
    ) -> None:
        self._call_id = call_id
        self._clock = clock
        self._tell = tell
        self._over = over
        self._batches = itertools.count(1)
        self._early: list[Event] | None = []
        """Until the bot knows the call's id."""

    def release(self) -> None:
        """The bot is about to know the id."""
        early, self._early = self._early or [], None
        for event in early:
            self._tell(event)

    def answered(self, answer: str) -> None:
        self._add(
            CallAnswered(
                event_id=f"call_answered:{self._call_id}",
                at=self._clock.now(),
                call_id=self._call_id,
                answer=answer,
            )
        )

    def found(self, candidates: Sequence[Candidate]) -> None:
        self._add(
            CallCandidates(
                event_id=f"candidates:{self._call_id}:{next(self._batches)}",
                at=self._clock.now(),
                call_id=self._call_id,
                candidates=tuple(candidates),
            )
        )

    def change_offered(self, change_id: str, offer: str) -> None:
        self._add(
            CallChangeOffered(
                event_id=f"call_change:{self._call_id}:{change_id}",
                at=self._clock.now(),
                call_id=self._call_id,
                change_id=change_id,
                offer=offer,
            )
        )

    def over(self, cause: CallCause) -> None:
        self._over(self._call_id)
        self._add(
            CallEnded(
                event_id=f"call_ended:{self._call_id}",
                at=self._clock.now(),
                call_id=self._call_id,
                cause=cause,
            )
        )

    def _add(self, event: Event) -> None:
        if self._early is None:
            self._tell(event)
        else:
            self._early.append(event)
