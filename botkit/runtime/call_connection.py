"""The leg of one call and its signalling, whoever rang: what a conversation stands on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from botkit.model.calls import CallCause, DeclineCause
from botkit.model.events import CallOffered
from botkit.ports.audio import (
    AudioPort,
    Leg,
    LegClosed,
    LegEvent,
    LegStatistics,
    LineMeasured,
    OfferRefused,
)
from botkit.ports.connector import Calls, ConnectorError
from botkit.ports.telemetry import Telemetry

from .call_line import measured

log = logging.getLogger(__name__)

MOST_CANDIDATES = 100
"""Of the far end's, kept until there is a leg."""
CLOSE_WITHIN = 5.0
"""Seconds for a leg to close."""


class Connection:
    """One call's leg, from the first signal to its last packet. A subclass knows how the leg comes."""

    def __init__(self, call_id: str, signalling: Calls, telemetry: Telemetry) -> None:
        self.id = call_id
        self.leg: Leg | None = None
        self.answered = False
        """Picked up: it is hung up from now on, not declined."""
        self.line: LegStatistics | None = None
        """How it is, as far as the leg has told."""
        self._signalling = signalling
        self._candidates: list[tuple[str, str, int]] = []
        self._closed = asyncio.Event()
        self._on_event: Callable[[LegEvent], None] | None = None
        self._untold: list[LegEvent] = []
        self._telemetry = telemetry

    async def make_leg(self, on_event: Callable[[LegEvent], None]) -> Leg:
        """The leg, with the candidates that came before it; what it tells goes to `on_event`. Raises
        `OfferRefused`."""
        self.leg = leg = await self._make_leg()
        self._on_event = on_event
        untold, self._untold = self._untold, []
        for event in untold:
            on_event(event)
        for candidate in self._candidates:
            await self._give(leg, *candidate)
        return leg

    async def answer(self) -> None:
        """Tell the far end that we picked up. Raises `ConnectorError`."""

    async def candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates."""
        if self.leg is not None:
            await self._give(self.leg, line, mid, index)
        elif len(self._candidates) < MOST_CANDIDATES:
            self._candidates.append((line, mid, index))

    async def change(self, change_id: str, offer: str) -> None:
        """The far end offers something else. What cannot be is refused, and the call goes on as it was."""
        answer = None
        try:
            if self.leg is not None:
                answer = await self.leg.renegotiate(offer)
        except OfferRefused as why:
            log.info("a change of the call %s is refused: %s", self.id, why)
        except Exception:
            log.exception("a change of the call %s is refused", self.id)
        try:
            await self._signalling.answer_change(self.id, change_id, answer)
        except ConnectorError as error:
            log.warning("the platform takes no answer to a change of the call %s: %s", self.id, error)

    async def hang_up(self, cause: CallCause) -> None:
        """Tell the far end that it is over; a call that still rings is declined."""
        try:
            if self.answered:
                await self._signalling.hangup(self.id, cause)
            else:
                await self._signalling.decline(self.id, DeclineCause.REJECTED)
        except ConnectorError as error:
            log.warning("the platform does not take the end of the call %s: %s", self.id, error)

    async def close(self) -> None:
        """Close the leg, if there is one; nobody is told anything any more."""
        try:
            async with asyncio.timeout(CLOSE_WITHIN):
                if self.leg is not None:
                    await self.leg.close()
                    await self._closed.wait()
        except TimeoutError:
            log.warning("the audio of the call %s did not close within %g s", self.id, CLOSE_WITHIN)
        except Exception:
            log.exception("the audio of the call %s did not close", self.id)
        finally:
            # Who was told has this connection: else both stay until Python looks for circles.
            self._on_event = _nobody

    def _listener(self) -> Callable[[LegEvent], None]:
        """Whom the leg tells. It is kept until somebody wants to know."""
        return measured(self._take_in, self._telemetry)

    def _take_in(self, event: LegEvent) -> None:
        if isinstance(event, LineMeasured):
            self.line = event.statistics
        if isinstance(event, LegClosed):
            self._closed.set()
        if self._on_event is None:
            self._untold.append(event)
        else:
            self._on_event(event)

    async def _make_leg(self) -> Leg:
        raise NotImplementedError

    async def _give(self, leg: Leg, line: str, mid: str, index: int) -> None:
        try:
            await leg.add_candidate(line, mid, index)
        except Exception:
            log.exception("the call %s goes on without one of its candidates", self.id)


def _nobody(event: LegEvent) -> None:
    """The call is over."""


class IncomingConnection(Connection):
    """Somebody calls the bot."""

    def __init__(
        self, offered: CallOffered, *, signalling: Calls, audio: AudioPort, telemetry: Telemetry
    ) -> None:
        super().__init__(offered.call.id, signalling, telemetry)
        self._offer = offered.offer
        self._audio = audio

    async def answer(self) -> None:
        """Tell the caller that we picked up. Raises `ConnectorError`."""
        assert self.leg is not None
        await self._signalling.answer(self.id, self.leg.answer)

    async def _make_leg(self) -> Leg:
        return await self._audio.accept(self._offer, self._listener())
