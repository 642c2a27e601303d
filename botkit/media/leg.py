"""`ports.audio.OutgoingLeg` on one aiortc connection: our slots out, the far end's packets in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Literal

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import DigitPressed, Leg, LegClosed, LegConnected, LegEvent, OfferRefused, Sound

from . import aiortc_hooks
from .codecs import CODECS, OPUS, AudioCodec, codec_named
from .goertzel import KeyDetector
from .incoming import Incoming
from .keytones import check_keys
from .listening import Listening
from .payloads import PayloadCache
from .playout import PlayoutTrack
from .relay import Relay
from .rtp import RtpHeader, rewritten
from .sdp import Description, read_answer, read_offer, useless

log = logging.getLogger(__name__)

MOST_CANDIDATES = 100
SECOND_LOOK = 0.05
"""Seconds between a suspicion of silence and the verdict: packets that a busy loop has not read yet count."""


class PlainLeg:
    """One call's audio. Made by `PlainAudioPort`, which calls `answer_offer` or `make_offer`, once."""

    def __init__(
        self,
        cache: PayloadCache,
        on_event: Callable[[LegEvent], None],
        *,
        loopback: Literal["auto"] | bool,
        media_timeout: float,
        connect_timeout: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._cache = cache
        self._on_event = on_event
        self._loopback = loopback
        self._media_timeout = media_timeout
        self._connect_timeout = connect_timeout
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_COMPAT))
        self._playout = PlayoutTrack(None, cache, self._emit)
        self._incoming = Incoming(self._key)
        self._playout.on_slot = self._incoming.tick
        self._listening = Listening(self._sound)
        self._detector: KeyDetector | None = None
        self._on_sound: Callable[[Sound], None] | None = None
        self._far: Description | None = None
        self._codec: AudioCodec | None = None
        self._bridged: PlainLeg | None = None
        self._relay: Relay | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._candidates: list[tuple[str, str, int]] = []
        self._connected = False
        self._offer = self._answer = ""
        self._end: asyncio.Task[None] | None = None
        self._over = False

    @property
    def answer(self) -> str:
        """The SDP answer to send; "" for a leg that began itself."""
        return self._answer

    @property
    def offer(self) -> str:
        """Our SDP offer; "" for a leg that answered one."""
        return self._offer

    async def answer_offer(self, offer: str) -> None:
        """Begin to connect. Raises `OfferRefused`; the leg is to be abandoned then."""
        far = read_offer(offer)
        pc = self._pc
        pc.on("connectionstatechange", self._state_changed)
        pc.addTrack(self._playout)
        if self._loopback:
            aiortc_hooks.gather_loopback(pc, always=self._loopback is True or far.from_loopback)
        try:
            await pc.setRemoteDescription(RTCSessionDescription(sdp=far.audio_only(), type="offer"))
            self._take_packets()
            self._agree(far)
            await pc.setLocalDescription(await pc.createAnswer())
            self._answer = far.whole_answer(pc.localDescription.sdp)
        except Exception as fault:
            raise _refused("the offer cannot be answered", fault) from fault

    async def make_offer(self) -> None:
        """All codecs that botkit has, the best first, and keys."""
        pc = self._pc
        pc.on("connectionstatechange", self._state_changed)
        pc.addTrack(self._playout)
        (transceiver,) = pc.getTransceivers()
        known = {each.mimeType.lower(): each for each in aiortc_hooks.audio_capabilities()}
        names = [*(codec.name for codec in CODECS), "telephone-event"]
        transceiver.setCodecPreferences([known[f"audio/{name}".lower()] for name in names])
        if self._loopback:
            aiortc_hooks.gather_loopback(pc, always=self._loopback is True)
        self._take_packets()
        await pc.setLocalDescription(await pc.createOffer())
        self._offer = pc.localDescription.sdp

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        far = read_answer(answer)
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=far.audio_only(), type="answer"))
        except Exception as fault:
            raise _refused("the answer cannot be used", fault) from fault
        self._agree(far)
        for candidate in self._candidates:
            await self._use_candidate(*candidate)

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates. What belongs to a rejected line or is of no use is ignored."""
        if not line or useless(line) or self._end or len(self._candidates) >= MOST_CANDIDATES:
            return
        self._candidates.append((line, mid, index))
        if self._far is not None:
            await self._use_candidate(line, mid, index)

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
        assert other is None or (isinstance(other, PlainLeg) and other is not self), "two legs of one port"
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

    def _take_packets(self) -> None:
        transport = aiortc_hooks.transport_of(self._pc.getTransceivers()[0])
        aiortc_hooks.drop_empty_datagrams(transport)
        aiortc_hooks.take_incoming(transport, self._incoming)
        aiortc_hooks.filter_outgoing(transport, self._send)

    def _agree(self, far: Description) -> None:
        self._far = far
        (transceiver,) = self._pc.getTransceivers()
        sent = aiortc_hooks.negotiated(transceiver)[0]
        self._codec = codec_named(sent.name, sent.clockRate) or far.codecs[0]
        self._playout.use(self._codec, events=far.key_type is not None)
        self._incoming.codecs = far.types
        self._incoming.key_type = far.key_type
        self._incoming.count = aiortc_hooks.reception_counter(transceiver, self._codec.clock_rate)
        if far.key_type is None:
            self._detector = KeyDetector()
        self._tune()
        self._start(self._expect_connection())

    async def _use_candidate(self, line: str, mid: str, index: int) -> None:
        assert self._far is not None
        if not (mid == self._far.mid if mid else index == self._far.index):
            return
        try:
            candidate = candidate_from_sdp(line.removeprefix("a=").removeprefix("candidate:"))
        except (AssertionError, ValueError):
            log.warning("the far end sent a malformed ICE candidate: %r", line[:120])
            return
        candidate.sdpMid, candidate.sdpMLineIndex = self._far.mid, 0
        if candidate.component == 1:
            await self._pc.addIceCandidate(candidate)

    def _send(self, packet: bytes) -> bytes:
        """A slot with a key in it bears the key instead."""
        key = self._playout.key
        if key is None or self._far is None or self._far.key_type is None or self._codec is None:
            return packet
        header = RtpHeader.read(packet)
        if header is None:
            return packet
        return rewritten(
            packet,
            payload_type=self._far.key_type,
            marker=key.since == 0,
            timestamp=header.timestamp - key.since * self._codec.frame,
            payload=key.event.write(),
        )

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

    def _join(self, other: PlainLeg) -> None:
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

    def _state_changed(self) -> None:
        state = self._pc.connectionState
        if state == "connected" and not self._connected:
            self._connected = True
            self._emit(LegConnected(at=time.monotonic()))
            if self._far is not None and self._far.direction == "sendrecv":
                self._start(self._watch())
        elif state == "failed":
            self._finish(CallCause.MEDIA_LOST if self._connected else CallCause.FAILED)
        elif state == "closed":
            self._finish(CallCause.HANGUP)

    async def _expect_connection(self) -> None:
        await asyncio.sleep(self._connect_timeout)
        if not self._connected:
            log.warning("no media path to the far end within %g s", self._connect_timeout)
            self._finish(CallCause.FAILED)

    async def _watch(self) -> None:
        """aiortc takes 30 s to notice that the far end is gone."""
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
        self._part()
        self._playout.cut()
        self._tune()
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


def _refused(what: str, fault: Exception) -> OfferRefused:
    """aiortc's parser raises whatever broke first."""
    return OfferRefused(f"{what}: {str(fault) or type(fault).__name__}")
