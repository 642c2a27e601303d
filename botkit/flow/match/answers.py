"""Whether words are an answer already, or the beginning of one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from botkit.model.speech import SpeechKind, SpeechRules

from .assent import yes_no
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


def understood(rules: SpeechRules, text: str, language: str = "") -> bool:
    """Whether `text` is a whole answer, so that a short silence behind it is its end.

    Free text never is, and digits or letters are when there can be no more of them: people pause.
    """
    found = spoken(text, dict(rules.choices))
    if found is not None and found.sure:
        return True
    if rules.kind is SpeechKind.DIGITS:
        return len(digits(text, spoken=True) or "") == rules.maximum
    if rules.kind is SpeechKind.SPELLING:
        return len(spelled(text) or "") == rules.maximum
    if rules.kind is SpeechKind.YES_NO:
        return yes_no(text, spoken=True, language=language) is not None
    reading = _readings.get(rules.kind)
    return reading is not None and reading(text) is not None
