"""Which of an engine's voices speaks a language."""

from __future__ import annotations

from collections.abc import Sequence


def knows(known: Sequence[str], language: str) -> bool:
    """Whether one of the `known` is of the `language`: one region stands for the others."""
    return _primary(language) in map(_primary, known)


def nearest(language: str, known: Sequence[str]) -> str:
    """Of the `known` (BCP 47, best first) the one for `language`: itself, else the first of its language.

    `de-DE` for `de`, `de_DE` and `de-AT`. Raises `ValueError`.
    """
    wanted = language.replace("_", "-").lower()
    exact = [name for name in known if name.lower() == wanted]
    kin = [name for name in known if _primary(name) == _primary(wanted)]
    if not kin:
        raise ValueError(f"it does not speak {language!r}; it speaks {', '.join(known)}")
    return (exact or kin)[0]


def _primary(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
