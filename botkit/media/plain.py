"""`ports.audio` on aiortc's own tracks: no engine of our own, one sender and one receiver per call."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp

from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, LegClosed, LegConnected, LegEvent, OfferRefused

from .aiortc_hooks import filter_incoming, gather_loopback, register_telephone_event, transport_of
from .incoming import Incoming
from .payloads import PayloadCache
from .playout import PlayoutTrack
from .sdp import Offer, read_offer, useless

log = logging.getLogger(__name__)

MOST_CANDIDATES = 100
SECOND_LOOK = 0.05
"""Seconds between a suspicion of silence and the verdict: packets that a busy loop has not read yet count."""


class PlainLeg:
    """One call's audio. Made by `PlainAudioPort.accept`."""

    def __init__(
        self,
        offer: Offer,
        cache: PayloadCache,
        on_event: Callable[[LegEvent], None],
        *,
        media_timeout: float,
        connect_timeout: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._offer = offer
        self._cache = cache
        self._on_event = on_event
        self._media_timeout = media_timeout
        self._connect_timeout = connect_timeout
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT))
        self._playout = PlayoutTrack(offer.codecs[0], cache, self._emit)
        self._incoming = Incoming(offer.key_type, self._key)
        self._tasks: set[asyncio.Task[None]] = set()
        self._candidates = 0
        self._connected = False
        self._answer = ""
        self._end: asyncio.Task[None] | None = None
        self._over = False

    @property
    def answer(self) -> str:
        """The SDP answer to send."""
        return self._answer

    async def negotiate(self, *, loopback: Literal["auto"] | bool) -> None:
        """Answer the offer and begin to connect. Raises what aiortc raises; the leg is to be closed then."""
        pc = self._pc
        pc.on("connectionstatechange", self._state_changed)
        pc.addTrack(self._playout)
        if loopback:
            gather_loopback(pc, always=loopback is True or self._offer.from_loopback)
        await pc.setRemoteDescription(RTCSessionDescription(sdp=self._offer.audio_only(), type="offer"))
        transceiver = pc.getTransceivers()[0]
        filter_incoming(transport_of(transceiver), self._incoming)
        if transceiver.receiver.track is not None:
            self._start(_read_and_forget(transceiver.receiver.track))
        await pc.setLocalDescription(await pc.createAnswer())
        self._answer = self._offer.whole_answer(pc.localDescription.sdp)
        self._start(self._expect_connection())

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the caller's ICE candidates. What belongs to a rejected line or is of no use is ignored."""
        offered = mid == self._offer.mid if mid else index == self._offer.index
        self._candidates += 1
        if not line or not offered or useless(line) or self._end or self._candidates > MOST_CANDIDATES:
            return
        try:
            candidate = candidate_from_sdp(line.removeprefix("a=").removeprefix("candidate:"))
        except (AssertionError, ValueError):
            log.warning("the caller sent a malformed ICE candidate: %r", line[:120])
            return
        candidate.sdpMid, candidate.sdpMLineIndex = self._offer.mid, 0
        if candidate.component == 1:
            await self._pc.addIceCandidate(candidate)

    async def prepare(self, pcm: Pcm) -> None:
        """Encode ahead, off the audio path."""
        await asyncio.shield(self._cache.get(pcm, self._offer.codecs[0]))

    def play(self, prompt_id: str, pcm: Pcm) -> None:
        """Queue a prompt. A leg that is closed plays nothing and says nothing."""
        if self._end is None:
            self._playout.play(prompt_id, pcm)

    def stop(self) -> None:
        """Silence from the next slot on."""
        self._playout.cut()

    async def close(self) -> None:
        """End the media."""
        await self._finish(CallCause.ENDED)

    async def abandon(self) -> None:
        """End what was begun, without a word: the leg was never handed out."""
        self._over = True
        await self._finish(CallCause.FAILED)

    def _emit(self, event: LegEvent) -> None:
        """Tell in order, and never from inside a call that the listener itself made."""
        if not self._over:
            self._over = isinstance(event, LegClosed)
            self._loop.call_soon(self._on_event, event)

    def _key(self, key: str) -> None:
        self._emit(DigitPressed(at=self._incoming.heard_at, digit=key))

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected" and not self._connected:
            self._connected = True
            self._emit(LegConnected(at=time.monotonic()))
            if self._offer.direction == "sendrecv":
                self._start(self._watch())
        elif state == "failed":
            self._finish(CallCause.MEDIA_LOST if self._connected else CallCause.FAILED)
        elif state == "closed":
            self._finish(CallCause.HANGUP)

    async def _expect_connection(self) -> None:
        await asyncio.sleep(self._connect_timeout)
        if not self._connected:
            log.warning("no media path to the caller within %g s", self._connect_timeout)
            self._finish(CallCause.FAILED)

    async def _watch(self) -> None:
        """aiortc takes 30 s to notice that a caller is gone."""
        incoming = self._incoming
        incoming.heard_at = time.monotonic()
        while True:
            heard_at = incoming.heard_at
            left = heard_at + self._media_timeout - time.monotonic()
            await asyncio.sleep(left if left > 0 else SECOND_LOOK)
            if left <= 0 and incoming.heard_at == heard_at:
                self._finish(CallCause.MEDIA_LOST)
                return

    def _finish(self, cause: CallCause) -> asyncio.Future[None]:
        """Begin the end, once; whoever awaits the result can be cancelled without harm."""
        if self._end is None:
            self._end = self._loop.create_task(self._shut(cause))
        return asyncio.shield(self._end)

    async def _shut(self, cause: CallCause) -> None:
        self._playout.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            await self._pc.close()
        finally:
            self._emit(LegClosed(at=time.monotonic(), cause=cause))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _read_and_forget(track: MediaStreamTrack) -> None:
    """Nobody listens yet, and an unread track grows by 11 MB a minute."""
    try:
        while True:
            await track.recv()
    except MediaStreamError:
        return


class PlainAudioPort:
    """Makes legs; one encoder thread and one prompt cache for all of them."""

    def __init__(
        self,
        *,
        loopback: Literal["auto"] | bool = "auto",
        media_timeout: float = 5.0,
        connect_timeout: float = 15.0,
        cache_bytes: int = 64 * 2**20,
    ) -> None:
        """`loopback`: gather 127.0.0.1 too; "auto" = when the caller comes from there, or nothing else
        is to be had. `media_timeout`: seconds without a packet until a call counts as lost.
        `connect_timeout`: seconds from the answer to a media path. `cache_bytes`: of encoded prompts.
        """
        register_telephone_event()
        self._loopback = loopback
        self._media_timeout = media_timeout
        self._connect_timeout = connect_timeout
        self._encoder = ThreadPoolExecutor(1, thread_name_prefix="prompt-encoder")
        self._cache = PayloadCache(self._encoder, max_bytes=cache_bytes)
        self._legs: set[PlainLeg] = set()

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> PlainLeg:
        """Answer an SDP offer; raises `OfferRefused`."""
        judged = read_offer(offer)

        def tell(event: LegEvent) -> None:
            if isinstance(event, LegClosed):
                self._legs.discard(leg)
            on_event(event)

        leg = PlainLeg(
            judged,
            self._cache,
            tell,
            media_timeout=self._media_timeout,
            connect_timeout=self._connect_timeout,
        )
        try:
            await leg.negotiate(loopback=self._loopback)
        except BaseException as fault:
            await leg.abandon()
            if not isinstance(fault, Exception):
                raise
            # aiortc's parser raises whatever broke first.
            reason = str(fault) or type(fault).__name__
            raise OfferRefused(f"the offer cannot be answered: {reason}") from fault
        self._legs.add(leg)
        return leg

    async def close(self) -> None:
        """Close what is left."""
        await asyncio.gather(*(leg.close() for leg in tuple(self._legs)))
        self._encoder.shutdown(cancel_futures=True)
