"""The blocks of bot.yaml that stand for themselves."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from botkit.flow.validation import refusal
from botkit.web.addresses import REMEDY, host_of


class SpeechBlock(BaseModel):
    """`speech:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    language: str = "en-US"
    """BCP 47."""
    voice: str = ""
    """Name of a voice; empty = the best that is installed."""
    recognizer: str = ""
    """Name of a speech recogniser; empty = the best that is installed, `none` = keys alone."""
    model: str = ""
    """Folder of the recogniser's model, for one that needs its own; relative to bot.yaml."""


class IceBlock(BaseModel):
    """`ice:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    loopback: Literal["auto", "always", "never"] = "auto"
    """Whether calls may go over the loopback interface."""


def _host(text: str) -> str:
    try:
        host_of(text)
    except ValueError as error:
        raise refusal(f"{error}.", REMEDY) from None
    return text


Host: TypeAlias = Annotated[str, AfterValidator(_host)]
"""`HOST` or `HOST:PORT`."""


class HttpBlock(BaseModel):
    """`http:`."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    allow: list[Host] | None = None
    """Hosts (`HOST` or `HOST:PORT`) that flows may talk to; without it all that have a public address."""
    largest: int = Field(1_000_000, ge=1, le=100_000_000)
    """Bytes of an answer."""
    trust: str = ""
    """A PEM file of certificates to trust beside the system's, relative to bot.yaml."""
