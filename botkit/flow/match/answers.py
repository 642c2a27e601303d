"""Whether words are an answer already, or the beginning of one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from botkit.model.speech import SpeechKind, SpeechRules

from .assent import yes_no
from .completeness import Completeness, of_choice
from .dates import date
from .digits import digits
from .numbers import number
from .speech import spoken
from .spelling import spelled
from .times import time

_any_day = datetime.date(2024, 1, 1)
"""Whether words are a date hardly depends on the day they are said."""

_readings: Mapping[SpeechKind, Callable[[str], object]] = {
    SpeechKind.NUMBER: lambda text: number(text, spoken=True),
    SpeechKind.DATE: lambda text: date(text, _any_day),
    SpeechKind.TIME: time,
}
"""Of answers that may always go on: `twenty`, `tomorrow`, `nine`."""


def completeness(rules: SpeechRules, text: str, language: str = "") -> Completeness:
    """How much of an answer `text` is, which tells how long a silence behind it is its end.

    Free text is never whole, and digits or letters are when there can be no more of them: people pause.
    """
    choices = dict(rules.choices)
    found = spoken(text, choices)
    if found is not None and found.sure:
        return of_choice(text, choices, found.name)
    if rules.kind in _readings:
        return Completeness.PART if _readings[rules.kind](text) is None else Completeness.MAY_GO_ON
    return Completeness.WHOLE if _closed(rules, text, language) else Completeness.PART


def _closed(rules: SpeechRules, text: str, language: str) -> bool:
    match rules.kind:
        case SpeechKind.DIGITS:
            return len(digits(text, spoken=True) or "") == rules.maximum
        case SpeechKind.SPELLING:
            return len(spelled(text) or "") == rules.maximum
        case SpeechKind.YES_NO:
            return yes_no(text, spoken=True, language=language) is not None
        case _:
            return False
