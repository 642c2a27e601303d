"""Numbers of things, as logs and commands tell them."""

from __future__ import annotations


def counted(number: int, one: str, more: str = "") -> str:
    """`1 event`, `2,000 events`. `more` = the plural, where it is not just an s that it has more."""
    return f"1 {one}" if number == 1 else f"{number:,} {more or one + 's'}"
