"""Voices, and how a plugin offers one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm


class SpeechFailed(WorldError):
    """An engine gave no sound: it died, hung, or cannot say this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is missing, and the exact line that mends it."""

    missing: str
    remedy: str


class Synthesizer(Protocol):
    """Text to speech."""

    name: str
    version: str
    """Of the engine; part of the cache key."""

    async def synthesize(self, text: str, *, language: str) -> Pcm:
        """Speak `text` (plain) in `language` (BCP 47). Raises `SpeechFailed`."""
        ...

    async def close(self) -> None: ...


class VoiceEngine(Protocol):
    """What runs in the child process: plain, blocking, single-threaded."""

    version: str

    def synthesize(self, text: str, language: str) -> Pcm:
        """Blocking; may raise anything, hang or die: the host survives it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSpec:
    """A voice that a plugin brings (hook `register_voices`)."""

    name: str
    """What `speech: {voice: NAME}` says."""
    factory: str
    """`package.module:callable` that returns a `VoiceEngine`; imported in the child process only."""
    languages: tuple[str, ...]
    """BCP 47, best first."""
    missing: Remedy | None = None
    """Why it cannot speak here, found without importing the engine."""
    version: str = ""
    """Of the engine, where it can be told without importing it; prompts are cached under it."""
    rank: int = 100
    """Lower is chosen first when the user names none."""
