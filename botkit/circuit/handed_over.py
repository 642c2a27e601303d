"""Calls of an earlier process that the server lets go on at this one's socket."""

from __future__ import annotations

from collections.abc import Sequence

from botkit.model.events import ConnectionState

from .events import CallInvited, CallTerminated, CallUpdated, CircuitEvent, StateChanged
from .session import CircuitSession


class HandedOver:
    """Which ones there are: those of the newest logon, less those that something was heard of since.

    A conversation's calls bear one `rtcSessionId`, so what is heard may be the beginning of the next call.
    """

    def __init__(self, session: CircuitSession) -> None:
        """From before the logon on."""
        self._session = session
        self._ids: set[str] = set()
        session.listen(self._hear)

    def take(self) -> Sequence[str]:
        """Their `rtcSessionId`s, each told once."""
        ids, self._ids = sorted(self._ids), set()
        return ids

    def drop(self, rtc_session_id: str) -> None:
        """Somebody ends this one. None by this id is no error."""
        self._ids.discard(rtc_session_id)

    def _hear(self, event: CircuitEvent) -> None:
        match event:
            case StateChanged(state=ConnectionState.READY, is_new=True):
                self._ids = set(self._session.handed_over)
            case CallInvited() | CallTerminated() | CallUpdated(action="SESSION_STARTED"):
                self.drop(event.rtc_session_id)
            case _:
                pass
