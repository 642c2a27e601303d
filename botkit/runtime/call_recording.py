"""A recording under way: the person's sound alone, until it is over. Pure."""

from __future__ import annotations

from collections import deque

from botkit.flow.utterance import ONSET, WINDOW, frames
from botkit.model.effects import Record
from botkit.model.inputs import RecordEnded
from botkit.model.pcm import Pcm

RATE = 16_000
FRAME_BYTES = 640
TAIL = 15
"""Frames that are kept behind the last voiced one: a word dies away."""
KEY = 5
"""Frames at the end in which the tone of the key that ended it may be."""


class Recording:
    """Takes 20 ms frames. A frame is voiced as for the end-pointer: one of several."""

    def __init__(self, rules: Record) -> None:
        self.rules = rules
        self._sound = bytearray()
        self._window: deque[bool] = deque(maxlen=WINDOW)
        self._length = 0
        self._voiced_until = 0
        """Frames up to the last voiced one; 0 = nobody has spoken."""

    def frame(self, samples: bytes, *, voiced: bool) -> RecordEnded | None:
        """The next 20 ms; tells when they are the last."""
        self._sound += samples
        self._length += 1
        self._window.append(voiced)
        if voiced and sum(self._window) >= ONSET:
            self._voiced_until = self._length
        rules = self.rules
        if self._length >= frames(rules.maximum):
            return RecordEnded.MAXIMUM
        if not self._voiced_until:
            return RecordEnded.NOTHING if self._length >= frames(rules.timeout) else None
        silence = self._length - self._voiced_until
        return RecordEnded.SILENCE if rules.silence and silence >= frames(rules.silence) else None

    def sound(self, ended: RecordEnded) -> Pcm:
        """What there is to keep: nothing when nobody spoke."""
        length = self._length - KEY if ended is RecordEnded.KEY else self._length
        if not self._voiced_until:
            length = 0
        elif ended is not RecordEnded.MAXIMUM:
            length = max(0, min(length, self._voiced_until + TAIL))
        return Pcm(bytes(memoryview(self._sound)[: length * FRAME_BYTES]), RATE)
