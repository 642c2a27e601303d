"""`ports.audio.OutgoingLeg`: what a call plays and hears, whichever way its packets go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass

from botkit.media.bridging.conference import Conference, Seat
from botkit.media.bridging.relay import Relay
from botkit.media.paths.path import Loopback, MakePath
from botkit.media.receiving.goertzel import KeyDetector
from botkit.media.receiving.incoming import Incoming
from botkit.media.receiving.listening import Listening
from botkit.media.recording.tape import Recorders, Tape
from botkit.media.sending.keytones import check_keys
from botkit.media.sending.payloads import PayloadCache
from botkit.media.sending.playout import Playout
from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    HoldChanged,
    Leg,
    LegClosed,
    LegConnected,
    LegEvent,
    LegStatistics,
    LineMeasured,
    Sound,
    SpeakerChanged,
)

from .codecs import OPUS
from .way import Agreed, Way, WayListener
from .ways import Ways, WaysListener
from .weakly import weakly

REPORTS = 1.6
"""A report counts for so many times as long as a packet: they come up to 7.5 s apart (RFC 3550 6.2)."""
SECOND_LOOK = 0.05
"""Seconds between a suspicion of silence and the verdict: packets that a busy loop has not read yet count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSettings:
    """How the legs of a port come and go."""

    loopback: Loopback = "auto"
    media_timeout: float = 5.0
    """Seconds without a packet until a call counts as lost."""
    connect_timeout: float = 15.0
    """Seconds from the answer to a media path."""


class MediaLeg:
    """One call's audio. Made by an audio port, which calls `answer_offer` or `make_offer`, once."""

    def __init__(
        self,
        cache: PayloadCache,
        on_event: Callable[[LegEvent], None],
        make_path: MakePath,
        recorders: Recorders,
        settings: LegSettings,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._cache = cache
        self._on_event: Callable[[LegEvent], None] | None = on_event
        """None: it was told all."""
        self._media_timeout = settings.media_timeout
        self._playout = playout = Playout(None, cache, weakly(self._emit))
        self._incoming = incoming = Incoming(weakly(self._key))

        def make_way(listener: WayListener) -> Way:
            return Way(make_path, playout, incoming, listener, loopback=settings.loopback)

        self._ways = Ways(
            make_way,
            WaysListener(
                agreed=weakly(self._agree),
                connected=weakly(self._connect),
                measured=weakly(self._measured),
                lost=weakly(self._lose),
            ),
            connect_timeout=settings.connect_timeout,
        )
        self._listening = self._ear()
        self._detector: KeyDetector | None = None
        self._on_sound: Callable[[Sound], None] | None = None
        self._agreed: Agreed | None = None
        self._recorders = recorders
        self._tape: Tape | None = None
        self._bridged: MediaLeg | None = None
        self._relay: Relay | None = None
        self._seat: Seat | None = None
        """In a conference."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._end: asyncio.Task[None] | None = None

    @property
    def answer(self) -> str:
        """The SDP answer to send; "" for a leg that began itself."""
        return self._ways.answer

    @property
    def offer(self) -> str:
        """Our SDP offer; "" for a leg that answered one."""
        return self._ways.offer

    async def answer_offer(self, offer: str) -> None:
        """Begin to connect. Raises `OfferRefused`; the leg is to be abandoned then."""
        await self._ways.answer_offer(offer)

    async def make_offer(self) -> None:
        """All codecs that botkit has, the best first, and keys."""
        await self._ways.make_offer()

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        await self._ways.complete(answer)

    async def renegotiate(self, offer: str) -> str:
        """Our answer to a further offer. Raises `OfferRefused`, and the call goes on as it was."""
        return await self._ways.renegotiate(offer)

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates. What belongs to a rejected line or is of no use is ignored."""
        await self._ways.add_candidate(line, mid, index)

    async def prepare(self, pcm: Pcm) -> None:
        """Encode ahead, off the audio path."""
        codec = OPUS if self._agreed is None else self._agreed.codec
        await asyncio.shield(self._cache.get(pcm, codec))

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        """Queue a prompt. A leg that is closed plays nothing and says nothing."""
        if self._end is None:
            self._playout.play(prompt_id, pcm, until_key=until_key)

    def send_digits(self, prompt_id: str, digits: str) -> None:
        """Queue keys. Raises `ValueError` at what is no key."""
        check_keys(digits)
        if self._end is None:
            self._playout.send_digits(prompt_id, digits)

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        """Give what the far end says to `on_sound`; None = no more."""
        self._on_sound = on_sound
        self._tune()

    def bridge(self, other: Leg | None, *more: Leg) -> None:
        """Pass both far ends' sound to each other, or let several hear each other; `None` ends it."""
        legs = [self]
        for each in () if other is None else (other, *more):
            assert isinstance(each, MediaLeg), "they are of one port"
            assert each not in legs, "each of them once"
            legs.append(each)
        self._part()
        there = [leg for leg in legs if leg._end is None]
        if len(there) > 1:
            for leg in there:
                leg._part()
            if len(legs) > 2:
                conference = Conference()
                for leg in there:
                    leg._sit(conference)
            else:
                self._join(there[1])
                there[1]._join(self)

    def record(self, *, maximum: float, stereo: bool) -> Tape:
        """Record both directions. Nothing of a leg that is closed."""
        assert self._tape is None, "one recording at a time"
        tape = self._recorders.tape(maximum=maximum, stereo=stereo, release=self._release)
        if self._end is None:
            self._tape = tape
            self._incoming.attach(tape)
            self._playout.on_sent = tape.own
        return tape

    def stop(self) -> None:
        """Silence from the next slot on."""
        self._playout.cut()

    async def close(self) -> None:
        """End the media."""
        await self._finish(CallCause.ENDED)

    async def abandon(self) -> None:
        """End what was begun, without a word: the leg was never handed out."""
        self._on_event = None
        await self._finish(CallCause.FAILED)

    def _agree(self, agreed: Agreed) -> None:
        """It is in force from now on: the first time, or after a change."""
        before, self._agreed = self._agreed, agreed
        far, keys = agreed.far, agreed.far.takes_keys
        # What was sent before they knew our answer is under way still.
        self._incoming.codecs = {**self._incoming.codecs, **far.types}
        self._incoming.key_type = far.key_type
        if before is None or before.codec is not agreed.codec or keys is not before.far.takes_keys:
            self._playout.use(agreed.codec, events=keys)
            if self._bridged is not None:
                self.bridge(self._bridged)
            elif self._seat is not None:
                conference = self._seat.conference
                self._part()
                self._sit(conference)
        if keys is not (self._detector is None):
            self._detector = None if keys else KeyDetector()
            self._tune()
        if far.held is not (before is not None and before.far.held):
            self._emit(HoldChanged(at=time.monotonic(), held=far.held))
        if before is not None and before.far.direction != far.direction:
            self._watch()

    def _tune(self) -> None:
        """Decode, or spare it."""
        self._incoming.detach(self._listening)
        if self._end is None and (self._on_sound is not None or self._detector is not None):
            self._incoming.attach(self._listening)
        else:
            self._listening = self._ear()

    def _ear(self) -> Listening:
        return Listening(weakly(self._sound))

    def _sound(self, sound: Sound, lost: bool) -> None:
        if self._detector is not None:
            for key in self._detector.feed(sound.samples, lost=lost):
                self._pressed(key, sound.at)
        if self._on_sound is None:
            return
        try:
            self._on_sound(sound)  # at once: there are fifty a second of each call
        except Exception as fault:
            self._loop.call_exception_handler(
                {"message": "whoever listens to a call failed", "exception": fault}
            )

    def _release(self, tape: Tape) -> None:
        self._incoming.detach(tape)
        self._playout.on_sent = None
        self._tape = None

    def _join(self, other: MediaLeg) -> None:
        """This far end hears the other one."""
        assert self._agreed is not None, "it is complete"
        self._bridged = other
        self._relay = Relay(self._agreed.codec)
        self._playout.cut()
        self._playout.relay = self._relay.take
        other._incoming.attach(self._relay)

    def _sit(self, conference: Conference) -> None:
        """This far end hears all others there."""
        assert self._agreed is not None, "it is complete"
        self._seat = seat = conference.enter(self._agreed.codec, weakly(self._speaks))
        self._playout.cut()
        self._playout.relay = seat.take
        self._incoming.attach(seat)

    def _speaks(self, speaks: bool) -> None:
        self._emit(SpeakerChanged(at=time.monotonic(), speaks=speaks))

    def _part(self) -> None:
        if self._seat is not None:
            self._seat.conference.leave(self._seat)
            self._incoming.detach(self._seat)
            self._playout.relay = self._seat = None
        other, self._bridged = self._bridged, None
        if other is not None and self._relay is not None:
            other._incoming.detach(self._relay)
            self._playout.relay = None
            other._part()

    def _emit(self, event: LegEvent) -> None:
        """Tell in order, and never from inside a call that the listener itself made."""
        tell = self._on_event
        if tell is not None:
            self._loop.call_soon(tell, event)
        if isinstance(event, LegClosed):
            self._on_event = None

    def _key(self, key: str) -> None:
        self._pressed(key, self._incoming.heard_at)
        if self._bridged is not None:
            self._bridged._playout.send_digits(None, key)

    def _pressed(self, key: str, at: float) -> None:
        self._emit(DigitPressed(at=at, digit=key))
        self._playout.key()

    def _connect(self) -> None:
        self._emit(LegConnected(at=time.monotonic()))
        self._watch()

    def _measured(self, statistics: LegStatistics) -> None:
        self._emit(LineMeasured(at=time.monotonic(), statistics=statistics))

    def _watch(self) -> None:
        """Only who says that they send is missed when nothing comes: on hold nobody is."""
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if self._agreed is not None and self._agreed.far.direction == "sendrecv":
            self._watching = self._start(self._miss())

    async def _miss(self) -> None:
        """aiortc takes 30 s to notice that the far end is gone."""
        self._incoming.heard_at = time.monotonic()
        while True:
            alive_until = self._alive_until()
            left = alive_until - time.monotonic()
            await asyncio.sleep(left if left > 0 else SECOND_LOOK)
            if left <= 0 and self._alive_until() == alive_until:
                self._finish(CallCause.MEDIA_LOST)
                return

    def _alive_until(self) -> float:
        """By packets, or by the reports of who sends nothing in silence."""
        by_packets = self._incoming.heard_at + self._media_timeout
        return max(by_packets, self._ways.reported_at + REPORTS * self._media_timeout)

    def _lose(self, cause: CallCause) -> None:
        self._finish(cause)

    def _finish(self, cause: CallCause) -> asyncio.Future[None]:
        """Begin the end, once; whoever awaits the result can be cancelled without harm."""
        if self._end is None:
            self._end = self._loop.create_task(self._shut(cause))
        return asyncio.shield(self._end)

    async def _shut(self, cause: CallCause) -> None:
        try:
            self._part()
            self._playout.cut()
            self._tune()
            self._watching = None  # or its error, which knows this leg, would stay with it
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self._close(cause)

    async def _close(self, cause: CallCause) -> None:
        try:
            await self._ways.close()
        finally:
            self._emit(LegClosed(at=time.monotonic(), cause=cause))

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
