"""What is right: one rule for each kind of question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botkit.flow import match
from botkit.flow.match.assent import YES_NO
from botkit.flow.match.choices import phrases_of
from botkit.flow.match.speech import ranked
from botkit.flow.match.words import essence

from .phrases import MENU, PROMPTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One utterance and what a recogniser wrote."""

    group: str
    """`menu`, `yes_no`, `digits`, `other` or `prompts`."""
    voice: str
    condition: str
    meant: str
    heard: str


def right_choice(answers: Iterable[Answer], choices: Mapping[str, Iterable[str]]) -> float:
    """Percent for which the nearest choice, however far, is the one that was meant."""
    return _percent(_nearest(each.heard, choices) == each.meant for each in answers)


def right_assent(answers: Iterable[Answer]) -> float:
    """The same of yes and no."""
    return _percent(_assent(each.heard) == each.meant for each in answers)


def understood(answers: Iterable[Answer]) -> float:
    """Percent of menu speech that is taken for what was meant without another question."""
    return _percent(_taken(each.heard) == each.meant for each in answers)


def accepted(answers: Iterable[Answer]) -> float:
    """Percent of other speech that is taken for a choice."""
    return _percent(_taken(each.heard) is not None for each in answers)


def exact_digits(answers: Iterable[Answer]) -> float:
    """Percent of digit strings that are right."""
    return _percent(match.digits(each.heard, spoken=True) == each.meant for each in answers)


def wrong_digits(answers: Iterable[Answer]) -> float:
    """Percent that are four digits, and not the ones that were said."""
    found = [(match.digits(each.heard, spoken=True), each.meant) for each in answers]
    return _percent(len(digits or "") == 4 and digits != meant for digits, meant in found)


CHOICES: Mapping[str, Mapping[str, Iterable[str]]] = {
    "menu": {name: (phrase,) for name, phrase in MENU.items()},
    "yes_no": YES_NO,
    "prompts": {name: (words,) for name, words in PROMPTS.items()},
}
"""What is on offer to the questions that have choices."""


def _nearest(heard: str, choices: Mapping[str, Iterable[str]]) -> str:
    found = match.spoken(heard, choices)
    if found is not None:
        return found.name
    near = ranked(essence(heard), phrases_of(choices))
    return near[0].name if near and near[0].score > 0 else ""


def _assent(heard: str) -> str:
    agreed = match.yes_no(heard, spoken=True)
    return _nearest(heard, YES_NO) if agreed is None else "yes" if agreed else "no"


def _taken(heard: str) -> str | None:
    found = match.spoken(heard, CHOICES["menu"])
    return found.name if found is not None and found.sure else None


def _percent(right: Iterable[bool]) -> float:
    verdicts = list(right)
    return 100 * sum(verdicts) / max(len(verdicts), 1)
