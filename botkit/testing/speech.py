"""A voice that costs nothing and says the same thing the same way every time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256

from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed
from botkit.speech.sentences import pieces, strung

SECONDS_PER_CHARACTER = 0.06
"""About as fast as people read aloud."""


class FakeSynthesizer:
    """`ports.speech.Synthesizer`. The sound is noise made from the text: two texts never sound alike."""

    name = "fake"
    version = "1"

    def __init__(self, *, rate: int = 16_000) -> None:
        self.said: list[str] = []
        """Every text it was asked for, in order."""
        self._rate = rate
        self._failures = 0
        self._texts: dict[Pcm, str] = {}

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        whole = strung([piece async for piece in self.stream(text, language=language)])
        self._texts[whole] = text
        return whole

    async def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        self.said.append(text)
        for piece in pieces(text):
            yield self._noise(piece, language)

    async def close(self) -> None:
        """Nothing to end."""

    def fail(self, times: int = 1) -> None:
        """The next `times` pieces get no sound."""
        self._failures += times

    def text_of(self, pcm: Pcm) -> str:
        """What a sound, whole or a piece, says: `voice.text_of(leg.heard[0].pcm)`. Raises `KeyError` when it
        is not its own."""
        return self._texts[pcm]

    def _noise(self, text: str, language: str) -> Pcm:
        if self._failures:
            self._failures -= 1
            raise SpeechFailed("the voice gave no sound.")
        size = 2 * round(len(text) * SECONDS_PER_CHARACTER * self._rate)
        noise = sha256(f"{language}:{text}".encode()).digest()
        pcm = Pcm((noise * (size // len(noise) + 1))[:size], self._rate)
        self._texts[pcm] = text
        return pcm
