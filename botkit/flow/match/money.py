"""Amounts of money in one currency."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from .numbers import in_words, number
from .words import LONGEST, essence

_figures = re.compile(r"\d{1,15}(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d{1,3})?", re.ASCII)
_glued = re.compile(r"(\d)([^\W\d])")
_no_amount = re.compile(r"%|\d\s*[-\u2010-\u2015/:]\s*\d")
"""A share, or one amount to another: the signs would be lost among words."""
_cents: Mapping[str, Collection[str]] = {
    "GBP": ("p", "penny", "pence"),
    "CHF": ("rappen", "centime", "centimes"),
}
"""What the hundredths are called, where that is not `cents`."""
_spoken_digits = ("oh", "o", "zero")


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """What one currency is called."""

    code: str
    """ISO 4217."""
    names: frozenset[str]
    """Of the whole unit, in small letters: `euro`, `euros`, and the code `eur`."""
    signs: frozenset[str]
    """`$`."""
    decimals: int = 2

    @property
    def cents(self) -> Collection[str]:
        """What its hundredths are called."""
        return (*_cents.get(self.code, ()), "cent", "cents")


def money(text: str, currency: Currency, decimal_comma: bool = False) -> float | None:
    """`12.50`, `$12.50`, `12,50 EUR`, `twelve euros and fifty cents`, `twelve fifty`.

    Another currency than this one, or more decimals than it has, is None. `decimal_comma`: a comma parts the
    decimals here, so `1.200` is 1200, and `1,200` is None, since it may be meant either way.
    """
    plain = text.strip()[:LONGEST]
    figures = _without_names(plain, currency)
    if _figures.fullmatch(figures):
        amount = _from_figures(figures, decimal_comma)
    elif figures.startswith(("-", "\u2212")) or any(unicodedata.category(sign) == "Sc" for sign in figures):
        return None  # a debt, or another currency
    elif _no_amount.search(figures):
        return None
    else:
        apart = _glued.sub(r"\1 \2", plain)  # `50p`
        said = f" {essence(apart)} "
        for name in sorted(currency.names, key=len, reverse=True):
            if " " in name:  # "US dollars"
                said = said.replace(f" {name} ", f" {currency.code.lower()} ")
        amount = _from_words(said.split(), currency)
    if amount is None or amount < 0 or round(amount, currency.decimals) != amount:
        return None
    return amount


def _without_names(text: str, currency: Currency) -> str:
    """Without the currency's sign or name before or behind it."""
    said = text.casefold().strip()
    for name in sorted({*currency.signs, *currency.names}, key=len, reverse=True):
        for rest in (said.removeprefix(name.casefold()), said.removesuffix(name.casefold())):
            if rest != said:
                return rest.strip()
    return said


def _from_figures(figures: str, decimal_comma: bool) -> float | None:
    compact = re.sub(r"[' \u00a0\u202f]", "", figures)
    marks = [sign for sign in compact if sign in ".,"]
    if not marks:
        return float(compact)
    last, other = (".", ",") if marks[-1] == "." else (",", ".")
    groups = len(compact) - compact.rindex(last) - 1 == 3 and other not in marks
    if groups:
        # Three figures behind the decimal sign would be no money, and are hardly meant as such.
        doubtful = marks.count(last) == 1 and (last == ",") == decimal_comma
        return None if doubtful else float(compact.replace(last, ""))
    if marks.count(last) > 1:
        return None
    return float(compact.replace(other, "").replace(last, "."))


def _from_words(words: Sequence[str], currency: Currency) -> float | None:
    wholes = [at for at, word in enumerate(words) if word in currency.names]
    if len(wholes) > 1:
        return None
    if wholes:
        before, behind = words[: wholes[0]], words[wholes[0] + 1 :]
        whole = number(" ".join(before), spoken=True) if before else None
        rest = _hundredths(behind, currency)
        return None if whole is None or rest is None else _sum(whole, rest)
    if words[-1:] and words[-1] in currency.cents:
        rest = _hundredths(words, currency)
        return None if rest is None else _sum(0, rest)
    plain = number(" ".join(words), spoken=True)
    return float(plain) if plain is not None and plain >= 0 else _run_together(words)


def _hundredths(words: Sequence[str], currency: Currency) -> int | None:
    """`and fifty cents`, `fifty`; nothing is 0."""
    plain = [word for word in words if word != "and"]
    if not plain:
        return 0
    plain = plain[:-1] if plain[-1] in currency.cents else plain
    found = in_words(plain[1:] if plain[:1] and plain[0] in _spoken_digits and len(plain) > 1 else plain)
    return found if found is not None and 0 <= found < 100 else None


def _run_together(words: Sequence[str]) -> float | None:
    """`twelve fifty`, `twelve oh five`."""
    found: set[float] = set()
    for at in range(1, len(words)):
        short = words[at] in _spoken_digits
        whole, rest = in_words(words[:at]), in_words(words[at + 1 :] if short else words[at:])
        if whole is not None and rest is not None and (0 < rest < 10 if short else 10 <= rest < 100):
            found.add(_sum(whole, rest))
    return found.pop() if len(found) == 1 else None


def _sum(whole: float, hundredths: int) -> float:
    return round(whole + hundredths / 100, 2)
