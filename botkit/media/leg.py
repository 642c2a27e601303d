"""`ports.audio.OutgoingLeg`: what a call plays and hears, whichever way its packets go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Literal

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    Leg,
    LegClosed,
    LegConnected,
    LegEvent,
    LegStatistics,
    LineMeasured,
    Sound,
)

from .codecs import OPUS, AudioCodec, codec_named
from .goertzel import KeyDetector
from .incoming import Incoming
from .keytones import check_keys
from .listening import Listening
from .negotiation import Negotiation
from .path import MakePath, PathListener
from .payloads import PayloadCache
from .playout import Playout
from .relay import Relay
from .sdp import Description

log = logging.getLogger(__name__)

SECOND_LOOK = 0.05
"""Seconds between a suspicion of silence and the verdict: packets that a busy loop has not read yet count."""


class MediaLeg:
    """One call's audio. Made by an audio port, which calls `answer_offer` or `make_offer`, once."""

    def __init__(
        self,
        cache: PayloadCache,
        on_event: Callable[[LegEvent], None],
        make_path: MakePath,
        *,
        loopback: Literal["auto"] | bool,
        media_timeout: float,
        connect_timeout: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._cache = cache
        self._on_event = on_event
        self._media_timeout = media_timeout
        self._connect_timeout = connect_timeout
        self._playout = Playout(None, cache, self._emit)
        self._incoming = Incoming(self._key)
        self._path = make_path(
            self._playout, self._incoming, PathListener(measured=self._measured, broken=self._broken)
        )
        self._negotiation = Negotiation(
            self._path, loopback=loopback, on_agreed=self._agree, on_state=self._state_changed
        )
        self._listening = Listening(self._sound)
        self._detector: KeyDetector | None = None
        self._on_sound: Callable[[Sound], None] | None = None
        self._far: Description | None = None
        self._codec: AudioCodec | None = None
        self._bridged: MediaLeg | None = None
        self._relay: Relay | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._connected = False
        self._end: asyncio.Task[None] | None = None
        self._over = False

    @property
    def answer(self) -> str:
        """The SDP answer to send; "" for a leg that began itself."""
        return self._negotiation.answer

    @property
    def offer(self) -> str:
        """Our SDP offer; "" for a leg that answered one."""
        return self._negotiation.offer

    async def answer_offer(self, offer: str) -> None:
        """Begin to connect. Raises `OfferRefused`; the leg is to be abandoned then."""
        await self._negotiation.answer_offer(offer)

    async def make_offer(self) -> None:
        """All codecs that botkit has, the best first, and keys."""
        await self._negotiation.make_offer()

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        await self._negotiation.complete(answer)

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates. What belongs to a rejected line or is of no use is ignored."""
        if self._end is None:
            await self._negotiation.add_candidate(line, mid, index)

    async def prepare(self, pcm: Pcm) -> None:
        """Encode ahead, off the audio path."""
        await asyncio.shield(self._cache.get(pcm, self._codec or OPUS))

    def play(self, prompt_id: str, pcm: Pcm) -> None:
        """Queue a prompt. A leg that is closed plays nothing and says nothing."""
        if self._end is None:
            self._playout.play(prompt_id, pcm)

    def send_digits(self, prompt_id: str, digits: str) -> None:
        """Queue keys. Raises `ValueError` at what is no key."""
        check_keys(digits)
        if self._end is None:
            self._playout.send_digits(prompt_id, digits)

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        """Give what the far end says to `on_sound`; None = no more."""
        self._on_sound = on_sound
        self._tune()

    def bridge(self, other: Leg | None) -> None:
        """Pass both far ends' sound to each other; `None` ends it."""
        assert other is None or (isinstance(other, MediaLeg) and other is not self), "two legs of one port"
        self._part()
        if other is not None and self._end is None and other._end is None:
            other._part()
            self._join(other)
            other._join(self)

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

    def _agree(self, far: Description, sent: RTCRtpCodecParameters) -> None:
        self._far = far
        self._codec = codec = codec_named(sent.name, sent.clockRate) or far.codecs[0]
        self._playout.use(codec, events=far.key_type is not None)
        self._incoming.codecs = far.types
        self._incoming.key_type = far.key_type
        assert sent.payloadType is not None, "it is negotiated"
        self._path.agree(far, codec, sent.payloadType)
        if far.key_type is None:
            self._detector = KeyDetector()
        self._tune()
        self._start(self._expect_connection())

    def _tune(self) -> None:
        """Decode, or spare it."""
        self._incoming.detach(self._listening)
        if self._end is None and (self._on_sound is not None or self._detector is not None):
            self._incoming.attach(self._listening)
        else:
            self._listening = Listening(self._sound)

    def _sound(self, sound: Sound, lost: bool) -> None:
        if self._detector is not None:
            for key in self._detector.feed(sound.samples, lost=lost):
                self._emit(DigitPressed(at=sound.at, digit=key))
        if self._on_sound is not None:
            self._loop.call_soon(self._deliver, sound)

    def _deliver(self, sound: Sound) -> None:
        if self._on_sound is not None:
            self._on_sound(sound)

    def _join(self, other: MediaLeg) -> None:
        """This far end hears the other one."""
        assert self._codec is not None, "it is not complete"
        self._bridged = other
        self._relay = Relay(self._codec)
        self._playout.cut()
        self._playout.relay = self._relay.take
        other._incoming.attach(self._relay)

    def _part(self) -> None:
        other, self._bridged = self._bridged, None
        if other is not None and self._relay is not None:
            other._incoming.detach(self._relay)
            self._playout.relay = None
            other._part()

    def _emit(self, event: LegEvent) -> None:
        """Tell in order, and never from inside a call that the listener itself made."""
        if not self._over:
            self._over = isinstance(event, LegClosed)
            self._loop.call_soon(self._on_event, event)

    def _key(self, key: str) -> None:
        self._emit(DigitPressed(at=self._incoming.heard_at, digit=key))
        if self._bridged is not None:
            self._bridged._playout.send_digits(None, key)

    def _begin(self) -> None:
        try:
            self._path.begin()
        except Exception:
            log.exception("a call's packets cannot be sent")
            self._broken()

    def _state_changed(self, state: str) -> None:
        if state == "connected" and not self._connected:
            self._connected = True
            self._begin()
            self._emit(LegConnected(at=time.monotonic()))
            if self._far is not None and self._far.direction == "sendrecv":
                self._start(self._watch())
        elif state == "failed":
            self._finish(CallCause.MEDIA_LOST if self._connected else CallCause.FAILED)
        elif state == "closed":
            self._finish(CallCause.HANGUP)

    def _measured(self, statistics: LegStatistics) -> None:
        self._emit(LineMeasured(at=time.monotonic(), statistics=statistics))

    def _broken(self) -> None:
        self._finish(CallCause.FAILED)

    async def _expect_connection(self) -> None:
        await asyncio.sleep(self._connect_timeout)
        if not self._connected:
            log.warning("no media path to the far end within %g s", self._connect_timeout)
            self._finish(CallCause.FAILED)

    async def _watch(self) -> None:
        """aiortc takes 30 s to notice that the far end is gone."""
        path = self._path
        self._incoming.heard_at = time.monotonic()
        while True:
            heard_at = path.heard_at
            left = heard_at + self._media_timeout - time.monotonic()
            await asyncio.sleep(left if left > 0 else SECOND_LOOK)
            if left <= 0 and path.heard_at == heard_at:
                self._finish(CallCause.MEDIA_LOST)
                return

    def _finish(self, cause: CallCause) -> asyncio.Future[None]:
        """Begin the end, once; whoever awaits the result can be cancelled without harm."""
        if self._end is None:
            self._end = self._loop.create_task(self._shut(cause))
        return asyncio.shield(self._end)

    async def _shut(self, cause: CallCause) -> None:
        self._part()
        self._playout.cut()
        self._tune()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._path.end()
        try:
            await self._negotiation.close()
        finally:
            self._emit(LegClosed(at=time.monotonic(), cause=cause))

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
