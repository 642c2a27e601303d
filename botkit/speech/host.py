"""`Synthesizer` over an engine in child processes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from botkit.flow.ssml import plain
from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed, VoiceSpec

from .process import ChildDied, EngineProcess, EngineRefused
from .sentences import paused, pieces, strung

log = logging.getLogger(__name__)

MOST_TEXT = 20_000
"""Characters of one prompt."""
MOST_SECONDS = 1800
"""Of sound for one request."""
RATES = range(4_000, 192_001)
"""Samples a second that a voice may have."""


class VoiceHost:
    """Speaks with the engine of `spec`; requests are served in the order they came."""

    def __init__(self, spec: VoiceSpec, *, workers: int = 1, timeout: float = 10.0) -> None:
        """`workers` processes at most; `timeout`: seconds for one request, the engine's start included.

        Raises `SpeechFailed` with the remedy when the engine is missing.
        """
        if spec.missing is not None:
            raise SpeechFailed(
                f"the voice {spec.name} cannot speak here: {spec.missing.missing}",
                remedy=spec.missing.remedy,
            )
        self.name = spec.name
        self.version = spec.version
        self._ssml = spec.ssml
        self._timeout = timeout
        self._children = [
            EngineProcess(f"voice {spec.name}", "voice", spec.factory, {}, start_timeout=timeout)
            for _ in range(workers)
        ]
        self._free: asyncio.Queue[EngineProcess] = asyncio.Queue()
        for child in self._children:
            self._free.put_nowait(child)
        self._closed = False
        self._requests: set[asyncio.Task[Pcm]] = set()

    @property
    def fails_to_start(self) -> bool:
        """See `ports.speech.TellsOfStart`."""
        return all(child.fails_to_start for child in self._children)

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        """Speak. Raises `SpeechFailed`. Who is cancelled leaves the engine to finish."""
        return strung([piece async for piece in self.stream(text, language=language)])

    async def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        """Sentence by sentence, one request each: the time limit is for a sentence, and others take turns.
        SSML goes to an engine that understands it as it is, to another one as plain text."""
        if len(text) > MOST_TEXT:
            raise self._failed(f"takes {MOST_TEXT} characters at once, not {len(text)}")
        *leading, last = pieces(text if self._ssml else plain(text))
        for piece in leading:
            yield paused(await self._request(piece, language))
        yield await self._request(last, language)

    async def close(self) -> None:
        """End the processes; what was asked and not answered is cancelled."""
        self._closed = True
        for request in self._requests:
            request.cancel()
        await asyncio.gather(*self._requests, return_exceptions=True)
        await asyncio.gather(*(child.end(kill=False) for child in self._children))

    async def _request(self, text: str, language: str) -> Pcm:
        if self._closed:
            raise self._failed("is closed")
        request = asyncio.create_task(self._serve(text, language))
        self._requests.add(request)
        request.add_done_callback(self._served)
        return await asyncio.shield(request)

    async def _serve(self, text: str, language: str) -> Pcm:
        child = await self._free.get()
        try:
            return await self._twice(child, text, language)
        finally:
            self.version = self.version or child.version
            self._free.put_nowait(child)

    async def _twice(self, child: EngineProcess, text: str, language: str) -> Pcm:
        with contextlib.suppress(ChildDied):
            return await self._once(child, text, language)
        log.warning("the voice %s died and is started again", self.name)
        try:
            return await self._once(child, text, language)
        except ChildDied as fault:
            raise self._failed(f"died twice over {text[:60]!r}") from fault

    async def _once(self, child: EngineProcess, text: str, language: str) -> Pcm:
        try:
            request: dict[str, object] = {"text": text, "language": language}
            head, samples = await child.ask(request, timeout=self._timeout)
        except TimeoutError:
            raise self._failed(f"gave no sound within {self._timeout:g} s") from None
        except EngineRefused as fault:
            raise self._failed(str(fault)) from fault
        rate = head.get("rate")
        if not isinstance(rate, int) or rate not in RATES or len(samples) % 2:
            await child.end(kill=True)
            raise self._failed("gave garbage")
        pcm = Pcm(samples, rate)
        if pcm.seconds > MOST_SECONDS:
            raise self._failed(f"gave {pcm.seconds:.0f} s of sound for {len(text)} characters")
        if text.strip() and not pcm.samples:
            raise self._failed("gave no sound")
        return pcm

    def _failed(self, what: str) -> SpeechFailed:
        return SpeechFailed(f"the voice {self.name} {what}")

    def _served(self, request: asyncio.Task[Pcm]) -> None:
        self._requests.discard(request)
        if not request.cancelled():
            request.exception()  # Whoever asked may be gone; then nobody else looks at it.
