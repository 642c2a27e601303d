"""The end-pointer: where speech begins, pauses and ends in a stream of 20 ms frames.

A voiced frame counts when at least `ONSET` of the last `WINDOW` frames are voiced, itself among them: one
frame that the detector takes for speech neither begins an utterance nor ends a pause.

- The first frame that counts begins the utterance, which has `PRE_ROLL` of sound before it: a soft first
  consonant is heard too.
- After `PAUSE` of silence the utterance so far is offered for recognition: its words tell how long a silence
  is the end of it, and are known by then.
- Speech that goes on belongs to the same utterance. What was recognised before is stale.
- Words that nothing can follow end it after `complete_timeout` of silence, those that are a part of an answer
  after `incomplete_timeout`, and a whole one that may go on after half of that; but not while speech may be
  beginning again. All wait for a recogniser that is late.
- After `max_speech_timeout` it is taken as it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from botkit.model.speech import SpeechRules

from .match import Completeness

FRAME = 0.02
"""Seconds."""
WINDOW = 3
"""Frames that an onset is looked for in."""
ONSET = 2
"""Of them, voiced ones that make an onset."""
PRE_ROLL = 15
"""Frames kept from before the window."""
PAUSE = 4
"""Frames. Of 100 words one has such a gap in or behind it; what is recognised there is in vain."""


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody speaks."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Recognise this: it may be all."""

    number: int
    """To tell what was recognised with."""
    utterance: bytes
    """From the pre-roll to the last frame."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Speech goes on: forget what was recognised."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The utterance is over: what was recognised at this pause is the answer."""

    number: int


Mark = Started | Pause | Resumed | Ended


class EndPointer:
    """Follows one utterance. Pure: a frame is 20 ms, and nothing else is time."""

    def __init__(self, rules: SpeechRules) -> None:
        complete = max(1, frames(rules.complete_timeout))
        incomplete = max(1, frames(rules.incomplete_timeout))
        self._patience = {
            Completeness.WHOLE: complete,
            Completeness.MAY_GO_ON: max(complete, frames(rules.incomplete_timeout / 2)),
            Completeness.PART: incomplete,
        }
        self._longest_patience = max(self._patience.values())
        self._offers = min(complete, incomplete, PAUSE)
        self._longest = max(WINDOW, frames(rules.max_speech_timeout))
        self._before: deque[bytes] = deque(maxlen=PRE_ROLL + WINDOW)
        self._window: deque[bool] = deque(maxlen=WINDOW)
        self._utterance = bytearray()
        self._length = 0
        """Frames since the onset."""
        self._full = False
        self._silence = 0
        """Frames since the last voiced one that counts."""
        self._pauses = 0
        self._paused = False
        self._words: Completeness | None = None
        """What was recognised at this pause."""
        self.voiced = 0
        """Frames that counted."""
        self.started = False
        self.ended = False

    def frame(self, samples: bytes, *, voiced: bool) -> list[Mark]:
        """The next 20 ms."""
        if self.ended or self._full:
            return []
        self._window.append(voiced)
        counts = voiced and sum(self._window) >= ONSET
        self.voiced += counts
        if not self.started:
            self._before.append(samples)
            return self._start() if counts else []
        self._utterance += samples
        self._length += 1
        self._full = self._length >= self._longest
        self._silence = 0 if counts else self._silence + 1
        marks: list[Mark] = []
        if counts and self._paused:
            self._paused = False
            marks.append(Resumed())
        if not self._paused and (self._full or self._silence >= self._offers):
            marks.append(self._pause())
        return marks + self._end()

    def recognised(self, number: int, words: Completeness) -> list[Mark]:
        """The recogniser is done with a pause; `words`: how much of an answer its words are."""
        if self.ended or not self._paused or number != self._pauses:
            return []
        self._words = words
        return self._end()

    def _start(self) -> list[Mark]:
        self.started = True
        for samples in self._before:
            self._utterance += samples
        self._before.clear()
        return [Started()]

    def _pause(self) -> Pause:
        self._paused = True
        self._words = None
        self._pauses += 1
        return Pause(self._pauses, bytes(self._utterance))

    def _end(self) -> list[Mark]:
        if not self._paused or self._words is None:
            return []
        if not self._full:
            if self._silence < self._patience[self._words]:
                return []
            if any(self._window) and self._silence < self._longest_patience:
                return []  # speech may be beginning again
        self.ended = True
        self._utterance.clear()
        return [Ended(self._pauses)]


def frames(seconds: float) -> int:
    """How many frames last so long."""
    return round(seconds / FRAME)
