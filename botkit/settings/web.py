"""`web:`, what the bot itself serves over HTTP."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict

from botkit.flow.validation import refusal
from botkit.web.addresses import Listen


def _listen(text: str) -> str:
    try:
        Listen.of(text)
    except ValueError as error:
        raise refusal(f"{error}.", "Write `127.0.0.1:8090`, or a port alone: `8090`.") from None
    return text


Listening: TypeAlias = Annotated[str, AfterValidator(_listen)]
"""`HOST:PORT`, or `PORT`."""


class WebBlock(BaseModel):
    """`web:`."""

    model_config = ConfigDict(extra="forbid")

    listen: Listening
    """`HOST:PORT`, or `PORT`, which is that of 127.0.0.1."""
