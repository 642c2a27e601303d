"""Recognisers, servers and audio files that tell whether they are at work, so that a clock which stands still
waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.audio import SoundFiles
from botkit.ports.http import HttpAnswer, HttpClient, HttpRequest
from botkit.ports.speech import Heard, Recognizer

LONGEST_ANSWER = 8.0
"""Seconds that the clock may wait for a server."""


class CountedRecognizer:
    """`ports.speech.Recognizer`."""

    def __init__(self, inner: Recognizer) -> None:
        self.name = inner.name
        self.version = inner.version
        self.busy = 0
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
        self.busy += 1
        try:
            return await self._inner.recognise(
                utterance, language=language, kind=kind, phrases=phrases, caller=caller
            )
        finally:
            self.busy -= 1

    async def close(self) -> None:
        await self._inner.close()


class CountedHttp:
    """`ports.http.HttpClient`."""

    def __init__(self, inner: HttpClient) -> None:
        self.busy = 0
        self._inner = inner

    async def send(self, request: HttpRequest) -> HttpAnswer:
        self.busy += 1
        try:
            return await self._inner.send(replace(request, timeout=min(request.timeout, LONGEST_ANSWER)))
        finally:
            self.busy -= 1

    async def close(self) -> None:
        await self._inner.close()


class CountedSounds:
    """`ports.audio.SoundFiles`."""

    def __init__(self, inner: SoundFiles) -> None:
        self.busy = 0
        self._inner = inner

    async def load(self, path: str) -> Pcm:
        self.busy += 1
        try:
            return await self._inner.load(path)
        finally:
            self.busy -= 1
