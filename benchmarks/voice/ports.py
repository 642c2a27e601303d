"""Audio ports around the bot's own: one that is late, one that counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from botkit.model.pcm import Pcm
from botkit.ports.audio import AudioPort, Leg, LegEvent, OutgoingLeg, PromptFinished, Sound

SLUGGISH = 0.5
"""Seconds by which the control's audio port is late."""


class Counting:
    """An audio port that notes every prompt that is over."""

    def __init__(self, inner: AudioPort) -> None:
        self.over: list[PromptFinished] = []
        self._inner = inner

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        return await self._inner.accept(offer, self._noting(on_event))

    async def dial(self, on_event: Callable[[LegEvent], None]) -> OutgoingLeg:
        return await self._inner.dial(self._noting(on_event))

    async def close(self) -> None:
        await self._inner.close()

    def _noting(self, on_event: Callable[[LegEvent], None]) -> Callable[[LegEvent], None]:
        def tell(event: LegEvent) -> None:
            if isinstance(event, PromptFinished):
                self.over.append(event)
            on_event(event)

        return tell


class Late:
    """An audio port whose legs start and stop prompts late."""

    def __init__(self, inner: AudioPort) -> None:
        self._inner = inner

    async def accept(self, offer: str, on_event: Callable[[LegEvent], None]) -> Leg:
        return LateLeg(await self._inner.accept(offer, on_event))

    async def dial(self, on_event: Callable[[LegEvent], None]) -> OutgoingLeg:
        return await self._inner.dial(on_event)

    async def close(self) -> None:
        await self._inner.close()


class LateLeg:
    """A leg that puts prompts and their end off."""

    def __init__(self, inner: Leg) -> None:
        self._inner = inner

    @property
    def answer(self) -> str:
        return self._inner.answer

    async def add_candidate(self, line: str, mid: str, index: int) -> None:
        await self._inner.add_candidate(line, mid, index)

    async def prepare(self, pcm: Pcm) -> None:
        await self._inner.prepare(pcm)

    def play(self, prompt_id: str, pcm: Pcm) -> None:
        asyncio.get_running_loop().call_later(SLUGGISH, self._inner.play, prompt_id, pcm)

    def send_digits(self, prompt_id: str, digits: str) -> None:
        self._inner.send_digits(prompt_id, digits)

    def listen(self, on_sound: Callable[[Sound], None] | None) -> None:
        self._inner.listen(on_sound)

    def bridge(self, other: Leg | None) -> None:
        self._inner.bridge(other)

    def stop(self) -> None:
        asyncio.get_running_loop().call_later(SLUGGISH, self._inner.stop)

    async def close(self) -> None:
        await self._inner.close()
