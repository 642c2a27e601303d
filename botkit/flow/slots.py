"""Slots: what a flow asks people for, and how each type reads an answer on each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    field_validator,
    model_validator,
)

from botkit.model.forms import Control, ControlKind, FormOption
from botkit.model.questions import KeyRules

from . import match
from .fields import ChannelText, GoTo, Name, Text
from .validation import refusal
from .values import as_text

longest_text = 2_000
"""Characters of a text slot, unless `length` says less."""


def checked_key(value: object) -> str:
    """A key of the dial pad, or several pressed in a row."""
    text = value if isinstance(value, str) else ""
    if not 1 <= len(text) <= 8 or not set(text) <= set("0123456789*#"):
        remedy = "Write digits, `*` or `#`: `key: 1`."
        raise refusal(f"`{str(value)[:20]}` is no key of a dial pad.", remedy, "bad-dial-key")
    return str(text)


DialKey: TypeAlias = Annotated[str, PlainValidator(checked_key)]


class Described(BaseModel):
    """Something that has a name and, if need be, more; `name:` alone is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_more(cls, value: object) -> object:
        return {} if value is None else value


class Option(Described):
    """One thing to choose."""

    key: DialKey | None = Field(None, description="What to press on a call; without it the next free digit.")
    label: str | None = Field(None, description="What people read and hear; without it the option's name.")
    words: list[str] = Field([], description="Further words for it, typed or spoken.")
    go: GoTo | None = Field(
        None, description="The id of the step to go to; without it the next step follows."
    )


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
    "length": ("text", "digits"),
    "min": ("number",),
    "max": ("number",),
    "rows": ("text", "digits", "number"),
    "options": ("choice",),
}
"""The types to which an option of a slot means something."""


class Slot(Described):
    """Something to ask for."""

    type: Literal["text", "digits", "number", "yes_no", "choice"] = Field(
        "text", description="What kind of answer: `text`, `digits`, `number`, `yes_no` or `choice`."
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
        return self.type != "text"

    def typed(self, text: str) -> object:
        """The value of a typed answer; None when it is none."""
        text = text.strip()
        if self.type == "digits":
            return self._fitting(match.digits(text))
        if self.type == "number":
            return self._within(match.number(text))
        if self.type == "yes_no":
            return match.yes_no(text)
        if self.type == "choice":
            found = match.closest(
                text, {name: phrases(name, option) for name, option in self.options.items()}
            )
            return found.name if found else self.pressed(text)
        return self._fitting(text) if text else None

    def pressed(self, digits: str) -> object:
        """The value of pressed keys; None when it is none."""
        if self.type == "yes_no":
            return {"1": True, "2": False}.get(digits)
        if self.type == "choice":
            return next((name for name, key in option_keys(self.options).items() if key == digits), None)
        if self.type == "text" or not (digits.isascii() and digits.isdigit()):
            return None
        return self._fitting(digits) if self.type == "digits" else self._within(int(digits[:15]))

    def submitted(self, value: str) -> object:
        """The value of a form's field; None when it is none."""
        if self.type == "choice" and value in self.options:
            return value
        return self.typed(value)

    def coerced(self, value: object) -> object:
        """A value that a step sets, as this slot keeps it; None when it does not fit."""
        if self.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            return self._within(value)
        if self.type == "yes_no" and isinstance(value, bool):
            return value
        return self.submitted(as_text(value))

    def _fitting(self, text: str | None) -> str | None:
        low, high = (self.length.low, self.length.high) if self.length else (1, longest_text)
        return text if text is not None and low <= len(text) <= high else None

    def _within(self, number: float | None) -> float | None:
        if number is None or (self.min is not None and number < self.min):
            return None
        return None if self.max is not None and number > self.max else number

    def offers(self) -> Sequence[tuple[str, str]]:
        """What a caller can press, as (label, key)."""
        if self.type == "yes_no":
            return (("yes", "1"), ("no", "2"))
        if self.type == "choice":
            return labelled_keys(self.options)
        return ()

    def key_shape(self) -> KeyRules:
        """How keys become its answer; times are left at their defaults."""
        choices = tuple(key for _, key in self.offers())
        if choices:
            return KeyRules(maximum=max(map(len, choices)), choices=choices)
        low, high = (self.length.low, self.length.high) if self.length else (1, 15)
        high = min(high, 40)
        return KeyRules(minimum=min(low, high), maximum=high, terminator="" if low == high else "#")

    def control(self, name: str, question: str, value: str = "") -> Control:
        """Its field in a form."""
        text = self.label or question
        if self.type == "yes_no":
            options = (FormOption(value="yes", text="Yes"), FormOption(value="no", text="No"))
            return Control(kind=ControlKind.RADIO, name=name, text=text, value=value, options=options)
        if self.type == "choice":
            choices = tuple(FormOption(value=key, text=label) for key, label in labels(self.options))
            return Control(kind=ControlKind.DROPDOWN, name=name, text=text, value=value, options=choices)
        return Control(kind=ControlKind.INPUT, name=name, text=text, value=value, rows=self.rows)


def option_label(name: str, option: Option) -> str:
    """What people read and hear."""
    return option.label or name.replace("_", " ")


def labels(options: Mapping[str, Option]) -> list[tuple[str, str]]:
    """(name, label) of each."""
    return [(name, option_label(name, option)) for name, option in options.items()]


def phrases(name: str, option: Option) -> list[str]:
    """What means this option when typed or spoken, its key aside."""
    return [name.replace("_", " "), option_label(name, option), *option.words]


def option_keys(options: Mapping[str, Option]) -> dict[str, str]:
    """Name -> key: the author's own, else the next free digit from 1 on; none when all nine are taken."""
    taken = {option.key for option in options.values() if option.key}
    free = iter([digit for digit in "123456789" if digit not in {key[0] for key in taken}])
    keys: dict[str, str] = {}
    for name, option in options.items():
        key = option.key or next(free, None)
        if key:
            keys[name] = key
    return keys


def labelled_keys(options: Mapping[str, Option]) -> list[tuple[str, str]]:
    """(label, key) of each option that can be pressed."""
    keys = option_keys(options)
    return [(option_label(name, option), keys[name]) for name, option in options.items() if name in keys]
