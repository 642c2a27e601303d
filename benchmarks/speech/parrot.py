"""The control's recogniser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard

from .phrases import MENU, PROMPTS

_words: Mapping[SpeechKind, str] = {
    SpeechKind.CHOICE: MENU["repeat"],
    SpeechKind.YES_NO: PROMPTS["vm-Friends"],
    SpeechKind.DIGITS: "nine nine nine nine",
}


class Parrot:
    """Hears the same in every sound: one choice, no yes or no, four digits that nobody says."""

    name = "parrot"
    version = "1"

    def hears(self, language: str) -> bool:
        return True

    async def start(self) -> None:
        """There is nothing to load."""

    async def recognise(
        self,
        utterance: Pcm,
        *,
        language: str,
        kind: SpeechKind,
        phrases: Sequence[str] = (),
        caller: str = "",
    ) -> Heard:
        return Heard(text=_words[kind])

    async def close(self) -> None:
        """Nothing to end."""
