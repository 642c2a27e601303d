"""The way of a leg, from the first offer to the end of the call: found, changed, left for another one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from botkit.model.calls import CallCause
from botkit.ports.audio import LegStatistics, OfferRefused

from .sdp import read_offer
from .way import Agreed, Way, WayListener
from .weakly import weakly

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysListener:
    """Whom the ways of a leg tell."""

    agreed: Callable[[Agreed], None]
    """What is in force from now on; before the first connection, and at each change."""
    connected: Callable[[], None]
    """Media flows from now on. Once."""
    measured: Callable[[LegStatistics], None]
    """How the line is, over all of its ways."""
    lost: Callable[[CallCause], None]
    """There is no way any more."""


class Ways:
    """One way at a time. The next one, while the far end moves, takes over once it is connected: until then
    the call goes on as it was, and for good if it never is."""

    def __init__(
        self, make: Callable[[WayListener], Way], listener: WaysListener, *, connect_timeout: float
    ) -> None:
        """`connect_timeout`: seconds from an agreement to a connection."""
        self._make = make
        self._listener = listener
        self._connect_timeout = connect_timeout
        self._negotiating = asyncio.Lock()
        self._now = self._new()
        self._next: Way | None = None
        self._connected = False
        self._lost: CallCause | None = None
        """Why the present way is gone, while there still is a next one."""
        self._gone = LegStatistics()
        """Of the ways before this one."""
        self._deadline: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._over = False

    @property
    def answer(self) -> str:
        """The SDP answer to send; "" for a leg that began itself."""
        return self._now.negotiation.answer

    @property
    def offer(self) -> str:
        """Our SDP offer; "" for a leg that answered one."""
        return self._now.negotiation.offer

    @property
    def reported_at(self) -> float:
        """As for `Path`."""
        return self._now.path.reported_at

    async def answer_offer(self, offer: str) -> None:
        """Begin to connect. Raises `OfferRefused`; they are to be closed then."""
        await self._now.negotiation.answer_offer(offer)

    async def make_offer(self) -> None:
        """All codecs that botkit has, the best first, and keys."""
        await self._now.negotiation.make_offer()

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        await self._now.negotiation.complete(answer)

    async def renegotiate(self, offer: str) -> str:
        """Our answer to a further offer. Raises `OfferRefused`, and all stays as it was.

        aiortc would answer an offer that begins ICE anew with the old credentials, so such a one gets a
        connection of its own, as one from a new connection of the far end does.
        """
        async with self._negotiating:
            agreed = self._now.agreed
            if agreed is None or not self._connected or self._over:
                raise OfferRefused("nothing can change in a call that is not connected")
            far = read_offer(offer, before=agreed.far)
            if far.transport == agreed.far.transport:
                if not self._now.path.changes_codec:
                    far = far.keeping(agreed.codec, agreed.payload_type)
                await self._now.negotiation.renegotiate(far)
                return self._now.negotiation.answer
            self._give_up_next()  # a newer offer replaces one that did not come to a connection
            way = self._new()
            try:
                await way.negotiation.answer_offer(offer, before=agreed.far)
                if self._over:
                    raise OfferRefused("the call is over")
            except BaseException:
                self._close(way)
                raise
            self._next = way
            self._expect(way)
            return way.negotiation.answer

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates, for the way that it offered last."""
        way = self._next or self._now
        if not self._over:
            await way.negotiation.add_candidate(line, mid, index)

    async def close(self) -> None:
        """Leave all of them."""
        self._over = True
        if self._deadline is not None:
            self._deadline.cancel()
        self._give_up_next()
        try:
            self._now.path.end()
        finally:
            self._close(self._now)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _new(self) -> Way:
        return self._make(
            WayListener(
                agreed=weakly(self._agreed),
                state=weakly(self._changed),
                measured=weakly(self._measured),
                broken=weakly(self._broken),
            )
        )

    def _agreed(self, way: Way) -> None:
        assert way.agreed is not None, "it tells so"
        if way is self._now:
            self._listener.agreed(way.agreed)
            if not self._connected:
                self._expect(way)

    def _changed(self, way: Way, state: str) -> None:
        if self._over or way not in (self._now, self._next):
            return
        if state == "connected":
            if way is self._next:
                self._change_over(way)
            elif not self._connected:
                self._connected = True
                self._begin(way)
                self._listener.connected()
        elif state in ("failed", "closed"):
            self._fail(way, CallCause.HANGUP if state == "closed" else CallCause.MEDIA_LOST)

    def _fail(self, way: Way, cause: CallCause) -> None:
        if way is self._next:
            log.warning("the far end's new connection came to nothing")
            self._give_up_next()
        elif self._next is not None:
            # Whoever moves may close the old connection a moment before we know that the new one stands.
            self._lost = cause
        else:
            self._listener.lost(cause if self._connected or cause is CallCause.HANGUP else CallCause.FAILED)

    def _change_over(self, way: Way) -> None:
        old, self._now, self._next, self._lost = self._now, way, None, None
        old.path.end()
        self._gone = old.statistics.behind(self._gone)
        self._close(old)
        assert way.agreed is not None, "it is connected"
        self._listener.agreed(way.agreed)
        self._begin(way)

    def _begin(self, way: Way) -> None:
        try:
            way.path.begin()
        except Exception:
            log.exception("a call's packets cannot be sent")
            self._broken(way)

    def _broken(self, way: Way) -> None:
        if way is self._now:
            self._listener.lost(CallCause.FAILED)

    def _measured(self, way: Way) -> None:
        if way is self._now:
            self._listener.measured(way.statistics.behind(self._gone))

    def _expect(self, way: Way) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._connect_timeout, self._too_late, way)

    def _too_late(self, way: Way) -> None:
        if way is self._next or (way is self._now and not self._connected):
            log.warning("no media path to the far end within %g s", self._connect_timeout)
            self._fail(way, CallCause.FAILED)

    def _give_up_next(self) -> None:
        way, self._next = self._next, None
        if way is not None:
            self._close(way)
        if self._lost is not None and not self._over:
            self._listener.lost(self._lost)

    def _close(self, way: Way) -> None:
        task = asyncio.get_running_loop().create_task(way.negotiation.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
