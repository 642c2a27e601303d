"""Values in words: as one writes them on chat, as one says them on a call, in the flow's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Protocol, cast

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency
from babel.units import format_unit

from .values import as_text, largest_number, longest_wait

_currency = re.compile(r"[A-Z]{3}", re.ASCII)
_thin_spaces = str.maketrans("\u202f\u00a0", "  ")


class Manner(StrEnum):
    """What a rendered text is for."""

    DATA = "data"
    """For programs: what is set, passed on or compared."""
    WRITTEN = "written"
    SPOKEN = "spoken"


@dataclass(frozen=True, slots=True)
class Style:
    """How values are worded."""

    manner: Manner = Manner.DATA
    language: str = ""
    """BCP 47; empty = English."""

    @property
    def locale(self) -> Locale:
        """The nearest one that is known."""
        for name in (self.language, self.language.partition("-")[0]):
            try:
                return Locale.parse(name, sep="-")
            except (UnknownLocaleError, ValueError):
                continue
        return Locale("en")


Saying = Callable[..., object]


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(as_text(value))


def _date(style: Style, value: object) -> str:
    day = _moment(value).date()
    if style.manner is Manner.DATA:
        return day.isoformat()
    return in_words(style, day)


def _time(style: Style, value: object) -> str:
    text = "" if isinstance(value, datetime) else as_text(value)
    clock = time.fromisoformat(text) if len(text) in (5, 8) else _moment(value).time()
    if style.manner is Manner.DATA:
        return clock.strftime("%H:%M")
    return in_words(style, clock)


def in_words(style: Style, value: date | time) -> str:
    """A date or a time of day for people."""
    if isinstance(value, time):
        return str(format_time(value, "short", locale=style.locale)).translate(_thin_spaces)
    length = "long" if style.manner is Manner.SPOKEN else "medium"
    return str(format_date(value, length, locale=style.locale)).translate(_thin_spaces)


def apart(value: object) -> str:
    """Character by character: a voice pauses at commas."""
    return ", ".join(character for character in as_text(value)[:200] if not character.isspace())


def _digits(style: Style, value: object) -> str:
    return apart(value) if style.manner is Manner.SPOKEN else as_text(value)


def _spell(style: Style, value: object) -> str:
    return apart(as_text(value).upper()) if style.manner is Manner.SPOKEN else as_text(value)


def _money(style: Style, value: object, currency: object) -> str:
    code = as_text(currency).upper()
    amount = round(float(as_text(value).strip()[:20]), 2)
    if not _currency.fullmatch(code):
        raise ValueError(f"`{code[:10]}` is no currency")
    if not -largest_number <= amount <= largest_number:
        raise ValueError("it is no amount, or too large")
    if style.manner is Manner.DATA:
        return f"{amount:.2f} {code}"
    if style.manner is Manner.WRITTEN:
        return str(format_currency(amount, code, locale=style.locale)).translate(_thin_spaces)
    whole = amount.is_integer()
    spoken = format_currency(
        int(amount) if whole else amount,
        code,
        format="#,##0" if whole else None,
        locale=style.locale,
        format_type="name",
        currency_digits=not whole,
    )
    return str(spoken).translate(_thin_spaces)


_units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def _duration(style: Style, value: object) -> str:
    """Of seconds: `1 hour and 30 minutes`; for programs the seconds."""
    seconds = round(float(as_text(value).strip()[:20]))
    if not 0 <= seconds <= longest_wait:
        raise ValueError("it is no length of time, or more than a year")
    if style.manner is Manner.DATA:
        return str(seconds)
    parts: list[str] = []
    rest = seconds
    for unit, size in _units:
        count, rest = divmod(rest, size)
        if count or (size == 1 and not parts):
            parts.append(str(format_unit(count, f"duration-{unit}", "long", locale=style.locale)))
    return str(format_list(parts, locale=style.locale)).translate(_thin_spaces)


class Counted(Protocol):
    """A message with plural forms."""

    def counted(self, count: float) -> str:
        """Its text for so many. Raises `Fault`."""
        ...


def _plural(style: Style, value: object, count: object) -> str:
    if isinstance(value, str):
        return value  # in this language one text does for all numbers
    if not hasattr(value, "counted"):
        raise TypeError("it is for messages")
    if isinstance(count, bool) or not isinstance(count, int | float):
        raise TypeError("it needs a number")
    return cast("Counted", value).counted(count)


sayings: Mapping[str, Saying] = {
    "date": _date,
    "digits": _digits,
    "duration": _duration,
    "money": _money,
    "plural": _plural,
    "spell": _spell,
    "time": _time,
}
"""Filters that word a value for whom the text is for: `{{ total | money("EUR") }}`."""
