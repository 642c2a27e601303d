"""One turn: a session takes an input, the engine says what comes of it, one transaction writes it all."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from msgspec.structs import replace

from botkit.flow.engine import outputs_of
from botkit.flow.library import FlowLibrary
from botkit.flow.masking import hidden_of, hushed
from botkit.model.inputs import Begin, DeadlineReached, Input
from botkit.model.session import Channel, EndedBy, Session, Status, Turn
from botkit.ports.clock import Clock
from botkit.ports.log_context import CALL, SESSION
from botkit.ports.store import Commit, InboxRow, SessionRow, StaleSession

from . import addressing, journal, places, results
from .ledger import Cause, Ledger
from .observing import observed

log = logging.getLogger(__name__)


NO_CAUSE = Cause()


class TurnFailed(Exception):
    """The engine failed at an input: a bug. Nothing was written, unless `over`. Its text is the error's,
    without what was said to the session in secret."""

    def __init__(self, error: Exception, session: Session, given: Input, cause: Cause) -> None:
        super().__init__(hushed(repr(error), hidden_of(session)))
        self.session = session
        """As it stands."""
        self.given = given
        self.cause = cause

    @property
    def over(self) -> bool:
        """To try again is of no use: a call does not wait for that, and ends."""
        begins_call = self.session.channel is Channel.CALL and isinstance(self.given, Begin)
        return begins_call or not self.cause.done


class Turns:
    """Takes turns. Only the pure `step` runs between reading a session and committing it."""

    def __init__(
        self, ledger: Ledger, library: FlowLibrary, clock: Clock, committed: Callable[[Turn], None]
    ) -> None:
        """`committed` is told of each turn at once, in the order of a session's turns."""
        self._ledger = ledger
        self._library = library
        self._clock = clock
        self._committed = committed

    async def read(self, row: SessionRow) -> Session | None:
        """The session that `row` holds. None when nobody can read it: it is ended, and found no more."""
        try:
            return places.session_of(row)
        except ValueError as error:
            # What it says of the row, which may be somebody's answers, is for the journal alone.
            log.error("the session %s cannot be read and is set aside; its journal says why", row.id)
            fault = journal.failed(row.id, row.id, repr(error), self._clock.now())
        ended = replace(row, revision=row.revision + 1, open=False, places=(), deadline=None)
        try:
            await self._ledger.commit(Commit(session=ended, journal=(fault,)))
        except StaleSession:
            log.debug("the session %s is set aside already", row.id)
        return None

    async def give(self, session_id: str, given: Input, cause: Cause = NO_CAUSE) -> Turn | None:
        """Give a session an input; None when it is over, or wants it no more. Raises `TurnFailed`."""
        stale = -1
        while True:
            row = await self._ledger.sessions.session(session_id)
            if row is None or not row.open or row.revision == stale:
                break
            session = await self.read(row)
            if session is None:
                break
            if isinstance(given, DeadlineReached) and not _is_due(session, self._clock.now()):
                break
            try:
                return await self.take(session, given, cause)
            except StaleSession:
                # Of a session that did not move it was the inbox row that is gone: dealt with already.
                stale = row.revision
        if cause is not NO_CAUSE:
            await self._ledger.settle(cause)
        return None

    async def take(self, session: Session, given: Input, cause: Cause = NO_CAUSE) -> Turn:
        """Give this very state an input. Raises `StaleSession` when it is the state no more, `TurnFailed`."""
        SESSION.set(session.id)
        if session.call_id:
            CALL.set(session.call_id)
        turn = self._take(session, given, cause)
        telemetry = self._ledger.telemetry
        if telemetry.on:
            turn = observed(turn, session, given, telemetry=telemetry, clock=self._clock)
        return await turn

    async def _take(self, session: Session, given: Input, cause: Cause) -> Turn:
        if session.parent and not session.state:
            session = await self._begun_by(session)
        now = self._clock.now()
        try:
            turn = self._library.step(session, given, now)
            commit = Commit(
                done=cause.done,
                session=places.row_of(turn.session),
                journal=(journal.turn_taken(turn, given, now),),
                outbox=(*cause.outbox, *addressing.outbox_rows(turn, now)),
                inbox=(*cause.inbox, *self._told(turn, given, now)),
                confirmed=cause.confirmed,
            )
        except Exception as error:
            failed = TurnFailed(error, session, given, cause)
            if failed.over:
                log.exception("the flow %s failed at %s", session.flow, type(given).__name__)
                fault = journal.failed(session.id, cause.done or type(given).__name__, str(failed), now)
                await self._ledger.commit(
                    Commit(done=cause.done, journal=(fault,), outbox=cause.outbox, inbox=cause.inbox)
                )
            raise failed from error
        await self._ledger.commit(commit)
        self._committed(turn)
        if turn.session.ended_by is EndedBy.ERROR:
            # Where nobody is there to read an apology, this is all that anybody hears of it.
            event = turn.why[-1].branch if turn.why else "an error"
            log.warning(
                "the flow %s ended, nothing handled %s: `botkit why %s`", session.flow, event, session.id
            )
        return turn

    async def _begun_by(self, session: Session) -> Session:
        """A session of another one's begins with the version of its flow that this one goes by."""
        parent_id, _, _ = session.parent.rsplit(":", 2)
        row = await self._ledger.sessions.session(parent_id) if self._library.older else None
        try:
            return self._library.begins(session, places.session_of(row)) if row is not None else session
        except ValueError:  # nobody can read the parent any more
            return session

    def _told(self, turn: Turn, given: Input, now: datetime) -> Iterator[InboxRow]:
        """Who has to know that the session is over."""
        session = turn.session
        withdrawn = session.ended_by is EndedBy.WITHDRAWN  # whoever began it wants to hear no more of it
        if session.status is Status.ENDED and session.parent and not withdrawn:
            yield results.to_parent(session, outputs_of(self._library.flows_of(session), session), now)


def _is_due(session: Session, now: datetime) -> bool:
    return session.status is Status.OPEN and session.deadline is not None and session.deadline <= now
