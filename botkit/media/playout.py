"""What the bot sends: one endless track per leg, prompts as ready payloads, silence in between."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import av
from aiortc.mediastreams import MediaStreamTrack
from av.stream import Stream

from botkit.model.pcm import Pcm
from botkit.ports.audio import LegEvent, PromptFinished, PromptStarted

from .codecs import PTIME, AudioCodec, silence
from .payloads import PayloadCache, Payloads

log = logging.getLogger(__name__)

MOST_LATE = 50
"""Slots. A loop that was blocked for longer skips slots; up to then it catches up, so that no prompt has
a hole in it."""


@dataclass(slots=True)
class _Prompt:
    id: str
    seconds: float
    payloads: asyncio.Future[Payloads]
    sent: int = 0

    def played(self) -> float:
        return min(self.sent * PTIME, self.seconds)


class PlayoutTrack(MediaStreamTrack):
    """20 ms payloads on an absolute schedule: slot n leaves at start + n x 20 ms.

    aiortc asks for one packet after the other and never again after an end, so there is no end:
    prompts are queued into the track, and what plays is decided when a slot is due, not before.
    """

    kind = "audio"

    def __init__(self, codec: AudioCodec, cache: PayloadCache, on_event: Callable[[LegEvent], None]) -> None:
        super().__init__()
        self._codec = codec
        self._cache = cache
        self._on_event = on_event
        self._silence = silence(codec)
        self._time_base = Fraction(1, codec.clock_rate)
        self._prompts: deque[_Prompt] = deque()
        self._start: float | None = None
        self._slot = 0

    def play(self, prompt_id: str, pcm: Pcm) -> None:
        """Queue a prompt. It starts in the next free slot after it is encoded."""
        self._prompts.append(_Prompt(prompt_id, pcm.seconds, self._cache.get(pcm, self._codec)))

    def cut(self) -> None:
        """Drop the prompt that plays and all that wait; the next slot is silence."""
        while self._prompts:
            self._finish(self._prompts.popleft(), cut=True)

    async def recv(self) -> av.Packet[Stream]:
        """The packet of the next slot, when it is due. The first one is due at once."""
        await self._next_slot()
        packet = av.Packet(self._payload())
        packet.time_base = self._time_base
        packet.pts = self._slot * self._codec.frame
        return packet

    async def _next_slot(self) -> None:
        now = time.monotonic()
        if self._start is None:
            self._start = now
            return
        self._slot = max(self._slot + 1, int((now - self._start) / PTIME) - MOST_LATE)
        delay = self._start + self._slot * PTIME - now
        if delay > 0:
            await asyncio.sleep(delay)

    def _payload(self) -> bytes:
        while self._prompts and self._prompts[0].payloads.done():
            prompt = self._prompts[0]
            if prompt.payloads.exception() is not None:
                log.error("prompt %s cannot be encoded", prompt.id, exc_info=prompt.payloads.exception())
                self._finish(self._prompts.popleft(), cut=True)
                continue
            payloads = prompt.payloads.result()
            if prompt.sent == 0:
                self._on_event(PromptStarted(at=time.monotonic(), prompt_id=prompt.id))
            if prompt.sent < len(payloads):
                payload = payloads[prompt.sent]
                prompt.sent += 1
                if prompt.sent == len(payloads):
                    self._finish(self._prompts.popleft(), cut=False)
                return payload
            self._finish(self._prompts.popleft(), cut=False)
        return self._silence

    def _finish(self, prompt: _Prompt, *, cut: bool) -> None:
        self._on_event(
            PromptFinished(at=time.monotonic(), prompt_id=prompt.id, played=prompt.played(), cut=cut)
        )
