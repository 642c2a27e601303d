"""Messages that wait until their author's session is done with its step handler.

Each is a row of the outbox behind the session's `Run`, with its key; from there it comes back to the
inbox behind the handler's result. So they keep their order, survive the process and hold up nobody else.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

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
        self._lines: dict[str, dict[str, DeferredMessage]] = {}
        """By place, the messages that are put off, in the order in which they came: id of the event -> how it
        was put off last. A restart forgets that; one that comes in that very moment may then overtake
        others."""

    async def busy(self, origin: Origin, before: DeferredMessage | None) -> SessionRow | None:
        """The session that a message from there has to wait for; `before` = how it was put off already."""
        session = await self._sessions.find(_place(origin))
        if session and before and (before.session_id, before.revision) == (session.id, session.revision):
            return None  # it stands where it stood: its result is lost
        return session

    def behind_others(
        self, row: InboxRow, message: MessageReceived, origin: Origin, before: DeferredMessage | None
    ) -> DeferredMessage | None:
        """The message of `row`, put off behind those that came before it and wait still; None when none does.
        `before` = how it was put off already: then others may have been put off again, for another
        session."""
        line = self._lines.get(_place(origin)) if self._lines else None
        if not line:
            return None
        ahead = _ahead(line, message.event_id)
        if before is not None:
            _drop_lost(line, ahead, before)
            if not ahead or ahead[-1].session_id == before.session_id:
                return None
        return (
            self._put_off(row, message, origin, ahead[-1].session_id, ahead[-1].revision) if ahead else None
        )

    def behind(
        self, row: InboxRow, message: MessageReceived, origin: Origin, session: SessionRow
    ) -> DeferredMessage:
        """The message of `row`, put off until `session` is done."""
        return self._put_off(row, message, origin, session.id, session.revision)

    def over(self, deferred: DeferredMessage, origin: Origin) -> None:
        """It waits no longer, unless it was put off again."""
        place, event_id = _place(origin), deferred.message.event_id
        line = self._lines.get(place, {})
        if line.get(event_id) == deferred:
            del line[event_id]
        if not line:
            self._lines.pop(place, None)

    def _put_off(
        self, row: InboxRow, message: MessageReceived, origin: Origin, session_id: str, revision: int
    ) -> DeferredMessage:
        deferred = DeferredMessage(
            id=f"{row.id}:deferred", message=message, session_id=session_id, revision=revision
        )
        self._lines.setdefault(_place(origin), {})[message.event_id] = deferred
        return deferred


def _ahead(line: Mapping[str, DeferredMessage], event_id: str) -> list[DeferredMessage]:
    """Those that came before a message; all, if it is not in line."""
    return list(itertools.takewhile(lambda each: each.message.event_id != event_id, line.values()))


def _drop_lost(
    line: dict[str, DeferredMessage], ahead: list[DeferredMessage], before: DeferredMessage
) -> None:
    """One that waited for the same would have come up before: those that have not were set aside."""
    if before.message.event_id in line:
        for each in list(ahead):
            if (each.session_id, each.revision) == (before.session_id, before.revision):
                del line[each.message.event_id]
                ahead.remove(each)


def _place(origin: Origin) -> str:
    return places.busy_in(origin.conversation_id, origin.thread_id, origin.person.id)
