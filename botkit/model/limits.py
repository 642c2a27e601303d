"""How often something may happen, and what of that an operator sets."""

from __future__ import annotations

import re
from dataclasses import dataclass

_written = re.compile(r"([1-9][0-9]{0,5})\s*/\s*([smhd])", re.ASCII)
_seconds = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times within so many seconds."""

    number: int
    seconds: float

    @classmethod
    def of(cls, text: str) -> Rate:
        """`30/m`: within any second (`s`), minute, hour or day. Raises `ValueError`."""
        found = _written.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"`{text[:40]}` is no rate")
        return cls(int(found[1]), _seconds[found[2]])

    def __str__(self) -> str:
        unit = next(unit for unit, seconds in _seconds.items() if seconds == self.seconds)
        return f"{self.number}/{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an operator sets under `limits:` in bot.yaml; None = no limit."""

    messages_per_person: Rate | None = None
    sessions_per_person: Rate | None = None
    bot_messages: Rate | None = Rate(20, 60.0)
    """Of one bot, in one conversation."""
    calls: int | None = None
    """At the same time."""
