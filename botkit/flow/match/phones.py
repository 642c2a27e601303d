"""Telephone numbers, as E.164 writes them where they have a country, else as they are dialled."""

from __future__ import annotations

import re

from .digits import digits
from .words import LONGEST, essence

SHORTEST_PHONE, LONGEST_PHONE = 3, 15
"""Figures. E.164 allows 15."""

_written = re.compile(r"(\+|00)?([0-9()\[\]./ \-\u2010-\u2015\u00a0\u202f]+)", re.ASCII)
_trunk = re.compile(r"\(0\)")
"""What is dialled inside a country only: `+49 (0)30`."""
_openings = ("my number is ", "the number is ", "number is ", "it is ", "it s ")


def phone(text: str, *, spoken: bool = False) -> str | None:
    """`+49 (0)30 90 18 20` is `+4930901820`, `0049...` too; `030/901820` stays without a country.

    `spoken`: of a recogniser, as words or figures, `plus` before the country.
    """
    plain = text.strip()[:LONGEST]
    if spoken:
        said = essence(plain.replace("+", " plus ").replace("double oh", "0 0"))
        for opening in _openings:
            said = said.removeprefix(opening)
        abroad = said.startswith("plus ")
        figures = digits(said.removeprefix("plus "), spoken=True)
        return _whole(figures or "", abroad=abroad)
    if plain.casefold().startswith("tel:"):
        plain = plain[4:].lstrip()
    written = _written.fullmatch(plain)
    if written is None:
        return None
    abroad = written[1] is not None
    rest = _trunk.sub("", written[2]) if abroad else written[2]
    return _whole(re.sub(r"[^0-9]", "", rest), abroad=abroad)


def dialled(keys: str) -> str | None:
    """Pressed keys: `00` before the country."""
    if not (keys.isascii() and keys.isdigit()):
        return None
    abroad = keys.startswith("00")
    return _whole(keys[2:] if abroad else keys, abroad=abroad)


def _whole(figures: str, *, abroad: bool) -> str | None:
    if not SHORTEST_PHONE <= len(figures) <= LONGEST_PHONE:
        return None
    if not abroad and figures.startswith("00"):
        return _whole(figures[2:], abroad=True)
    if abroad:
        return None if figures.startswith("0") else f"+{figures}"
    return figures
