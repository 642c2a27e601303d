"""What starts a flow, and what narrows it: a closed class for each kind of start."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .document import Mapping as Keys
from .document import did_you_mean
from .flowset import StartKind
from .match import normalise
from .validation import refusal


class StartOptions(BaseModel):
    """What stands behind a start's name: for most nothing needs to."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @property
    def narrowed(self) -> bool:
        """It does not start its flow every time."""
        return False

    def fits(self, text: str) -> bool:
        """Whether it starts its flow when somebody writes `text`."""
        return True

    def told(self) -> str:
        """What narrows it, for people; empty when nothing does."""
        return ""


class ByCall(StartOptions):
    """`call_incoming`."""


class ByMessage(StartOptions):
    """`mention` and `item_added`."""

    words: list[str] = Field([], description="It starts only when one of them stands in the message.")

    @property
    def narrowed(self) -> bool:
        return bool(self.words)

    def fits(self, text: str) -> bool:
        said = f" {normalise(text)} "
        return not self.words or any(f" {normalise(word)} " in said for word in self.words)

    def told(self) -> str:
        return ", ".join(self.words)


class StartEntry(BaseModel):
    """One line of `start:`: a name, or a name and what narrows it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    call_incoming: ByCall | None = Field(None, description="Somebody calls.")
    mention: ByMessage | None = Field(
        None, description="Somebody mentions the bot, or writes to it in their direct conversation."
    )
    item_added: ByMessage | None = Field(None, description="Somebody writes, anywhere the bot is.")

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        if isinstance(value, Keys) and len(value) == 1:
            name, options = next(iter(value.items()))
        elif isinstance(value, str):
            name, options = value, None
        else:
            raise refusal("A start is one name.", "Write `- call_incoming`, or `- mention: {words: [help]}`.")
        if name not in kinds:
            raise refusal(f"Nothing starts by `{name[:40]}`.", did_you_mean(name, kinds), "unknown-start")
        return {name: {} if options is None else options}

    @property
    def kind(self) -> StartKind:
        """What starts it."""
        return next(kind for kind in StartKind if getattr(self, kind) is not None)

    @property
    def options(self) -> StartOptions:
        """What narrows that."""
        options: StartOptions = getattr(self, self.kind)
        return options


kinds: Collection[str] = tuple(StartEntry.model_fields)
"""The names of all starts."""
