"""What starts a flow, and what narrows it: a closed class for each kind of start."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, Field, field_validator, model_validator

from .allowing import AllowEntry
from .document import Mapping as Keys
from .document import Scalar, did_you_mean
from .expressions import Values
from .fields import Duration, Expression, SlotName, Target, Text
from .flowset import StartKind
from .match import normalise
from .reader import Reader
from .schedules import Misses
from .templates import Template
from .validation import closed, refusal
from .values import Fault

WebhookTarget: TypeAlias = Annotated[Target, Reader(Target.of)]
"""The name of a webhook of bot.yaml, with its place."""


MOST_JITTER = 3600.0
"""Seconds."""


class StartOptions(BaseModel):
    """What stands behind a start's name: for most nothing needs to."""

    model_config = closed

    @property
    def narrowed(self) -> bool:
        """It does not start its flow every time."""
        return False

    @property
    def given(self) -> Mapping[str, Template]:
        """Slot -> what it is filled with when the flow starts this way."""
        return {}

    def fits(self, text: str, *, of_bot: bool = False) -> bool:
        """Whether it starts its flow when somebody writes `text`; `of_bot`: a bot does."""
        return True

    def told(self) -> str:
        """What narrows it, for people; empty when nothing does."""
        return ""


class ByPerson(StartOptions):
    """What a person does."""

    allow: list[AllowEntry] | None = Field(
        None,
        min_length=1,
        description="Who may: e-mail addresses, `*@DOMAIN` for all of a domain, or `{{ config.NAME }}` "
        "(default everybody). Whoever has no address may not.",
    )

    @property
    def narrowed(self) -> bool:
        return self.allow is not None

    def told(self) -> str:
        return "" if self.allow is None else "of " + ", ".join(entry.source for entry in self.allow)


class ByCall(ByPerson):
    """`call_incoming`."""


class ByMessage(ByPerson):
    """`mention` and `item_added`."""

    words: list[str] = Field([], description="It starts only when one of them stands in the message.")
    bots: bool = Field(False, description="Messages of other bots start it too.")

    @property
    def narrowed(self) -> bool:
        return bool(self.words) or super().narrowed

    def fits(self, text: str, *, of_bot: bool = False) -> bool:
        said = f" {normalise(text)} "
        worded = not self.words or any(f" {normalise(word)} " in said for word in self.words)
        return worded and (self.bots or not of_bot)

    def told(self) -> str:
        return ", ".join(filter(None, (*self.words, super().told())))


class BySchedule(StartOptions):
    """`schedule`."""

    cron: Text | None = Field(
        None, description="Minute, hour, day, month, weekday: `0 9 * * mon-fri`; this, `every` or `at`."
    )
    every: Text | None = Field(
        None, description="An interval: `15m`. It counts from 2000-01-01 00:00 in the time zone."
    )
    at: Text | None = Field(None, description="One moment: `2026-12-24T09:00`.")
    time_zone: Text | None = Field(None, description="Whose clocks count: `Europe/Berlin` (default UTC).")
    misses: Misses = Field(
        Misses.RUN_ONCE,
        description="What becomes of moments that passed while no bot ran: the newest is made up for "
        "(`run_once`, default), each is (`run_all`), or none (`skip`).",
    )
    jitter: Duration = Field(
        0.0,
        description="Each moment is put off by up to so long, an hour at most, by chance: `30s` "
        "(default 0s).",
    )
    calendar: Text | None = Field(None, description="Only while this calendar of bot.yaml is open.")

    @model_validator(mode="after")
    def _one(self) -> BySchedule:
        if self.jitter > MOST_JITTER:
            raise refusal("The `jitter` is longer than an hour.", "Write a shorter one.", "bad-schedule")
        if sum(text is not None for text in (self.cron, self.every, self.at)) != 1:
            raise refusal(
                "A schedule has one of `cron`, `every` and `at`.",
                'Write `{cron: "0 9 * * mon-fri"}`, `{every: 15m}` or `{at: 2026-12-24T09:00}`.',
                "bad-schedule",
            )
        return self

    @property
    def narrowed(self) -> bool:
        return True

    def told(self) -> str:
        texts = {"": self.cron, "every ": self.every, "at ": self.at, "in ": self.time_zone}
        return ", ".join(f"{name}{text.source}" for name, text in texts.items() if text is not None)


class ByWebhook(StartOptions):
    """`webhook`."""

    name: WebhookTarget = Field(description="That of `POST /hooks/NAME`, as bot.yaml has it.")
    kinds: list[str] = Field(
        [],
        alias="kind",
        description="It starts only for these kinds of events, as the sender calls them (`event.kind`).",
    )
    condition: Expression | None = Field(
        None, alias="if", description="It starts only if this is so; what `event` does not have makes it no."
    )
    values: dict[SlotName, Text] = Field(
        {},
        alias="set",
        description="Slot -> text, of `event.body`, `event.kind`, `event.id`; exactly one `{{ ... }}` keeps "
        "its type.",
    )

    @field_validator("kinds", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def narrowed(self) -> bool:
        return bool(self.kinds) or self.condition is not None

    @property
    def given(self) -> Mapping[str, Template]:
        return self.values

    def fits_event(self, values: Values, kind: str) -> bool:
        """Whether it starts its flow by an event of this kind, which `values` has as `event`."""
        if self.kinds and kind not in self.kinds:
            return False
        try:
            return self.condition is None or bool(self.condition.value(values))
        except Fault:
            return False

    def told(self) -> str:
        narrowing = [", ".join(self.kinds), "" if self.condition is None else self.condition.source]
        return " if ".join(filter(None, (" ".join(filter(None, (self.name, narrowing[0]))), narrowing[1])))


class StartEntry(BaseModel):
    """One line of `start:`: a name, or a name and what narrows it."""

    model_config = closed

    call_incoming: ByCall | None = Field(None, description="Somebody calls.")
    mention: ByMessage | None = Field(
        None, description="Somebody mentions the bot, or writes to it in their direct conversation."
    )
    item_added: ByMessage | None = Field(None, description="Somebody writes, anywhere the bot is.")
    schedule: BySchedule | None = Field(None, description="A moment has come.")
    webhook: ByWebhook | None = Field(None, description="One of the bot's own webhooks is called.")

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
        if name == "webhook" and isinstance(options, Scalar):
            options = Keys([("name", options)], options.at)
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
