"""Strings of digits and letters, one by one."""

from __future__ import annotations

from botkit.flow import match
from botkit.flow.saying import apart
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from .base import Situation, SlotType

most_digits = 40


class DigitsType(SlotType):
    """A string of digits: customer numbers, codes."""

    name = "digits"
    hints = {"en": "digits, for example 4711", "de": "Ziffern, zum Beispiel 4711"}
    value = "The digits, as text: `0471`."
    answers = ("0471", "04 71", "double zero seven")
    takes = frozenset({"length", "rows"})
    speech = SpeechKind.DIGITS
    by_keys = True
    by_sound = True

    def typed(self, text: str, at: Situation) -> object:
        return self.within_length(match.digits(text))

    def heard(self, text: str, at: Situation) -> object:
        low, high = self.length
        return self.within_length(match.digits(text, spoken=True, joined=low == high))

    def pressed(self, digits: str) -> object:
        return self.within_length(digits) if digits.isascii() and digits.isdigit() else None

    def said(self, value: object, at: Situation) -> str:
        return apart(value)

    @property
    def letters(self) -> tuple[int, int]:
        return _sizes(self)

    def keys(self) -> KeyRules:
        low, high = _sizes(self)
        return KeyRules(minimum=low, maximum=high, terminator="" if low == high else "#")


class SpellingType(SlotType):
    """Letters and digits, one by one: number plates, booking codes, names to be spelled."""

    name = "spelling"
    hints = {
        "en": "letters and digits, for example B 4 X",
        "de": "Buchstaben und Ziffern, zum Beispiel B 4 X",
    }
    value = "The letters, in capitals, and digits: `B4X`."
    answers = ("b4x", "B for bravo, four, x-ray")
    takes = frozenset({"length"})
    speech = SpeechKind.SPELLING
    by_sound = True

    def typed(self, text: str, at: Situation) -> object:
        return self.within_length("".join(text.split()).upper() or None)

    def heard(self, text: str, at: Situation) -> object:
        return self.within_length(match.spelled(text))

    def said(self, value: object, at: Situation) -> str:
        return apart(value)

    @property
    def letters(self) -> tuple[int, int]:
        return _sizes(self)


def _sizes(kind: SlotType) -> tuple[int, int]:
    """How many are said or pressed; any number is up to 15."""
    low, high = kind.length if kind.slot.length else (1, 15)
    high = min(high, most_digits)
    return min(low, high), high
