"""Slots: what a flow asks people for, and how each type reads an answer on each channel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field, PlainValidator, ValidationInfo, field_validator, model_validator

from botkit.model.forms import Control, ControlKind, FormOption
from botkit.model.questions import KeyRules
from botkit.model.speech import SpeechKind

from . import match, wording
from .fields import ChannelText, Name, Text
from .options import Described, Option, all_phrases, labels, option_keys, spoken_offers
from .saying import Style, apart, in_words
from .ssml import followed
from .validation import refusal
from .values import as_text

_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", re.ASCII)

longest_text = 2_000
"""Characters of a text slot, unless `length` says less."""


@dataclass(frozen=True, slots=True)
class Range:
    """From so many to so many."""

    low: int
    high: int


def _range(value: object) -> Range:
    text = str(value) if isinstance(value, str) else ""
    low, dots, high = text.replace(" ", "").partition("..")
    if not low.isdecimal() or not low.isascii() or (dots and not (high.isdecimal() and high.isascii())):
        raise refusal(f"`{text[:20]}` is no length.", "Write `4`, or `6..15`.")
    made = Range(int(low[:6]), int((high or low)[:6]))
    if not 1 <= made.low <= made.high <= longest_text:
        raise refusal(f"`{text[:20]}` is no length.", f"From 1 to {longest_text}, the smaller one first.")
    return made


option_types: Mapping[str, Sequence[str]] = {
    "length": ("text", "digits", "spelling"),
    "min": ("number",),
    "max": ("number",),
    "rows": ("text", "digits", "number"),
    "options": ("choice",),
}
"""The types to which an option of a slot means something."""


class Slot(Described):
    """Something to ask for."""

    type: Literal["text", "digits", "number", "yes_no", "choice", "date", "time", "spelling"] = Field(
        "text",
        description="What kind of answer: `text`, `digits`, `number`, `yes_no`, `choice`, `date` "
        "(`2026-03-31`), `time` (`09:30`) or `spelling` (letters and digits, one by one).",
    )
    ask: Text | None = Field(None, description="The question. A slot that is only set needs none.")
    prompt: ChannelText | None = Field(
        None, description="The question for one channel: `{call: ..., chat: ...}`, instead of `ask`."
    )
    label: str | None = Field(
        None, description="What stands at its field in a form; without it the question."
    )
    length: Annotated[Range, PlainValidator(_range)] | None = Field(
        None, description="How many digits or characters: `4`, or `6..15`."
    )
    min: float | None = Field(None, description="The smallest number.")
    max: float | None = Field(None, description="The largest number.")
    secret: bool = Field(
        False,
        description="The answer goes into no journal and no recording. On a call it is keyed in, not spoken, "
        "unless keys cannot say it (`text`, `date`, `time`, `spelling`).",
    )
    rows: int = Field(1, ge=1, le=20, description="The height of its field in a form, in lines.")
    options: dict[Name, Option] = Field({}, description="For `choice`: what can be chosen, as in `choose`.")

    @field_validator(*option_types, mode="before")
    @classmethod
    def _fits_type(cls, value: object, info: ValidationInfo) -> object:
        kind, option = info.data.get("type"), str(info.field_name)
        if kind is not None and kind not in option_types[option]:
            fitting = " or ".join(f"`{name}`" for name in option_types[option])
            message = f"`{option}` means nothing to a slot of type `{kind}`."
            raise refusal(message, f"Remove it, or let `type` be {fitting}.", "wrong-slot-option")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Slot:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise refusal("No number is this small and this large at once.", "Let `min` be below `max`.")
        return self

    @property
    def by_keys(self) -> bool:
        """Whether a caller can answer it with keys."""
        return self.type in ("digits", "number", "yes_no", "choice")

    def typed(self, text: str, today: date) -> object:
        """The value of a typed answer; None when it is none."""
        text = text.strip()
        if self.type == "date":
            day = match.date(text, today)
            return None if day is None else day.isoformat()
        if self.type == "time":
            clock = match.time(text)
            return None if clock is None else clock.isoformat("minutes")
        if self.type == "spelling":
            return self._fitting("".join(text.split()).upper() or None)
        if self.type == "digits":
            return self._fitting(match.digits(text))
        if self.type == "number":
            return self._within(match.number(text))
        if self.type == "yes_no":
            return match.yes_no(text)
        if self.type == "choice":
            found = match.closest(text, all_phrases(self.options))
            return found.name if found else self.pressed(text)
        return self._fitting(text) if text else None

    def pressed(self, digits: str) -> object:
        """The value of pressed keys; None when it is none."""
        if self.type == "yes_no":
            return {"1": True, "2": False}.get(digits)
        if self.type == "choice":
            return next((name for name, key in option_keys(self.options).items() if key == digits), None)
        if not (self.by_keys and digits.isascii() and digits.isdigit()):
            return None
        return self._fitting(digits) if self.type == "digits" else self._within(int(digits[:15]))

    def heard(self, text: str, today: date) -> object:
        """The value of a spoken answer; None when it is none."""
        if self.type == "digits":
            return self._fitting(match.digits(text, spoken=True))
        if self.type == "number":
            return self._within(match.number(text, spoken=True))
        if self.type == "yes_no":
            return match.yes_no(text, spoken=True)
        if self.type == "spelling":
            return self._fitting(match.spelled(text))
        return self.typed(text.strip().rstrip(".!?,"), today)

    @property
    def by_sound(self) -> bool:
        """A spoken answer is figures or letters, easily misheard: it is always confirmed."""
        return self.type in ("digits", "spelling")

    def read_back(self, value: object, style: Style) -> str:
        """The question whether a spoken answer was understood."""
        if self.by_sound:
            return wording.is_that_right(apart(value))
        if self.type == "date":
            return wording.did_you_say(in_words(style, date.fromisoformat(as_text(value))))
        if self.type == "time":
            return wording.did_you_say(in_words(style, time.fromisoformat(as_text(value))))
        return wording.did_you_say(as_text(value))

    def submitted(self, value: str, today: date) -> object:
        """The value of a form's field; None when it is none."""
        if self.type == "choice" and value in self.options:
            return value
        return self.typed(value, today)

    def coerced(self, value: object, today: date) -> object:
        """A value that a step sets, as this slot keeps it; None when it does not fit."""
        if self.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            return self._within(value)
        if self.type == "yes_no" and isinstance(value, bool):
            return value
        text = as_text(value)
        if self.type in ("date", "time") and _moment.fullmatch(text):
            text = text[:10] if self.type == "date" else text[11:16]
        return self.submitted(text, today)

    def _fitting(self, text: str | None) -> str | None:
        low, high = (self.length.low, self.length.high) if self.length else (1, longest_text)
        return text if text is not None and low <= len(text) <= high else None

    def _within(self, number: float | None) -> float | None:
        if number is None or (self.min is not None and number < self.min):
            return None
        return None if self.max is not None and number > self.max else number

    def spoken_question(self, prompt: str, *, keys: bool, speech: bool) -> str:
        """The question as a caller hears it, with what can be pressed or said."""
        if self.type == "choice":
            offers = [
                (label, key if keys else "", word if speech else "")
                for label, key, word in spoken_offers(self.options)
            ]
            return wording.spoken_offer(prompt, offers)
        if self.type == "yes_no":
            return followed(prompt, wording.yes_no_offer(keys=keys, speech=speech))
        return followed(prompt, wording.finish_with_hash) if keys and self.key_shape().terminator else prompt

    @property
    def choices(self) -> Sequence[tuple[str, str]]:
        """What can be chosen, as (value in a form, label)."""
        if self.type == "yes_no":
            return (("yes", wording.yes), ("no", wording.no))
        return labels(self.options) if self.type == "choice" else ()

    @property
    def speech_kind(self) -> SpeechKind:
        """What kind of words answer it."""
        return _kinds[self.type]

    def key_shape(self) -> KeyRules:
        """How keys become its answer; times are left at their defaults."""
        choices = ("1", "2") if self.type == "yes_no" else tuple(option_keys(self.options).values())
        if choices:
            return KeyRules(maximum=max(map(len, choices)), choices=choices)
        low, high = (self.length.low, self.length.high) if self.length else (1, 15)
        high = min(high, 40)
        return KeyRules(minimum=min(low, high), maximum=high, terminator="" if low == high else "#")

    def control(self, name: str, question: str, value: str = "") -> Control:
        """Its field in a form."""
        text = self.label or question
        kind = {"yes_no": ControlKind.RADIO, "choice": ControlKind.DROPDOWN}.get(self.type)
        if kind is None:
            return Control(kind=ControlKind.INPUT, name=name, text=text, value=value, rows=self.rows)
        options = tuple(FormOption(value=key, text=label) for key, label in self.choices)
        return Control(kind=kind, name=name, text=text, value=value, options=options)


_kinds = {
    "text": SpeechKind.TEXT,
    "digits": SpeechKind.DIGITS,
    "number": SpeechKind.NUMBER,
    "yes_no": SpeechKind.YES_NO,
    "choice": SpeechKind.CHOICE,
    "date": SpeechKind.DATE,
    "time": SpeechKind.TIME,
    "spelling": SpeechKind.SPELLING,
}
