"""What is said on calls, on its way to the screens of the people who say it.

It goes in order and slowly enough to leave the link to the calls themselves; what cannot go is lost,
and no call waits for it.
"""

from __future__ import annotations

import asyncio
import logging

from botkit.model.events import CallTranscript

from .errors import CircuitError
from .read import milliseconds
from .session import CircuitSession
from .throttle import Throttle

log = logging.getLogger(__name__)

KIND = "botkit.transcript"
"""The app message's type, which a client listens for."""
MOST_WAITING = 200
"""Lines; of more the oldest are lost."""
MOST_CHARACTERS = 4000
"""Of one line; the rest is cut."""
RATE = (8, 2.0)
"""Lines in so many seconds: less than half of what the server takes of one client."""


class Transcripts:
    """The lines of one bot's calls."""

    def __init__(self, session: CircuitSession) -> None:
        self._session = session
        self._waiting: asyncio.Queue[tuple[CallTranscript, str]] = asyncio.Queue()
        self._throttle = Throttle(*RATE)
        self._told: set[str] = set()
        """What was logged already."""

    def add(self, said: CallTranscript, rtc_session_id: str) -> None:
        """One more line."""
        if self._waiting.qsize() >= MOST_WAITING:
            self._waiting.get_nowait()
            self._warn("lines", f"more than {MOST_WAITING} lines wait")
        self._waiting.put_nowait((said, rtc_session_id))

    async def send(self) -> None:
        """Send them, for ever."""
        clock = self._session.clock
        while True:
            said, rtc_session_id = await self._waiting.get()
            await clock.sleep(self._throttle.reserve(clock.monotonic()))
            line = {
                "id": said.event_id,
                "callId": said.call_id,
                "rtcSessionId": rtc_session_id,
                "speaker": said.speaker.value,
                "text": said.text[:MOST_CHARACTERS],
                "at": milliseconds(said.at),
            }
            try:
                await self._session.app_messages.send(KIND, said.person_id, line)
            except CircuitError as error:
                self._warn(type(error).__name__, str(error))

    def _warn(self, name: str, why: str) -> None:
        """The first of its sort at once, others only for who debugs: a call has many lines."""
        level = logging.DEBUG if name in self._told else logging.WARNING
        self._told.add(name)
        log.log(level, "a line of a call's transcript is not shown: %s", why)
