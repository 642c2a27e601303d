"""Tags of languages, BCP 47 (RFC 5646): `de`, `de-DE`, `zh-Hans-CN`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_tag = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,7}", re.ASCII | re.IGNORECASE)
"""Roughly: a language, and what narrows it."""


def is_tag(text: str) -> bool:
    """Whether this can name a language."""
    return _tag.fullmatch(text) is not None


def primary(tag: str) -> str:
    """The language without what narrows it: `de` of `de-AT`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def nearest(wanted: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is `wanted`; else its language without a region, else the first with another
    one. `de_AT` finds `de-AT`, then `de`, then `de-DE`; None when there is none of the language."""
    if not wanted:
        return None
    tag, own = wanted.replace("_", "-").lower(), primary(wanted)
    kin = [name for name in known if primary(name) == own]
    ranked = sorted(kin, key=lambda name: (name.lower() != tag, name.lower() != own))
    return ranked[0] if ranked else None
