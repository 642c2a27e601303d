"""`store: {keep: ...}`: how long what is over is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, PlainValidator, model_validator

from botkit.flow.validation import refusal
from botkit.flow.values import duration
from botkit.ports.keeping import Keep

FOR_EVER = "forever"

LEAST = timedelta(hours=1)
LEAST_SEEN = timedelta(days=3)
"""A platform tells of a day that the bot was away once more, and senders of webhooks try for up to three."""
_remedy = "Write `90d`, or `forever`."


def _span(value: object) -> timedelta | None:
    text = value if isinstance(value, str) else str(value)
    if text.strip() == FOR_EVER:
        return None
    try:
        span = timedelta(seconds=duration(text))
    except ValueError as error:
        raise refusal(f"{error}.", _remedy) from None
    if span < LEAST:
        raise refusal(f"`{text}` is less than an hour.", _remedy)
    return span


def _seen(value: object) -> timedelta | None:
    span = _span(value)
    if span is not None and span < LEAST_SEEN:
        remedy = (
            "Write `3d` or more: what comes again later than that counts as new, and is dealt with twice."
        )
        raise refusal(f"`{value}` is too short for ids of what came.", remedy)
    return span


Span: TypeAlias = Annotated[timedelta | None, PlainValidator(_span)]
"""`90d`; None = for ever."""


class KeepBlock(BaseModel):
    """`keep:`; written as one duration, or `forever`, it is that of all."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    sessions: Span = timedelta(days=90)
    """Sessions that are over."""
    journal: Span = timedelta(days=90)
    """What they did, line by line, since they are over, and what happened outside of any; left out, as long
    as the sessions."""
    seen: Annotated[timedelta | None, PlainValidator(_seen)] = timedelta(days=30)
    """Ids of what came, by which a second delivery is known."""
    recordings: Span = None
    """Files that callers recorded and people sent."""

    @model_validator(mode="before")
    @classmethod
    def _alone(cls, value: object) -> object:
        if isinstance(value, str):
            return dict.fromkeys(cls.model_fields, value)
        if isinstance(value, dict) and "sessions" in value:
            return {"journal": value["sessions"], **value}
        return value

    @model_validator(mode="after")
    def _lines_go_first(self) -> KeepBlock:
        if self.sessions is not None and (self.journal is None or self.journal > self.sessions):
            raise refusal(
                "Lines cannot be kept longer than their session.",
                "Keep `sessions` as long as `journal`, or longer.",
            )
        return self

    def keep(self) -> Keep:
        """As the bot goes by it."""
        return Keep(sessions=self.sessions, journal=self.journal, seen=self.seen, recordings=self.recordings)
