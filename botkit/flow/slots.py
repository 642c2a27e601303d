"""Slots: what a flow asks people for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, TypeAlias

from babel.numbers import is_currency
from pydantic import Field, ValidationInfo, field_validator, model_validator

from .document import did_you_mean
from .fields import ChannelText, OptionName, Reading, Text
from .options import Described, Option
from .reader import Reader
from .slot_types import Situation, SlotType, TextType, registry, slot_types
from .slot_types.base import longest_text
from .slot_types.lists import most_items
from .validation import refusal

own_types: Mapping[str, type[SlotType]] = registry(slot_types)
"""Name -> botkit's own."""


@dataclass(frozen=True, slots=True)
class Range:
    """From so many to so many."""

    low: int
    high: int


def _range(value: object, what: str, most: int) -> Range:
    text = str(value) if isinstance(value, str) else ""
    low, dots, high = text.replace(" ", "").partition("..")
    if not low.isdecimal() or not low.isascii() or (dots and not (high.isdecimal() and high.isascii())):
        raise refusal(f"`{text[:20]}` is no {what}.", "Write `4`, or `6..15`.")
    made = Range(int(low[:6]), int((high or low)[:6]))
    if not 1 <= made.low <= made.high <= most:
        raise refusal(f"`{text[:20]}` is no {what}.", f"From 1 to {most}, the smaller one first.")
    return made


def _length(value: object) -> Range:
    return _range(value, "length", longest_text)


def _count(value: object) -> Range:
    return _range(value, "count", most_items)


def known_types(info: ValidationInfo) -> Mapping[str, type[SlotType]]:
    """botkit's own, and those of plugins."""
    more = info.context.slot_types if isinstance(info.context, Reading) else {}
    return {**own_types, **more}


def _type(value: object, info: ValidationInfo) -> type[SlotType]:
    known = known_types(info)
    name = str(value) if isinstance(value, str) else ""
    if name not in known:
        raise refusal(f"There is no type `{str(value)[:40]}`.", did_you_mean(name, known))
    return known[name]


def _item_type(value: object, info: ValidationInfo) -> type[SlotType]:
    cls = _type(value, info)
    if "of" in cls.takes:
        raise refusal(f"A list cannot hold `{cls.name}`.", "Let `of` be the type of one answer.")
    return cls


def _currency(value: object) -> str:
    code = str(value).upper() if isinstance(value, str) else ""
    if not is_currency(code, "en"):
        raise refusal(f"`{str(value)[:10]}` is no currency.", "Write its code of ISO 4217: `EUR`, `USD`.")
    return code


SlotClass: TypeAlias = Annotated[type[SlotType], Reader(_type)]
ItemClass: TypeAlias = Annotated[type[SlotType], Reader(_item_type)]
Length: TypeAlias = Annotated[Range, Reader(_length)]
Count: TypeAlias = Annotated[Range, Reader(_count)]
CurrencyCode: TypeAlias = Annotated[str, Reader(_currency)]


class Slot(Described):
    """Something to ask for."""

    type: SlotClass = Field(
        TextType, description="What kind of answer: see [Slots](slots.md); `text` without it."
    )
    of: ItemClass = Field(
        TextType, description="For `list`: the type of each of its answers (default `text`)."
    )
    ask: Text | None = Field(None, description="The question. A slot that is only set needs none.")
    prompt: ChannelText | None = Field(
        None, description="The question for one channel: `{call: ..., chat: ...}`, instead of `ask`."
    )
    label: str | None = Field(
        None,
        description="What stands at its field in a form, instead of the question, and what people may call "
        "it when they correct an answer.",
    )
    length: Length | None = Field(None, description="How many digits or characters: `4`, or `6..15`.")
    items: Count | None = Field(None, description="For `list`: how many answers: `2`, or `1..5`.")
    min: float | None = Field(None, description="The smallest number or amount.")
    max: float | None = Field(None, description="The largest number or amount.")
    currency: CurrencyCode | None = Field(
        None, description="For `money`: the only currency that is taken (ISO 4217), `EUR` for example."
    )
    secret: bool = Field(
        False,
        description="The answer goes into no journal and no recording. On a call it is keyed in, not spoken, "
        "unless keys cannot say its type.",
    )
    rows: int = Field(1, ge=1, le=20, description="The height of its field in a form, in lines.")
    options: dict[OptionName, Option] = Field(
        {}, description="For `choice`: what can be chosen, as in `choose`."
    )

    @field_validator("of", "length", "items", "min", "max", "currency", "rows", "options", mode="before")
    @classmethod
    def _fits_type(cls, value: object, info: ValidationInfo) -> object:
        kind, option = info.data.get("type"), str(info.field_name)
        if kind is None:  # it is wrong itself, and told so
            return value
        taken = kind.takes | (info.data["of"].takes if "of" in kind.takes and "of" in info.data else set())
        if option not in taken:
            fitting = [name for name, known in known_types(info).items() if option in known.takes]
            message = f"`{option}` means nothing to a slot of type `{kind.name}`."
            names = " or ".join(f"`{name}`" for name in fitting)
            raise refusal(message, f"Remove it, or let `type` be {names}.", "wrong-slot-option")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Slot:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise refusal("No number is this small and this large at once.", "Let `min` be below `max`.")
        needed = self.type.needs | (self.of.needs if "of" in self.type.takes else set())
        for option in sorted(needed):
            if getattr(self, option) is None:
                message = f"`{option}` is missing, which `{self.type.name}` needs."
                raise refusal(message, f"Add `{option}: ...`.", "missing-key")
        return self

    @cached_property
    def kind(self) -> SlotType:
        """How its answers are read and told back."""
        return self.type(self)

    def typed(self, text: str, at: Situation) -> object:
        """The value of a typed answer; None when it is none."""
        text = text.strip()
        return self.kind.typed(text, at) if text else None

    def submitted(self, value: str, at: Situation) -> object:
        """The value of a form's field; None when it is none."""
        value = value.strip()
        return self.kind.submitted(value, at) if value else None

    def called(self, name: str) -> str:
        """What people call it."""
        return self.label or name.replace("_", " ")
