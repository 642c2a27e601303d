"""Ears that hear what the test wrote down."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from botkit.model.pcm import Pcm
from botkit.model.speech import SpeechKind
from botkit.ports.clock import Clock
from botkit.ports.speech import Heard, RecognitionFailed
from botkit.ports.system_clock import SystemClock
from botkit.speech.languages import knows


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardUtterance:
    """One thing the recogniser was asked."""

    utterance: Pcm
    language: str
    kind: SpeechKind
    phrases: tuple[str, ...]
    caller: str


@dataclass(frozen=True, slots=True)
class _Scripted:
    outcome: Heard | RecognitionFailed
    after: float


class FakeRecognizer:
    """`ports.speech.Recognizer`. One scripted outcome for each utterance, in order; with none left it
    finds no words."""

    name = "fake"
    version = "1"

    def __init__(
        self, *texts: str, languages: Sequence[str] = ("en-US",), clock: Clock | None = None
    ) -> None:
        """`texts` are heard first. `clock` is the one that delays pass on; None = real time."""
        self.asked: list[HeardUtterance] = []
        """Everything it was asked, in order."""
        self.closed = False
        self._languages = tuple(languages)
        self._clock = clock or SystemClock()
        self._script = deque(_Scripted(Heard(text=text), 0.0) for text in texts)

    def hears(self, language: str) -> bool:
        return knows(self._languages, language)

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
        self.asked.append(
            HeardUtterance(
                utterance=utterance, language=language, kind=kind, phrases=tuple(phrases), caller=caller
            )
        )
        if not self.hears(language):
            raise RecognitionFailed(f"the recogniser {self.name} does not hear {language!r}")
        scripted = self._script.popleft() if self._script else _Scripted(Heard(text=""), 0.0)
        if scripted.after:
            await self._clock.sleep(scripted.after)
        if isinstance(scripted.outcome, RecognitionFailed):
            raise scripted.outcome
        return scripted.outcome

    async def close(self) -> None:
        self.closed = True

    def hear(
        self,
        text: str,
        *,
        confidence: float | None = None,
        alternatives: Sequence[str] = (),
        after: float = 0.0,
    ) -> None:
        """A coming utterance is `text`, or one of the alternatives, told `after` seconds."""
        heard = Heard(text=text, confidence=confidence, alternatives=tuple(alternatives))
        self._script.append(_Scripted(heard, after))

    def fail(self, fault: RecognitionFailed | None = None, *, after: float = 0.0) -> None:
        """A coming utterance is lost: `Overloaded("...")`, or by default as if the engine had died."""
        lost = fault or RecognitionFailed(f"the recogniser {self.name} died.")
        self._script.append(_Scripted(lost, after))
