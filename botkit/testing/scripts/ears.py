"""Ears that hear what the script says that people say."""

from __future__ import annotations

from collections.abc import Sequence

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.speech import Heard

LOUD = b"\x00\x20\x00\xe0" * 160
"""20 ms of a voice."""
FRAME = 0.02
"""Seconds of it."""
PER_CHARACTER = 0.07
"""Seconds that a character takes to say."""
SHORTEST = 0.4
"""Seconds of the shortest word."""


class ScriptedEars:
    """`ports.speech.Recognizer`: of each caller it hears what they say at the moment, in any language."""

    name = "script"
    version = "1"

    def __init__(self) -> None:
        self._said: dict[str, Heard] = {}

    def say(self, call_id: str, text: str, confidence: float | None = None) -> list[bytes]:
        """Somebody says this on a call from now on, with this confidence; empty = sounds that are no words.
        Returns how it sounds, in frames."""
        self._said[call_id] = Heard(text=text, confidence=confidence)
        return sound_of(text)

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
        return self._said.get(caller, Heard(text=""))

    async def close(self) -> None:
        """Nothing to end."""


def sound_of(text: str) -> list[bytes]:
    """Something that lasts as long as these words, in frames."""
    return [LOUD] * round(max(SHORTEST, PER_CHARACTER * len(text)) / FRAME)


class AnySound:
    """`ports.speech.VoiceActivity`: whatever is no silence is a voice."""

    def voiced(self, samples: bytes) -> bool:
        return samples != bytes(len(samples))
