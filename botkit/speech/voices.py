"""Each language in the voice for it: the bot's own where it can, else the best other one installed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from botkit.model.pcm import Pcm
from botkit.ports.speech import SpeechFailed, Synthesizer, VoiceSpec

from .cache import CachedSynthesizer
from .host import VoiceHost
from .languages import knows


class Voices:
    """A `Synthesizer` in as many languages as the voices have together. Their engines start when needed."""

    def __init__(
        self,
        main: VoiceSpec,
        others: Iterable[VoiceSpec],
        prompts: Path | None,
        *,
        host: Callable[[VoiceSpec], Synthesizer] = VoiceHost,
    ) -> None:
        """`main` is the bot's own voice; `others` come in order of rank, `main` among them or not.
        `prompts`: see `CachedSynthesizer`. Raises `SpeechFailed` when `main` cannot speak here.
        """
        self.name = main.name
        self.version = main.version
        self._specs = (main, *(voice for voice in others if voice.name != main.name))
        self._prompts = prompts
        self._host = host
        self._cached: dict[str, CachedSynthesizer] = {}
        self._voice(main)

    @property
    def fails_to_start(self) -> bool:
        """See `ports.speech.TellsOfStart`; true of any voice that was needed."""
        return any(voice.fails_to_start for voice in self._cached.values())

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        """Speak. Raises `SpeechFailed`, also when no voice here speaks the language."""
        return await self._for(language).synthesize(text, language=language)

    async def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        """The same, sentence by sentence."""
        async for piece in self._for(language).stream(text, language=language):
            yield piece

    async def close(self) -> None:
        """Close every voice that was used."""
        for voice in self._cached.values():
            await voice.close()

    def _for(self, language: str) -> CachedSynthesizer:
        speaking = [spec for spec in self._specs if knows(spec.languages, language)]
        able = next((spec for spec in speaking if spec.missing is None), None)
        if able is not None:
            return self._voice(able)
        what = f"no voice that is installed speaks {language!r}"
        lack = next((spec.missing for spec in speaking if spec.missing), None)
        remedy = lack.remedy if lack else "Install a voice that does, or write the flow in another language."
        raise SpeechFailed(f"{what}: {lack.missing}" if lack else f"{what}.", remedy=remedy)

    def _voice(self, spec: VoiceSpec) -> CachedSynthesizer:
        if spec.name not in self._cached:
            self._cached[spec.name] = CachedSynthesizer(self._host(spec), self._prompts)
        return self._cached[spec.name]
