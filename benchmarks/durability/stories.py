"""What the person of the ordeal goes through, and where the bot is killed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from botkit.cli.walk import Walk

Act = str | Mapping[str, str]
"""What a person does: words (put into the open form, if there is one), or the values of a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One dialogue."""

    flow: str
    told: str
    """E-mail address of whoever gets a message in it."""
    acts: tuple[Act, ...]
    """What the person does, the first in a message that mentions the bot. `TAG` is replaced."""
    messages: int
    """Of the bot to the person."""


STORIES: Sequence[Story] = (
    Story(
        flow="reception",
        told="olivia@example.com",
        acts=("help", "message", "Ann TAG", "5550123"),
        messages=6,
    ),
    Story(
        flow="helpdesk",
        told="ben@example.com",
        acts=("it is broken", {"topic": "network", "details": "No signal TAG"}, "yes", "send"),
        messages=5,
    ),
)
"""With the front desk."""


ELSEWHERE: Mapping[str, Story] = {
    "examples/chatbot": Story(
        flow="lunch",
        told="olivia@example.com",
        acts=("lunch", {"dish": "pasta", "guests": "3"}, "order"),
        messages=3,
    ),
    "examples/languages": Story(
        flow="museum",
        told="olivia@example.com",
        acts=("hello", "de", "tickets", "2"),
        messages=6,
    ),
    "examples/hotel": Story(
        flow="hotel",
        told="olivia@example.com",
        acts=("hello", "service", "217", "salad", "juice", "yes", "no"),
        messages=9,
    ),
    "botkit/cli/template": Story(
        flow="table",
        told="olivia@example.com",
        acts=("hello", "book", "4", "tomorrow"),
        messages=5,
    ),
    "benchmarks/durability/parcel": Story(
        flow="parcel",
        told="olivia@example.com",
        acts=("where is it?", "112345678", "wrong", "212345678", "right"),
        messages=5,
    ),
}
"""A dialogue with each other bot that ships and chats: folder of its bot.yaml -> story."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One point of a dialogue at which the bot is killed."""

    after: Literal["said", "done"]
    """A message of the bot, or an act of the person."""
    number: int
    """Which one, from 1."""
    seconds: float = 0.0
    """How much later."""


def kill_points(story: Story) -> list[Kill]:
    """After each message, and right after each act."""
    said = [Kill(after="said", number=number) for number in range(1, story.messages + 1)]
    return said + [Kill(after="done", number=number) for number in range(1, len(story.acts) + 1)]


def tagged(acts: Iterable[Act], tag: str) -> Iterable[Act]:
    """Each dialogue has words of its own, so that what it posts elsewhere is told apart."""
    for act in acts:
        if isinstance(act, str):
            yield act.replace("TAG", tag)
        else:
            yield {name: value.replace("TAG", tag) for name, value in act.items()}


def follow(walk: Walk, act: Act, *, first: bool) -> None:
    """Have the pure engine take the act as well."""
    if not isinstance(act, str):
        walk.submit(act)
    elif first:
        walk.begin(act)
    else:
        walk.answer(act)
