"""`limits:`, how much one account may ask of the bot."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from botkit.flow.validation import refusal
from botkit.model.limits import Limits, Rate


def _rate(text: str) -> str:
    try:
        Rate.of(text)
    except ValueError as error:
        remedy = "Write `30/m`: so many within a second (`s`), minute, hour or day."
        raise refusal(f"{error}.", remedy) from None
    return text


RateText: TypeAlias = Annotated[str, AfterValidator(_rate)]
"""`30/m`."""


class LimitsBlock(BaseModel):
    """`limits:`. What is left out is not limited."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    messages_per_person: RateText | None = None
    """What one person may write. Whoever writes more is told once, and ignored until they are slower."""
    sessions_per_person: RateText | None = None
    """How often one person may begin, by message or call."""
    bot_messages: RateText = str(Limits().bot_messages)
    """What one bot may write in one conversation, so that two that answer each other come to an end."""
    calls: int | None = Field(None, ge=1)
    """How many may ring or talk together, those that the bot makes among them; any other caller hears that it
    is busy. None = 150 for each process that carries sound."""

    def limits(self) -> Limits:
        """As the bot keeps them."""
        return Limits(
            messages_per_person=_known(self.messages_per_person),
            sessions_per_person=_known(self.sessions_per_person),
            bot_messages=_known(self.bot_messages),
            calls=self.calls,
        )


def _known(text: str | None) -> Rate | None:
    return None if text is None else Rate.of(text)
