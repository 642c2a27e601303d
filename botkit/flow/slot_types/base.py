"""What a type of slot is: one class, which says how an answer is read on each channel and told back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from botkit.flow.saying import Manner, Style
from botkit.flow.ssml import followed
from botkit.flow.tags import primary
from botkit.flow.values import as_text
from botkit.model.errors import UsageError
from botkit.model.forms import Control, ControlKind, FormOption
from botkit.model.inputs import ReceivedFile
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

if TYPE_CHECKING:
    from botkit.flow.slots import Slot
    from botkit.flow.wording import Wording

longest_text = 2_000
"""Characters of a text slot, unless `length` says less."""

most_keys = 15
"""Of a number that is keyed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """When, on what, and in which language somebody answers."""

    today: date
    wording: Wording
    """In the flow's language."""
    spoken: bool = False
    """On a call."""

    @property
    def style(self) -> Style:
        """How values are worded."""
        return Style(Manner.SPOKEN if self.spoken else Manner.WRITTEN, self.wording.language)


class SlotType:
    """A type of slot. A plugin's is a subclass, offered by the hook `register_slot_types`.

    One object is made for each slot of a flow file, with that slot's options. What reads an answer returns
    the slot's value, JSON, or None when it is none; nothing is guessed. `typed` must be there; unless a type
    says otherwise, forms and speech are read like it, and keys cannot say it.
    """

    name: ClassVar[str]
    """What stands behind `type:`."""
    hints: ClassVar[Mapping[str, str]]
    """Language (`en`, `de`; English must be there) -> what is expected, with an example: `a date, for example
    31 March`. It is told where an answer in a form does not fit."""
    value: ClassVar[str]
    """For the manual: what templates and handlers get."""
    answers: ClassVar[tuple[str, ...]]
    """For the manual: some answers that it reads."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """The options of a slot that mean something to it, beside those that all slots have."""
    needs: ClassVar[frozenset[str]] = frozenset()
    """Those of them that must be there."""
    speech: ClassVar[SpeechKind] = SpeechKind.TEXT
    """What kind of words answer it."""
    by_keys: ClassVar[bool] = False
    """Keys can say it."""
    on_calls: bool = True
    """It can be asked on a call."""
    by_files: bool = False
    """It is a file, or several, sent with a message."""
    in_forms: bool = True
    """A form can hold it."""
    by_sound: bool = False
    """A spoken answer is figures or letters, easily misheard: it is always confirmed."""
    anything: bool = False
    """Any words fit, so that words which fit it do not show that it is meant."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot

    def hint(self, at: Situation) -> str:
        """What is expected of this slot."""
        return self.hints.get(primary(at.wording.language), self.hints["en"])

    def typed(self, text: str, at: Situation) -> object:
        """The value of a typed answer, which has no blanks around it and is not empty."""
        raise NotImplementedError

    def heard(self, text: str, at: Situation) -> object:
        """The value of a spoken answer, as a recogniser writes it."""
        plain = without_end(text)
        return self.typed(plain, at) if plain else None

    def pressed(self, digits: str) -> object:
        """The value of pressed keys."""
        return None

    def submitted(self, value: str, at: Situation) -> object:
        """The value of a form's field."""
        return self.typed(value, at)

    def attached(self, files: Sequence[ReceivedFile]) -> object:
        """The value of files that somebody sent. None of them failed."""
        return None

    def coerced(self, value: object, at: Situation) -> object:
        """A value that a step sets, as this slot keeps it. `value` is JSON, not None and no empty text."""
        text = as_text(value).strip()
        return self.submitted(text, at) if text else None

    def written(self, value: object) -> str:
        """A value as one could have typed it."""
        return as_text(value)

    def said(self, value: object, at: Situation) -> str:
        """A value for people."""
        return as_text(value)

    def read_back(self, value: object, at: Situation) -> str:
        """The question whether a spoken answer was understood."""
        said = self.said(value, at)
        return at.wording.is_that_right(said) if self.by_sound else at.wording.did_you_say(said)

    def question(self, prompt: str, at: Situation, *, keys: bool, speech: bool) -> str:
        """The question as a caller hears it, with what can be pressed or said."""
        if keys and self.keys().terminator:
            return followed(prompt, at.wording.text("finish_with_hash"))
        return prompt

    def phrases(self, language: str) -> Mapping[str, Sequence[str]]:
        """Name -> what means it in a language (BCP 47), where one of several is to be said; a name's second
        phrase is its label."""
        return {}

    def choices(self, at: Situation) -> Sequence[tuple[str, str]]:
        """What can be chosen, as (value in a form, label)."""
        return ()

    @property
    def closed(self) -> Collection[str] | None:
        """The texts that are all its values; None when there are others."""
        return None

    @property
    def letters(self) -> tuple[int, int] | None:
        """The least and the most of the figures or letters that are said one by one."""
        return None

    def keys(self) -> KeyRules:
        """How keys become its answer; times are left at their defaults."""
        return KeyRules(maximum=most_keys, terminator="#")

    def control(self, name: str, text: str, at: Situation, value: str = "") -> Control:
        """Its field in a form. `text` is what stands at it, `value` what stands in it at first."""
        return Control(kind=ControlKind.INPUT, name=name, text=text, value=value, rows=self.slot.rows)

    def chooser(self, kind: ControlKind, name: str, text: str, at: Situation, value: str = "") -> Control:
        """A field for one of its choices."""
        options = tuple(FormOption(value=key, text=label) for key, label in self.choices(at))
        return Control(kind=kind, name=name, text=text, value=value, options=options)

    def within_length(self, text: str | None) -> str | None:
        """`text` when it is as long as the slot's `length` says."""
        low, high = self.length
        return text if text is not None and low <= len(text) <= high else None

    @property
    def length(self) -> tuple[int, int]:
        """The slot's `length`, or any."""
        given = self.slot.length
        return (given.low, given.high) if given else (1, longest_text)

    def within_bounds(self, number: float | None) -> float | None:
        """`number` when it is between the slot's `min` and `max`."""
        if number is None or (self.slot.min is not None and number < self.slot.min):
            return None
        return None if self.slot.max is not None and number > self.slot.max else number


def registry(types: Iterable[type[SlotType]]) -> Mapping[str, type[SlotType]]:
    """Name -> class. Raises `UsageError` when two bear one name, or one lacks what every type has."""
    known: dict[str, type[SlotType]] = {}
    for cls in types:
        lacking = [name for name in ("name", "hints", "value", "answers") if not hasattr(cls, name)]
        if lacking:
            raise UsageError(
                f"The slot type {_named(cls)} does not say its `{lacking[0]}`.",
                remedy=f"Add `{lacking[0]} = ...` to the class.",
            )
        if cls.name in known:
            raise UsageError(
                f"Two slot types are called `{cls.name}`: {_named(known[cls.name])} and {_named(cls)}.",
                remedy="Rename one, or remove one of the plugins.",
            )
        known[cls.name] = cls
    return known


def without_end(text: str) -> str:
    """Words without the signs that a recogniser writes behind them."""
    return re.sub(r"[\s.!?,]+$", "", text).strip()


def _named(cls: type[SlotType]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
