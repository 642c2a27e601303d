"""`ports.audio.OutgoingLeg` whose packets are another process's."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import weakref
from collections.abc import Callable
from typing import BinaryIO, TypeVar

from botkit.media.sending.keytones import check_keys
from botkit.model.calls import CallCause
from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.ports.audio import Leg, LegClosed, LegConnected, LegEvent, OfferRefused, RecordingFailed, Sound

from . import wire
from .process import MediaProcess, ProcessDied

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class WorkerLeg:
    """One call's audio. Made by `WorkerAudioPort`, which calls `answer_offer` or `make_offer`, once."""

    def __init__(self, process: MediaProcess, on_event: Callable[[LegEvent], None]) -> None:
        self.process = process
        self._number = process.number()
        process.legs[self._number] = self
        self._on_event = on_event
        self._on_sound: Callable[[Sound], None] | None = None
        self._connected = False
        self._over = False
        self._offer = self._answer = ""

    @property
    def answer(self) -> str:
        """The SDP answer to send; "" for a leg that began itself."""
        return self._answer

    @property
    def offer(self) -> str:
        """Our SDP offer; "" for a leg that answered one."""
        return self._offer

    async def answer_offer(self, offer: str) -> None:
        """Begin to connect. Raises `OfferRefused`, `ProcessDied`; the leg is none then."""
        self._answer = await self._begin(lambda ask: wire.Accept(ask, self._number, offer))

    async def make_offer(self) -> None:
        """Begin. Raises `ProcessDied`; the leg is none then."""
        self._offer = await self._begin(lambda ask: wire.Dial(ask, self._number))

    async def complete(self, answer: str) -> None:
        """The far end picked up with this SDP. Raises `OfferRefused` when it does not fit."""
        try:
            await self.process.ask(lambda ask: wire.Complete(ask, self._number, answer))
        except (ProcessDied, ValueError) as fault:
            raise OfferRefused(f"the answer cannot be used: {fault}") from fault

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        """One of the far end's ICE candidates."""
        if not self._over:
            await self._ask(lambda ask: wire.Candidate(ask, self._number, line, mid, index))

    async def renegotiate(self, offer: str) -> str:
        """A new offer of the far end; the answer to send. Raises `OfferRefused`; then all stays as it was."""
        try:
            return await self.process.ask(lambda ask: wire.Renegotiate(ask, self._number, offer))
        except (ProcessDied, ValueError) as fault:
            raise OfferRefused(f"the offer cannot be answered: {fault}") from fault

    async def prepare(self, pcm: Pcm) -> None:
        """Encode ahead. Raises `WorldError` when the process dies meanwhile."""
        if not self._over:
            sound = self.process.sound(pcm)
            await self._ask(lambda ask: wire.Prepare(ask, self._number, sound))

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        """Queue a prompt. A leg that is closed plays nothing and says nothing."""
        if not self._over:
            self.process.send(wire.Play(self._number, prompt_id, self.process.sound(pcm), until_key))

    def send_digits(self, prompt_id: str, digits: str) -> None:
        """Queue keys. Raises `ValueError` at what is no key."""
        check_keys(digits)
        self._send(wire.SendDigits(self._number, prompt_id, digits))

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        """Give what the far end says to `on_sound`; None = no more."""
        before, self._on_sound = self._on_sound, on_sound
        if (before is None) != (on_sound is None):
            self._send(wire.Listen(self._number, on_sound is not None))

    def bridge(self, other: Leg | None, *more: Leg) -> None:
        """Let all far ends hear each other; `None` ends it."""
        others = []
        for each in () if other is None else (other, *more):
            assert isinstance(each, WorkerLeg), "they are of one port"
            assert each.process is self.process, "one was dialled beside the other"
            if not each._over:
                others.append(each._number)
        if other is None or others:
            self._send(wire.Bridge(self._number, tuple(others)))

    def record(self, *, maximum: float, stereo: bool) -> WorkerRecording:
        """Record both directions from now on."""
        recording = self.process.number()
        self._send(wire.Record(self._number, recording, maximum, stereo))
        return WorkerRecording(self.process, recording)

    def stop(self) -> None:
        """Silence from the next slot on."""
        self._send(wire.Stop(self._number))

    async def close(self) -> None:
        """End the media."""
        if not self._over:
            with contextlib.suppress(ProcessDied):  # which has been told
                await self.process.ask(lambda ask: wire.Close(ask, self._number))

    def told(self, event: LegEvent) -> None:
        """Its process tells."""
        if self._over:
            return
        self._connected = self._connected or isinstance(event, LegConnected)
        if isinstance(event, LegClosed):
            self._over = True
            self.process.legs.pop(self._number, None)
        _give(self._on_event, event)

    def heard(self, sound: Sound) -> None:
        """Its process tells."""
        if self._on_sound is not None:
            _give(self._on_sound, sound)

    def lost(self) -> None:
        """Its process is gone."""
        cause = CallCause.MEDIA_LOST if self._connected else CallCause.FAILED
        self.told(LegClosed(at=time.monotonic(), cause=cause))

    async def _begin(self, make: Callable[[int], wire.Command]) -> str:
        try:
            return await self.process.ask(make)
        except ValueError as fault:
            self._abandon()
            raise OfferRefused(f"the offer cannot be answered: {fault}") from fault
        except asyncio.CancelledError:
            self._abandon()
            self.process.send(wire.Close(0, self._number))
            raise
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        """It was never handed out: nobody is told of its end."""
        self._over = True
        self.process.legs.pop(self._number, None)

    def _send(self, command: wire.Command) -> None:
        if not self._over:
            self.process.send(command)

    async def _ask(self, make: Callable[[int], wire.Command]) -> None:
        try:
            await self.process.ask(make)
        except ProcessDied as fault:
            raise WorldError("The process that carried the call's sound died.") from fault


class WorkerRecording:
    """`ports.audio.CallRecording` of such a leg."""

    def __init__(self, process: MediaProcess, number: int) -> None:
        self._process = process
        self._number = number
        weakref.finalize(self, _drop, asyncio.get_running_loop(), process, number).atexit = False

    def hide(self, since: float) -> None:
        """Silence from then on."""
        self._process.send(wire.Hide(self._number, since))

    def show(self, until: float) -> None:
        """No more silence."""
        self._process.send(wire.Show(self._number, until))

    async def finish(self) -> BinaryIO:
        """End it. Raises `RecordingFailed`, also when the process died."""
        try:
            return await self._process.ask_for_file(lambda ask: wire.Finish(ask, self._number))
        except (ProcessDied, OSError) as fault:
            raise RecordingFailed(f"The process that recorded it does not give it: {fault}.") from fault


def _drop(loop: asyncio.AbstractEventLoop, process: MediaProcess, recording: int) -> None:
    """Nobody has it any more, in whichever thread that is found out."""
    with contextlib.suppress(RuntimeError):  # the loop is closed, and the process gone with it
        loop.call_soon_threadsafe(process.send, wire.Drop(recording))


def _give(listener: Callable[[_T], None], what: _T) -> None:
    """What a listener raises is its own, and nobody else's call suffers."""
    try:
        listener(what)
    except Exception:
        log.exception("who listens to a call failed")
