"""The control's faults: what each of the limits must see."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.audio import AudioPort, CallRecording, Leg, LegEvent, OutgoingLeg, Sound
from botkit.ports.speech import Heard, Recognizer

SLUGGISH = 0.5
"""Seconds by which prompts of `Late` start and stop late."""
TRACK = "track my order"
"""What `one_track` hears."""
FRAME_BYTES = 640
SILENT = 50
"""Frames of silence before a ghost speaks, and behind it."""

HASTY = """\
    complete_timeout: 200ms
    incomplete_timeout: 200ms
"""
"""Lines of a question: any pause is the end of an answer."""

STALLING = """\
import asyncio
import time

from botkit import hook


@hook
def bot_started():
    loop = asyncio.get_running_loop()

    def stall():
        time.sleep(0.15)
        loop.call_later(0.85, stall)

    stall()
"""
"""A handlers file that holds up the bot's event loop, and with it the packets of all calls, every second."""


class _AroundPort:
    """An audio port whose accepted legs are changed."""

    def __init__(self, inner: AudioPort, change: Callable[[Leg], Leg]) -> None:
        self._inner = inner
        self._change = change

    async def start(self) -> None:
        await self._inner.start()

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        return self._change(await self._inner.accept(offer, on_event))

    async def dial(self, on_event: Callable[[LegEvent], None], *, beside: Leg | None = None) -> OutgoingLeg:
        return await self._inner.dial(on_event, beside=beside)

    async def close(self) -> None:
        await self._inner.close()


class _AroundLeg:
    """A leg that does as the inner one."""

    def __init__(self, inner: Leg) -> None:
        self._inner = inner

    @property
    def answer(self) -> str:
        return self._inner.answer

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        await self._inner.add_candidate(line, mid, index)

    async def renegotiate(self, offer: str) -> str:
        return await self._inner.renegotiate(offer)

    async def prepare(self, pcm: Pcm) -> None:
        await self._inner.prepare(pcm)

    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        self._inner.play(prompt_id, pcm, until_key=until_key)

    def send_digits(self, prompt_id: str, digits: str) -> None:
        self._inner.send_digits(prompt_id, digits)

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        self._inner.listen(on_sound)

    def bridge(self, other: Leg | None, *more: Leg) -> None:
        self._inner.bridge(other, *more)

    def record(self, *, maximum: float, stereo: bool) -> CallRecording:
        return self._inner.record(maximum=maximum, stereo=stereo)

    def stop(self) -> None:
        self._inner.stop()

    async def close(self) -> None:
        await self._inner.close()


class _LateLeg(_AroundLeg):
    def play(self, prompt_id: str, pcm: Pcm, *, until_key: bool = False) -> None:
        asyncio.get_running_loop().call_later(SLUGGISH, super().play, prompt_id, pcm)

    def stop(self) -> None:
        asyncio.get_running_loop().call_later(SLUGGISH, super().stop)


class _HauntedLeg(_AroundLeg):
    def __init__(self, inner: Leg, voice: Pcm) -> None:
        """`voice` is 16 kHz."""
        super().__init__(inner)
        silence = bytes(SILENT * FRAME_BYTES)
        sound = silence + voice.samples + silence
        self._frames = itertools.cycle(
            sound[start : start + FRAME_BYTES]
            for start in range(0, len(sound) - FRAME_BYTES + 1, FRAME_BYTES)
        )

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        if on_sound is None:
            super().listen(None)
            return
        tell = on_sound
        super().listen(lambda sound: tell(Sound(sound.at, next(self._frames))))


def late(inner: AudioPort) -> AudioPort:
    """Legs start and stop prompts late."""
    return _AroundPort(inner, _LateLeg)


def haunted(inner: AudioPort, voice: Pcm) -> AudioPort:
    """Legs hear a voice, whatever the caller sends."""
    return _AroundPort(inner, lambda leg: _HauntedLeg(leg, voice))


class _OneTrack:
    """A recogniser that hears the same words in every sound."""

    def __init__(self, inner: Recognizer) -> None:
        self.name = inner.name
        self.version = inner.version
        self._inner = inner

    def hears(self, language: str) -> bool:
        return self._inner.hears(language)

    async def start(self) -> None:
        await self._inner.start()

    async def recognise(
        self,
        utterance: Pcm,
        *,
        language: str,
        kind: SpeechKind,
        phrases: Sequence[str] = (),
        caller: str = "",
    ) -> Heard:
        return Heard(text=TRACK)

    async def close(self) -> None:
        await self._inner.close()


def one_track(inner: Recognizer) -> Recognizer:
    """It hears the same words in every sound."""
    return _OneTrack(inner)
