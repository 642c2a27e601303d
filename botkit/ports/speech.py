"""Voices and ears, and how a plugin offers one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from botkit.model.errors import WorldError
from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind


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
        """Speak `text` (plain, or SSML: `<speak>...`) in `language` (BCP 47). Raises `SpeechFailed`."""
        ...

    def stream(self, text: str, *, language: str) -> AsyncIterator[Pcm]:
        """The same, piece by piece, each as soon as it is spoken: joined they are the whole."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class TellsOfStart(Protocol):
    """A `Synthesizer` or `Recognizer` that knows whether there is an engine behind it."""

    @property
    def fails_to_start(self) -> bool:
        """Its engine could not be started when that was tried last; it is tried again when it is needed."""
        ...


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
    ssml: bool = False
    """The engine understands SSML; for another one it is made plain text."""


class RecognitionFailed(WorldError):
    """A recogniser gave no answer: it died, hung, or gave garbage."""


class Overloaded(RecognitionFailed):
    """No recogniser was free in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a recogniser makes of an utterance."""

    text: str
    """Words, as it writes them; empty = there are none."""
    confidence: float | None = None
    """Its own, 0 to 1; None when it gives none."""
    alternatives: tuple[str, ...] = ()
    """Other readings of the same sound, the likeliest first: `flow.match.readings` chooses."""


class Recognizer(Protocol):
    """Speech to text, one utterance at a time."""

    name: str
    version: str

    def hears(self, language: str) -> bool:
        """Whether it knows this language (BCP 47; one region stands for the others)."""
        ...

    async def start(self) -> None:
        """Load what takes time, so that the first caller need not wait. Raises `RecognitionFailed`."""
        ...

    async def recognise(
        self,
        utterance: Pcm,
        *,
        language: str,
        kind: SpeechKind,
        phrases: Sequence[str] = (),
        caller: str = "",
    ) -> Heard:
        """What was said. `phrases` are what may be said (`SpeechKind.CHOICE`); an engine with grammars
        hears nothing else. Callers (any name) take turns. Raises `Overloaded`, `RecognitionFailed`."""
        ...

    async def close(self) -> None: ...


class RecognizerEngine(Protocol):
    """What runs in the child process: plain, blocking, single-threaded."""

    version: str

    def recognise(self, utterance: Pcm, language: str, kind: SpeechKind, phrases: Sequence[str]) -> Heard:
        """Blocking; may raise anything, hang or die: the host survives it."""
        ...

    def unknown_words(self, language: str, words: Sequence[str]) -> Sequence[str]:
        """Those that its vocabulary lacks, so it can never hear them; none when it has no such list."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognizerSpec:
    """Ears that a plugin brings (hook `register_recognizers`)."""

    name: str
    """What `speech: {recognizer: NAME}` says."""
    factory: str
    """`package.module:callable` that returns a `RecognizerEngine`; imported in the child process only. It
    gets `options` as keyword arguments."""
    languages: tuple[str, ...]
    """BCP 47, best first; empty = whatever its model is for."""
    missing: Remedy | None = None
    """Why it cannot hear here, found without importing the engine."""
    has_vocabulary: bool = False
    """It hears nothing but the words of a list: see `RecognizerEngine.unknown_words`."""
    needs_model: bool = False
    """It hears nothing without `speech: {model: PATH}`."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What the factory gets: `model`, when bot.yaml names one."""
    version: str = ""
    rank: int = 100
    """Lower is chosen first when the user names none."""


class VoiceActivity(Protocol):
    """Tells speech from other sound. One for each call: it remembers what it heard."""

    def voiced(self, samples: bytes) -> bool:
        """Whether this is speech: the next 20 ms, 16 kHz, mono, 16-bit little-endian."""
        ...
