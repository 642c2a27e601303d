"""What all steps of a script share, and the values that they take."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)

from botkit.flow.document import Location, Scalar
from botkit.flow.document import Mapping as Keys
from botkit.flow.validation import refusal
from botkit.model.session import Channel

from .answering import KEYS
from .scene import Scene

BOTH = frozenset({Channel.CHAT, Channel.CALL})
ON_CHAT = frozenset({Channel.CHAT})
ON_CALL = frozenset({Channel.CALL})
LONGEST_PATTERN = 200
"""Characters."""


def _texts(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _wanted(value: object) -> object:
    return Keys([("contains", value)], value.at) if isinstance(value, Scalar) else value


def _pattern(value: str | None) -> str | None:
    if value is None:
        return None
    if len(value) > LONGEST_PATTERN:
        raise refusal(
            f"The pattern is longer than {LONGEST_PATTERN} characters.", "Expect a part of the text instead."
        )
    try:
        re.compile(value)
    except re.error as error:
        raise refusal(f"`{value[:40]}` is no regular expression: {error}.", "Correct the pattern.") from None
    return value


def _keys(value: str) -> str:
    if not value or not set(value) <= KEYS:
        raise refusal(f"`{value[:40]}` are no keys of a dial pad.", "Write digits, `*` or `#`.")
    return value


class WantedText(BaseModel):
    """A text as it should be: a part of it, or in place of that the whole, or a pattern."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    contains: str = Field("", description="A part of it.")
    exactly: str | None = Field(None, description="The whole text.")
    matches: Annotated[str | None, AfterValidator(_pattern)] = Field(
        None, description="A regular expression that is found in it."
    )

    @model_validator(mode="after")
    def _one(self) -> WantedText:
        if sum((bool(self.contains), self.exactly is not None, self.matches is not None)) != 1:
            raise refusal(
                "It says nothing, or several things.", "Write a text, or one of `exactly`, `matches`."
            )
        return self


TextOrWanted: TypeAlias = Annotated[
    WantedText, BeforeValidator(_wanted, json_schema_input_type=str | WantedText)
]
Pressed: TypeAlias = Annotated[str, AfterValidator(_keys)]
Texts: TypeAlias = Annotated[list[str], BeforeValidator(_texts, json_schema_input_type=str | list[str])]


class ScriptStep(BaseModel):
    """One step of a script."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False, defer_build=True)

    verb: ClassVar[str]
    bare: ClassVar[bool] = False
    """It may stand alone."""
    channels: ClassVar[frozenset[Channel]] = BOTH

    only: Literal["chat", "call"] | None = Field(None, description="The channel on which it is done.")
    who: str = Field(
        "", description="E-mail address of whoever does or hears it, if not the script's person."
    )
    _place: Location | None = PrivateAttr(None)

    @property
    def place(self) -> Location:
        """Where it stands."""
        assert self._place is not None, "it was read from a file"
        return self._place

    def on(self, channel: Channel) -> bool:
        """Whether it is done on a channel."""
        return self.only in (None, channel)

    async def play(self, scene: Scene) -> None:
        """Do it, or see that it is so. Raises `ScriptFailed`."""
        raise NotImplementedError

    def placed(self, at: Location) -> ScriptStep:
        """This step, which stands at `at`."""
        self._place = at
        return self
