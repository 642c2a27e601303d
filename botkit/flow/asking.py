"""How questions are asked: options of every question that a whole flow can set too (`asking:`)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, Field

from botkit.model.questions import BargeIn

from .fields import ChannelDuration, Duration
from .validation import closed


class Listen(StrEnum):
    """What answers a question on a call."""

    KEYS = "keys"
    SPEECH = "speech"
    BOTH = "both"


class Asking(BaseModel):
    """Settings of questions; what a step says goes before what its flow says."""

    model_config = closed

    timeout: ChannelDuration | None = Field(
        None,
        description="How long to wait for an answer: on a call until the first key or word after the prompt "
        "(default 5s), on chat for the answer itself (default 24h). `{call: 8s, chat: 2h}` sets them apart.",
    )
    inter_digit_timeout: Duration | None = Field(
        None, description="On a call, how long to wait for the next key (default 3s)."
    )
    term_timeout: Duration | None = Field(
        None,
        description="On a call, how long to wait for the closing key when no other can follow (default 0s).",
    )
    complete_timeout: Duration | None = Field(
        None,
        description="On a call, the silence that ends words which are a whole answer, and no "
        "longer one on offer begins with (default 250ms).",
    )
    incomplete_timeout: Duration | None = Field(
        None,
        description="On a call, the silence that ends any other words (default 1200ms). Half of it ends a "
        "whole answer that may yet become a longer one, as a number may.",
    )
    max_speech_timeout: Duration | None = Field(
        None, description="On a call, the longest answer (default 20s)."
    )
    listen: Listen | None = Field(
        None, description="What answers on a call: `keys`, `speech` or `both` (default)."
    )
    barge_in: BargeIn | None = Field(
        None, description="What may interrupt a prompt: `keys`, `speech`, `both` (default) or `never`."
    )
