"""What is right: one rule for each kind of question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from botkit.flow import match
from botkit.flow.match.assent import YES_NO
from botkit.flow.match.choices import phrases_of
from botkit.flow.match.readings import clearest
from botkit.flow.match.speech import ranked
from botkit.flow.match.words import essence
from botkit.model.speech import SpeechKind, SpeechRules

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
    others: tuple[str, ...] = ()
    """Its other readings."""


def right_choice(answers: Iterable[Answer], choices: Mapping[str, Iterable[str]]) -> float:
    """Percent for which the nearest choice, however far, is the one that was meant."""
    return _percent(_nearest(_readings(each), choices) == each.meant for each in answers)


def right_assent(answers: Iterable[Answer]) -> float:
    """The same of yes and no."""
    return _percent(_assent(_readings(each)) == each.meant for each in answers)


def wrong_assent(answers: Iterable[Answer]) -> float:
    """Percent of yes and no that is taken for the other one."""
    taken = [(match.yes_no(_gone_by(each), spoken=True), each.meant == "yes") for each in answers]
    return _percent(agreed is (not meant) for agreed, meant in taken)


def understood(answers: Iterable[Answer]) -> float:
    """Percent of menu speech that is taken for what was meant without another question."""
    return _percent(_taken(each) == each.meant for each in answers)


def accepted(answers: Iterable[Answer]) -> float:
    """Percent of other speech that is taken for a choice."""
    return _percent(_taken(each) is not None for each in answers)


def exact_digits(answers: Iterable[Answer]) -> float:
    """Percent of digit strings that are right."""
    return _percent(match.digits(each.heard, spoken=True) == each.meant for each in answers)


def wrong_digits(answers: Iterable[Answer]) -> float:
    """Percent that are four digits, and not the ones that were said."""
    found = [(match.digits(each.heard, spoken=True), each.meant) for each in answers]
    return _percent(len(digits or "") == 4 and digits != meant for digits, meant in found)


def _choice(group: str) -> SpeechRules:
    choices = tuple((name, tuple(phrases)) for name, phrases in CHOICES[group].items())
    return SpeechRules(kind=SpeechKind.CHOICE, choices=choices)


CHOICES: Mapping[str, Mapping[str, Iterable[str]]] = {
    "menu": {name: (phrase,) for name, phrase in MENU.items()},
    "yes_no": YES_NO,
    "prompts": {name: (words,) for name, words in PROMPTS.items()},
}
"""What is on offer to the questions that have choices."""
RULES: Mapping[str, SpeechRules] = {
    "menu": _choice("menu"),
    "other": _choice("menu"),
    "yes_no": SpeechRules(kind=SpeechKind.YES_NO),
}
"""The questions whose answers are taken or not."""


def _readings(answer: Answer) -> tuple[str, ...]:
    return (answer.heard, *answer.others)


def _nearest(readings: Sequence[str], choices: Mapping[str, Iterable[str]]) -> str:
    for heard in readings:
        found = match.spoken(heard, choices)
        if found is not None:
            return found.name
    phrases = phrases_of(choices)
    near = [found for heard in readings for found in ranked(essence(heard), phrases)[:1] if found.score > 0]
    return max(near, key=lambda found: found.score).name if near else ""


def _assent(readings: Sequence[str]) -> str:
    for heard in readings:
        agreed = match.yes_no(heard, spoken=True)
        if agreed is not None:
            return "yes" if agreed else "no"
    return _nearest(readings, YES_NO)


def _taken(answer: Answer) -> str | None:
    found = match.spoken(_gone_by(answer), CHOICES["menu"])
    return found.name if found is not None and found.sure else None


def _gone_by(answer: Answer) -> str:
    """The reading that the product goes by."""
    return clearest(RULES[answer.group], answer.heard, answer.others)


def _percent(right: Iterable[bool]) -> float:
    verdicts = list(right)
    return 100 * sum(verdicts) / max(len(verdicts), 1)
