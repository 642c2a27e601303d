"""Several answers to one question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from babel.lists import format_list

from botkit.model.inputs import ReceivedFile
from botkit.model.speech import SpeechKind

from .base import Situation, SlotType, without_end

if TYPE_CHECKING:
    from botkit.flow.slots import Slot

most_items = 50

_and = r"(?<!hundred)(?<!thousand)(?<!million)\s+(?:and|und|&)\s+"
"""`two hundred and five` is one number."""
_ways = (
    re.compile(r"\n"),
    re.compile(r"\s*;\s*"),
    # A comma between figures may belong to a number: only when nothing else helps it parts them.
    re.compile(rf"(?:\s*,(?!\d)\s*)(?:(?:and|und)\s+)?|{_and}"),
    re.compile(rf"\s*,\s*(?:(?:and|und)\s+)?|{_and}"),
)
"""What parts the items of a list, the surest first."""


class ListType(SlotType):
    """Several answers of the type that `of` says, parted by commas, `and`, or lines; or several files."""

    name = "list"
    hints = {"en": "a list, parted by commas", "de": "eine Liste, durch Kommas getrennt"}
    value = "A list of the values of that type."
    answers = ("one, two and three", "a line each")
    takes = frozenset({"of", "items", "rows"})
    speech = SpeechKind.TEXT

    def __init__(self, slot: Slot) -> None:
        super().__init__(slot)
        self.item = slot.of(slot)
        """What one of them is; the slot's other options are its."""
        self.on_calls, self.in_forms = self.item.on_calls, self.item.in_forms
        self.by_files = self.item.by_files
        self.by_sound, self.anything = self.item.by_sound, self.item.anything

    def hint(self, at: Situation) -> str:
        return f"{super().hint(at)}: {self.item.hint(at)}"

    def typed(self, text: str, at: Situation) -> object:
        return self._read(text, at, spoken=False)

    def heard(self, text: str, at: Situation) -> object:
        plain = without_end(text)
        return self._read(plain, at, spoken=True) if plain else None

    def attached(self, files: Sequence[ReceivedFile]) -> object:
        return self._as_many([self.item.attached([file]) for file in files])

    def coerced(self, value: object, at: Situation) -> object:
        if isinstance(value, list):
            return self._as_many(
                [None if item in (None, "") else self.item.coerced(item, at) for item in value]
            )
        if isinstance(value, str):
            return super().coerced(value, at)
        return self._as_many([self.item.coerced(value, at)])

    def written(self, value: object) -> str:
        return "; ".join(map(self.item.written, value)) if isinstance(value, list) else super().written(value)

    def said(self, value: object, at: Situation) -> str:
        if not isinstance(value, list):
            return super().said(value, at)
        return str(format_list([self.item.said(each, at) for each in value], locale=at.style.locale))

    def _read(self, text: str, at: Situation, *, spoken: bool) -> object:
        """The first way of parting it that makes an answer of every part."""
        read = self.item.heard if spoken else self.item.typed
        for parts in _parted(text):
            values = [read(part, at) for part in parts]
            if None not in values:
                return self._as_many(values)
        return None

    def _as_many(self, values: list[object]) -> object:
        """`values` when they are all answers, and as many as `items` says."""
        given = self.slot.items
        low, high = (given.low, given.high) if given else (1, most_items)
        return values if low <= len(values) <= high and None not in values else None


def _parted(text: str) -> Iterator[list[str]]:
    for way in _ways:
        parts = [part.strip() for part in way.split(text)]
        parts = [part for part in parts if part]
        if len(parts) > 1:
            yield parts
    yield [text]
