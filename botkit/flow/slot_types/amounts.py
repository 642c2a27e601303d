"""Numbers, and money."""

from __future__ import annotations

import re
from functools import cached_property

from babel.numbers import get_currency_name, get_currency_precision, get_currency_symbol, get_decimal_symbol

from botkit.flow import match
from botkit.flow.match import Currency, normalise
from botkit.flow.saying import Manner, Style, sayings
from botkit.flow.ssml import followed
from botkit.flow.values import as_text
from botkit.model.speech import SpeechKind

from .base import Situation, SlotType

_keyed = re.compile(r"(\d{1,15})(?:\*(\d{1,9}))?", re.ASCII)
_and_code = re.compile(r"(?P<amount>-?\d+(?:\.\d+)?) [A-Z]{3}", re.ASCII)


def _decimal_comma(at: Situation) -> bool:
    return get_decimal_symbol(Style(language=at.wording.language).locale) == ","


def _from_keys(digits: str) -> float | int | None:
    """`12*50` is 12.5, as callers know it from other systems."""
    found = _keyed.fullmatch(digits)
    if found is None:
        return None
    return int(found[1]) if found[2] is None else float(f"{found[1]}.{found[2]}")


class NumberType(SlotType):
    """A number."""

    name = "number"
    hints = {"en": "a number, for example 3", "de": "eine Zahl, zum Beispiel 3"}
    value = "The number."
    answers = ("3", "1,200.5", "two hundred and five", "minus two")
    takes = frozenset({"min", "max", "rows"})
    speech = SpeechKind.NUMBER
    by_keys = True

    def typed(self, text: str, at: Situation) -> object:
        return self.within_bounds(match.number(text, decimal_comma=_decimal_comma(at)))

    def heard(self, text: str, at: Situation) -> object:
        return self.within_bounds(match.number(text, spoken=True, decimal_comma=_decimal_comma(at)))

    def pressed(self, digits: str) -> object:
        return self.within_bounds(_from_keys(digits))

    def coerced(self, value: object, at: Situation) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.within_bounds(value)
        # What a handler or a server gives is data: a point parts its decimals in every language.
        return self.within_bounds(match.number(as_text(value).strip()))


class MoneyType(SlotType):
    """An amount in the slot's `currency`, the only one that is taken."""

    name = "money"
    hints = {"en": "an amount, for example 12.50", "de": "ein Betrag, zum Beispiel 12,50"}
    value = 'The amount, a number: `12.5`. `{{ price | money("EUR") }}` words it.'
    answers = ("12.50", "$12.50", "12 euros", "twelve euros and fifty cents", "twelve fifty")
    takes = frozenset({"currency", "min", "max"})
    needs = frozenset({"currency"})
    speech = SpeechKind.MONEY
    by_keys = True

    @cached_property
    def code(self) -> str:
        """ISO 4217."""
        return self.slot.currency or ""

    def currency(self, language: str) -> Currency:
        """What the slot's currency is called in this language, and in English."""
        names, signs = {self.code.lower()}, set()
        for locale in {Style(language=language).locale, Style(language="en").locale}:
            for count in (1, 2):
                name = normalise(get_currency_name(self.code, count, locale))
                names |= {name, name.rpartition(" ")[2]}
            sign = get_currency_symbol(self.code, locale)
            signs |= {sign, sign.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or sign}
        return Currency(
            code=self.code,
            names=frozenset(names),
            signs=frozenset(signs - {self.code}),
            decimals=get_currency_precision(self.code),
        )

    def typed(self, text: str, at: Situation) -> object:
        amount = match.money(text, self.currency(at.wording.language), decimal_comma=_decimal_comma(at))
        return self._kept(amount)

    def pressed(self, digits: str) -> object:
        amount = _from_keys(digits)
        decimals = get_currency_precision(self.code)
        return self._kept(amount) if amount is not None and round(amount, decimals) == amount else None

    def coerced(self, value: object, at: Situation) -> object:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._kept(round(value, get_currency_precision(self.code)))
        # What the filter `money` makes of it: `{{ 12 | money("EUR") }}` is `12.00 EUR`.
        written = _and_code.fullmatch(as_text(value))
        if written is not None and as_text(value).endswith(self.code):
            return self._kept(float(written["amount"]))
        return super().coerced(value, at)

    def _kept(self, amount: float | None) -> float | None:
        kept = self.within_bounds(amount)
        return int(kept) if isinstance(kept, float) and kept.is_integer() else kept

    def said(self, value: object, at: Situation) -> str:
        return str(sayings["money"](at.style, value, self.code))

    def written(self, value: object) -> str:
        return str(sayings["money"](Style(Manner.DATA), value, self.code)).partition(" ")[0]

    def question(self, prompt: str, at: Situation, *, keys: bool, speech: bool) -> str:
        return followed(prompt, at.wording.text("amount_by_keys")) if keys else prompt
