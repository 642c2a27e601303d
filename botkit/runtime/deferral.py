"""Messages that wait until their author's session is done with its step handler.

Each is a row of the outbox behind the session's `Run`, with its key; from there it comes back to the
inbox behind the handler's result. So they keep their order, survive the process and hold up nobody else.
"""

from __future__ import annotations

from botkit.model.effects import DeferredMessage
from botkit.model.events import MessageReceived
from botkit.ports.store import InboxRow, SessionRow

from . import places
from .context import Origin
from .recent import Recent


class Deferral:
    """Which message waits, and for which session."""

    def __init__(self, sessions: Recent) -> None:
        self._sessions = sessions
        self._last: dict[str, DeferredMessage] = {}
        """By place, the message put off last: those that come before its turn wait behind it. A restart
        forgets that; one that comes in that very moment may then overtake it."""

    async def busy(self, origin: Origin, before: DeferredMessage | None) -> SessionRow | None:
        """The session that a message from there has to wait for; `before` = how it was put off already."""
        session = await self._sessions.find(_place(origin))
        if session and before and (before.session_id, before.revision) == (session.id, session.revision):
            return None  # it stands where it stood: its result is lost
        return session

    def behind_others(
        self, row: InboxRow, message: MessageReceived, origin: Origin
    ) -> DeferredMessage | None:
        """The message of `row`, put off behind those that wait already; None when none does."""
        last = self._last.get(_place(origin)) if self._last else None
        return last and self._put_off(row, message, origin, last.session_id, last.revision)

    def behind(
        self,
        row: InboxRow,
        message: MessageReceived,
        origin: Origin,
        session: SessionRow,
        before: DeferredMessage | None = None,
    ) -> DeferredMessage:
        """The message of `row`, put off until `session` is done; `before` = how it was put off already."""
        last = self._last.get(_place(origin))
        deferred = self._put_off(row, message, origin, session.id, session.revision)
        if before is not None and last is not None and last != before:
            self._last[_place(origin)] = last  # others stand behind it still, and whoever comes behind them
        return deferred

    def over(self, deferred: DeferredMessage, origin: Origin) -> None:
        """It waits no longer."""
        if self._last.get(_place(origin)) == deferred:
            del self._last[_place(origin)]

    def _put_off(
        self, row: InboxRow, message: MessageReceived, origin: Origin, session_id: str, revision: int
    ) -> DeferredMessage:
        deferred = DeferredMessage(
            id=f"{row.id}:deferred", message=message, session_id=session_id, revision=revision
        )
        self._last[_place(origin)] = deferred
        return deferred


def _place(origin: Origin) -> str:
    return places.busy_in(origin.conversation_id, origin.thread_id, origin.person.id)
