"""Dates, times of day, lengths of time."""

from __future__ import annotations

import re
from datetime import date, time

from botkit.flow import match
from botkit.flow.saying import Manner, Style, in_words, sayings
from botkit.flow.values import as_text
from botkit.model.speech import SpeechKind

from .base import Situation, SlotType

_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", re.ASCII)


class DateType(SlotType):
    """A day."""

    name = "date"
    hints = {"en": "a date, for example 31 March", "de": "ein Datum, zum Beispiel 31.3.2026"}
    value = "The day, as text: `2026-03-31`. `{{ day | date }}` words it."
    answers = ("31 March", "tomorrow", "next Tuesday", "in three days", "31.3.2026")
    speech = SpeechKind.DATE

    def typed(self, text: str, at: Situation) -> object:
        day = match.date(text, at.today)
        return None if day is None else day.isoformat()

    def coerced(self, value: object, at: Situation) -> object:
        text = as_text(value)
        return super().coerced(text[:10] if _moment.fullmatch(text) else text, at)

    def said(self, value: object, at: Situation) -> str:
        return in_words(at.style, date.fromisoformat(as_text(value)))


class TimeType(SlotType):
    """A time of day."""

    name = "time"
    hints = {"en": "a time of day, for example 9:30", "de": "eine Uhrzeit, zum Beispiel 9:30"}
    value = "The time, as text: `09:30`. `{{ at | time }}` words it."
    answers = ("9:30", "half past nine", "nine thirty pm", "noon")
    speech = SpeechKind.TIME

    def typed(self, text: str, at: Situation) -> object:
        clock = match.time(text)
        return None if clock is None else clock.isoformat("minutes")

    def coerced(self, value: object, at: Situation) -> object:
        text = as_text(value)
        return super().coerced(text[11:16] if _moment.fullmatch(text) else text, at)

    def said(self, value: object, at: Situation) -> str:
        return in_words(at.style, time.fromisoformat(as_text(value)))


class DurationType(SlotType):
    """A length of time, a year at most."""

    name = "duration"
    hints = {"en": "a length of time, for example 90 minutes", "de": "eine Dauer, zum Beispiel 90 min"}
    value = "The seconds, a number: `5400`. `{{ length | duration }}` words it."
    answers = ("90 minutes", "1h30m", "an hour and a half", "two and a half hours", "half an hour")
    speech = SpeechKind.DURATION

    def typed(self, text: str, at: Situation) -> object:
        seconds = match.duration(text)
        return int(seconds) if seconds is not None and seconds.is_integer() else seconds

    def coerced(self, value: object, at: Situation) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            fits = 0 < value <= match.LONGEST_DURATION
            return value if fits else None
        return super().coerced(value, at)

    def said(self, value: object, at: Situation) -> str:
        return str(sayings["duration"](at.style, value))

    def written(self, value: object) -> str:
        return str(sayings["duration"](Style(Manner.WRITTEN), value))
