"""The shape of a flow file: its top-level keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

from .asking import Asking
from .document import did_you_mean
from .fields import Body, GoTo, Name, StepId, Steps, Text
from .flowset import OnChange
from .language import Languages
from .messages import MessageTexts
from .options import Described, DialKey
from .own_wording import OwnWording
from .reader import Reader
from .slots import Slot
from .starts import StartEntry
from .translated import Translated, WordsByLanguage
from .validation import closed, refusal

event_names = ("hangup", "error", "no_input", "no_match", "cancelled")
"""What `when:` can handle; `error.NAME` too."""


class ConfigItem(Described):
    """A value that whoever runs the flow may set in bot.yaml, under `config: {FLOW: {NAME: ...}}`."""

    type: Literal["text", "number", "yes_no", "list"] = Field("text", description="What kind of value.")
    default: object = Field(None, description="Its value when bot.yaml sets none.")
    required: bool = Field(False, description="bot.yaml must set it.")
    title: str = Field("", description="What it is for.")


class Global(Described):
    """Words and a key that are valid in every question."""

    key: DialKey | None = Field(None, description="What to press on a call.")
    words: WordsByLanguage = Field(
        Translated({"": []}),
        description="What to type or say, beside the global's own name; by language, if there are several.",
    )
    go: GoTo | None = Field(None, description="The id of the step to go to; `repeat` and `cancel` need none.")


class Limits(BaseModel):
    """Bounds against flows that run wild."""

    model_config = closed

    turns: int = Field(200, ge=1, le=100_000, description="How many inputs a session may take.")
    steps_per_turn: int = Field(1000, ge=1, le=100_000, description="How many steps one turn may take.")


def _event(value: object) -> str:
    name = str(value)
    if name.partition(".")[0] not in event_names or ("." in name and not name.startswith("error.")):
        raise refusal(f"There is no event `{name[:40]}`.", did_you_mean(name, event_names), "unknown-event")
    return name


EventName: TypeAlias = Annotated[str, Reader(_event)]


_migrations = (
    "Id of a step of an older version -> id of the step that has taken its place, for those who wait there."
)


class InnerFlow(BaseModel):
    """A flow inside a file, called by its name; it sees the file's slots."""

    model_config = closed

    title: str = Field("", description="What it is for.")
    language: Text | None = Field(None, description="Its own language, instead of the file's.")
    slots: dict[Name, Slot] = Field({}, description="Slots it adds to those of the file.")
    inputs: list[Name] = Field([], description="Names that a caller from another file passes in.")
    outputs: list[Name] = Field([], description="Names whose values such a caller gets back.")
    when: dict[EventName, Body] = Field({}, description="Event -> steps.")
    steps: Steps = Field(description="What it does.")
    migrations: dict[str, GoTo] = Field({}, description=_migrations)


def _checked_version(value: object) -> object:
    if value != "1":
        raise refusal(
            f"This is flow_version {str(value)[:10]}; here is 1.", "Write `flow_version: 1`, or leave it out."
        )
    return 1


Version: TypeAlias = Annotated[int, Reader(_checked_version)]


class FlowFile(BaseModel):
    """A flow file."""

    model_config = closed

    flow: StepId = Field(description="The flow's name, unique among all flows of a bot.")
    flow_version: Version = Field(1, description="Of the language: 1.")
    title: str = Field("", description="What it is for, for people.")
    language: Text | None = Field(
        None,
        description="What it speaks and hears (BCP 47): `de-DE`, or `{{ config.language }}`. With "
        "`languages`, the one it begins with, whatever the person's account says.",
    )
    languages: Languages | None = Field(
        None,
        description="The languages between which a session can change (`set: {language: de}`), the one to "
        "fall back to first. It begins with the one of the person's account, if it is among them.",
    )
    messages: dict[Name, MessageTexts] = Field(
        {},
        description="Name -> text, for `{{ messages.NAME }}`: one text, one by language, by channel "
        "(`{call: ..., chat: ...}`) or by number (`{one: ..., other: ...}`).",
    )
    wording: OwnWording = Field(
        {}, description="Texts instead of what botkit says of its own accord, by name; see below."
    )
    start: list[StartEntry] = Field(
        [],
        description="What starts it: `call_incoming`, `mention` (in a direct conversation any message), "
        "`item_added` (any message), `schedule` or `webhook`, each with its options: see "
        "[Starts](starts.md).",
    )
    config: dict[Name, ConfigItem] = Field({}, description="Values that bot.yaml sets.")
    slots: dict[Name, Slot] = Field({}, description="What it asks people for.")
    asking: Asking = Field(
        Asking(), description="How its questions are asked, where a step says nothing else."
    )
    globals: dict[Name, Global] = Field({}, description="Words and keys valid in every question.")
    inputs: list[Name] = Field([], description="Names that a caller from another file passes in.")
    outputs: list[Name] = Field([], description="Names whose values such a caller gets back.")
    when: dict[EventName, Body] = Field({}, description="Event -> steps.")
    steps: Steps = Field(description="What it does.")
    flows: dict[Name, InnerFlow] = Field({}, description="Flows it calls, which share its slots.")
    limits: Limits = Field(Limits(), description="Bounds.")
    on_change: OnChange = Field(
        OnChange.PIN,
        description="What becomes of those who are in it when it changes: `pin` (they go on with the version "
        "they began with), `migrate` (with the new one, at the same step) or `restart` (they begin anew when "
        "they answer next).",
    )
    migrations: dict[str, GoTo] = Field({}, description=_migrations)

    def inner(self) -> Mapping[str, InnerFlow | FlowFile]:
        """All flows of the file by name, its own first."""
        return {self.flow: self, **{f"{self.flow}/{name}": flow for name, flow in self.flows.items()}}
