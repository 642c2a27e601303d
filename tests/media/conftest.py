"""Sounds, and two real peers on loopback: the audio port and a scripted caller."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pytest

from botkit.media.audio_port import MediaAudioPort
from botkit.media.codecs import OPUS, AudioCodec
from botkit.media.engine import EngineAudioPort
from botkit.media.leg import MediaLeg
from botkit.media.plain import PlainAudioPort
from botkit.model.pcm import Pcm
from botkit.ports.audio import AudioPort, LegConnected, LegEvent, Sound
from botkit.testing.caller import Caller
from botkit.testing.hearing import Expected, judge


@pytest.fixture
def voice() -> Callable[[float, int], Pcm]:
    """`voice(seconds, seed)`: a sound of its own for each seed."""
    return speechlike


def speechlike(seconds: float, seed: int, rate: int = 16_000) -> Pcm:
    """Noise in syllables, band-limited like a voice: unlike any other seed's, and alike after a codec."""
    generator = np.random.default_rng(seed)
    count = round(seconds * rate)
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / rate)
    spectrum[(frequencies < 150) | (frequencies > 1800)] = 0
    wave = np.fft.irfft(spectrum, count)
    syllables = 0.2 + 0.8 * np.abs(np.sin(np.pi * 3.5 * np.arange(count) / rate + seed))
    scaled = wave / np.abs(wave).max() * syllables * 12_000
    return Pcm(scaled.astype("<i2").tobytes(), rate)


E = TypeVar("E", bound=LegEvent)
P = TypeVar("P", bound=AudioPort)


@dataclass
class Told:
    """A leg's events as they come, and a way to wait for one."""

    events: list[LegEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    also: Callable[[LegEvent], None] = field(default=lambda event: None)

    def __call__(self, event: LegEvent) -> None:
        self.events.append(event)
        self.also(event)
        self.news.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, condition: Callable[[], bool], timeout: float = 30.0) -> None:
        async with asyncio.timeout(timeout):
            while not condition():
                self.news.clear()
                await self.news.wait()


@dataclass
class Call:
    """Both ends of one call."""

    leg: MediaLeg
    caller: Caller
    told: Told

    def objection(self, said: Pcm) -> str:
        """Why the caller did not hear this from the bot; "" = it did."""
        return objection(self.caller.recording(), said)


async def more(caller: Caller, packets: int) -> None:
    """Return when so many more packets have come, 20 ms each, whatever is in them."""
    wanted = len(caller.packets) + packets
    await caller.until(lambda: len(caller.packets) >= wanted)


@pytest.fixture
def told() -> Told:
    """Takes the events of a leg."""
    return Told()


@pytest.fixture(
    params=[
        pytest.param(EngineAudioPort, id="engine"),
        pytest.param(PlainAudioPort, id="plain", marks=pytest.mark.fallback),
    ]
)
async def port(request: pytest.FixtureRequest) -> AsyncIterator[MediaAudioPort]:
    async with closed_after(request.param()) as port:
        yield port


@asynccontextmanager
async def closed_after(port: P) -> AsyncIterator[P]:
    """The port, which is closed in the end."""
    try:
        yield port
    finally:
        await port.close()


@asynccontextmanager
async def hanging_up() -> AsyncIterator[Callable[[Caller], Caller]]:
    """Takes callers, and hangs them up in the end."""
    callers: list[Caller] = []

    def keep(caller: Caller) -> Caller:
        callers.append(caller)
        return caller

    try:
        yield keep
    finally:
        for caller in callers:
            await caller.hangup()


@pytest.fixture
async def hang_up() -> AsyncIterator[Callable[[Caller], Caller]]:
    """Takes a caller and hangs it up when the test is over."""
    async with hanging_up() as keep:
        yield keep


@pytest.fixture
def dial(port: MediaAudioPort, hang_up: Callable[[Caller], Caller]) -> Callable[..., Awaitable[Call]]:
    """Sets up a call to the port and returns when it is connected at both ends."""

    async def dial(codec: AudioCodec = OPUS, port: MediaAudioPort = port, *, keys: bool = True) -> Call:
        caller, told = hang_up(Caller(codec=codec, keys=keys)), Told()
        leg = await port.accept(await caller.offer(), told)
        await caller.apply_answer(leg.answer)
        await caller.connected()
        await told.until(lambda: bool(told.of(LegConnected)))
        return Call(leg, caller, told)

    return dial


@pytest.fixture
def ring(port: MediaAudioPort, hang_up: Callable[[Caller], Caller]) -> Callable[..., Awaitable[Call]]:
    """Sets up a call from the port and returns when it is connected at both ends."""

    async def ring(codec: AudioCodec = OPUS, *, keys: bool = True) -> Call:
        caller, told = hang_up(Caller(codec=codec, keys=keys)), Told()
        leg = await port.dial(told)
        await leg.complete(await caller.accept(leg.offer))
        await caller.connected()
        await told.until(lambda: bool(told.of(LegConnected)))
        return Call(leg, caller, told)

    return ring


@dataclass
class Ear:
    """A leg's listener."""

    leg: MediaLeg
    heard: list[Sound] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.leg.listen(self)

    def __call__(self, sound: Sound) -> None:
        self.heard.append(sound)
        self.news.set()

    def objection(self, said: Pcm) -> str:
        """Why the bot did not hear this; "" = it did."""
        return objection(Pcm(b"".join(sound.samples for sound in self.heard), 16_000), said)

    async def until_quiet(self, frames: int = 5) -> None:
        """Return when so many frames with nothing in them follow something."""
        async with asyncio.timeout(30):
            while not self._said(frames):
                self.news.clear()
                await self.news.wait()

    def _said(self, frames: int) -> bool:
        loud = [loudness(sound) > 300 for sound in self.heard]
        return any(loud) and not any(loud[-frames:])


def objection(recording: Pcm, said: Pcm) -> str:
    (verdict,) = judge(recording, [Expected(name="what was said", pcm=said)])
    return verdict.reason


def loudness(sound: Sound) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.frombuffer(sound.samples, "<i2").astype(float) ** 2)))


@pytest.fixture
def ear() -> Callable[[MediaLeg], Ear]:
    return Ear
