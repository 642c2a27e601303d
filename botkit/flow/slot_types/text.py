"""Free text."""

from __future__ import annotations

from .base import Situation, SlotType


class TextType(SlotType):
    """Anything."""

    name = "text"
    hints = {"en": "a text", "de": "ein Text"}
    value = "The text."
    answers = ("Ann Lee", "the printer on the second floor")
    takes = frozenset({"length", "rows"})
    anything = True

    def typed(self, text: str, at: Situation) -> object:
        return self.within_length(text)
