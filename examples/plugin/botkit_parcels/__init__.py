"""What flows of a parcel service need: a verb, a filter, a say-as form and a check.

- attempt: number             # counts, and says what happens when it was too often
  most: 3
  too_many:
    - end: Please write to us.
- say: Parcel {{ number | in_groups }} travels with {{ number | carrier }}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from botkit import hook
from botkit.flow.extensions import Check
from botkit.flow.filters import Filter
from botkit.flow.flowset import Flow
from botkit.flow.saying import Manner, Saying, Style
from botkit.flow.steps import Step
from botkit.flow.steps.talking import Say
from botkit.model.findings import Finding

from .attempt import Attempt

CARRIERS: Mapping[str, str] = {"1": "the van", "2": "the train", "9": "the plane"}
"""First digit of a parcel's number -> how it travels."""

LONGEST_PROMPT = 300
"""Characters that a caller should have to listen to in one go."""


def carrier(number: object) -> str:
    """`{{ number | carrier }}`: how a parcel travels."""
    return CARRIERS.get(str(number)[:1], "the post")


def in_groups(style: Style, number: object) -> str:
    """`{{ number | in_groups }}`: `123 456` on chat, `1, 2, 3. 4, 5, 6` for a voice, which pauses there."""
    text = "".join(str(number).split())
    groups = [text[start : start + 3] for start in range(0, len(text), 3)]
    return (
        ". ".join(", ".join(group) for group in groups) if style.manner is Manner.SPOKEN else " ".join(groups)
    )


def long_prompts(flow: Flow) -> Iterable[Finding]:
    """Nobody remembers a prompt of half a minute."""
    for op in flow.ops:
        spoken = op.step.say.call if isinstance(op.step, Say) else None
        if spoken is not None and len(spoken.source) > LONGEST_PROMPT:
            message = f"This is more than {LONGEST_PROMPT} characters in one go."
            yield op.at.finding("long-prompt", message, "Split it, with a question in between.")


@hook
def register_steps() -> Sequence[type[Step]]:
    return [Attempt]


@hook
def register_filters() -> Mapping[str, Filter]:
    return {"carrier": carrier}


@hook
def register_sayings() -> Mapping[str, Saying]:
    return {"in_groups": in_groups}


@hook
def register_checks() -> Sequence[Check]:
    return [long_prompts]
