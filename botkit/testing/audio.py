"""A call's sound without sound: prompts take their time on the clock, keys are pressed by the test."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from botkit.model.calls import CallCause
from botkit.model.pcm import Pcm
from botkit.ports.audio import (
    DigitPressed,
    LegClosed,
    LegConnected,
    LegEvent,
    OfferRefused,
    PromptFinished,
    PromptStarted,
)
from botkit.ports.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPrompt:
    """A prompt that is over, as the far end heard it."""

    prompt_id: str
    pcm: Pcm
    played: float
    """Seconds of it."""
    cut: bool


class FakeLeg:
    """`ports.audio.Leg` on a clock. Events bear `clock.monotonic()` and are told one loop round later,
    as from a real leg: never from inside a call."""

    def __init__(self, clock: Clock, offer: str, on_event: Callable[[LegEvent], None]) -> None:
        self.offer = offer
        self.candidates: list[tuple[str, str, int]] = []
        self.heard: list[HeardPrompt] = []
        self._clock = clock
        self._on_event = on_event
        self._waiting: deque[tuple[str, Pcm]] = deque()
        self._started: float | None = None
        self._connected = False
        self._closed = False
        self._playing: asyncio.Task[None] | None = None

    @property
    def answer(self) -> str:
        return "v=0\r\ns=answer\r\n"

    @property
    def closed(self) -> bool:
        return self._closed

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        self.candidates.append((line, mid, index))

    async def prepare(self, pcm: Pcm) -> None:
        await asyncio.sleep(0)

    def play(self, prompt_id: str, pcm: Pcm) -> None:
        if self._closed:
            return
        self._waiting.append((prompt_id, pcm))
        self._go_on()

    def stop(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            self._playing = None
        while self._waiting:
            played = 0.0 if self._started is None else self._clock.monotonic() - self._started
            self._finish(played, cut=True)

    async def close(self) -> None:
        self.drop(CallCause.ENDED)

    def connect(self) -> None:
        """Media flows from now on."""
        if not self._connected and not self._closed:
            self._connected = True
            self._tell(LegConnected(at=self._clock.monotonic()))
            self._go_on()

    def press(self, digits: str) -> None:
        """Press keys at the far end, one right after the other."""
        for digit in digits:
            if digit not in "0123456789*#ABCD":
                raise ValueError(f"there is no key {digit!r}")
            self._tell(DigitPressed(at=self._clock.monotonic(), digit=digit))

    def drop(self, cause: CallCause = CallCause.MEDIA_LOST) -> None:
        """The media ends."""
        if not self._closed:
            self.stop()
            self._tell(LegClosed(at=self._clock.monotonic(), cause=cause))
            self._closed = True

    def _go_on(self) -> None:
        if self._connected and self._waiting and self._playing is None:
            self._playing = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        while self._waiting:
            prompt_id, pcm = self._waiting[0]
            self._started = self._clock.monotonic()
            self._tell(PromptStarted(at=self._started, prompt_id=prompt_id))
            await self._clock.sleep(pcm.seconds)
            self._finish(pcm.seconds, cut=False)
        self._playing = None

    def _finish(self, played: float, *, cut: bool) -> None:
        prompt_id, pcm = self._waiting.popleft()
        self._started = None
        self.heard.append(HeardPrompt(prompt_id=prompt_id, pcm=pcm, played=played, cut=cut))
        self._tell(PromptFinished(at=self._clock.monotonic(), prompt_id=prompt_id, played=played, cut=cut))

    def _tell(self, event: LegEvent) -> None:
        if not self._closed:
            asyncio.get_running_loop().call_soon(self._on_event, event)


class FakeAudioPort:
    """`ports.audio.AudioPort` that makes `FakeLeg`s and keeps them in `legs`, the newest last."""

    def __init__(self, clock: Clock, *, connects: bool = True) -> None:
        """With `connects` a leg connects by itself, right after its answer is made; else the test says
        `leg.connect()`."""
        self.legs: list[FakeLeg] = []
        self._clock = clock
        self._connects = connects
        self._refusal = ""

    def refuse_offers(self, why: str) -> None:
        """Every offer is refused from now on; an empty reason lets them pass again."""
        self._refusal = why

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> FakeLeg:
        if self._refusal:
            raise OfferRefused(self._refusal)
        leg = FakeLeg(self._clock, offer, on_event)
        self.legs.append(leg)
        if self._connects:
            asyncio.get_running_loop().call_soon(leg.connect)
        return leg

    async def close(self) -> None:
        for leg in self.legs:
            await leg.close()
