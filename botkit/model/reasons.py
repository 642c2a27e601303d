"""Why a turn went the way it did."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Reason(Struct, frozen=True, kw_only=True):
    """One decision of a turn."""

    flow: str
    step: str
    """The step's id."""
    line: int
    """Its line in the flow file."""
    verb: str
    branch: str = ""
    """What was chosen: a case, an option, `then`, `else`, `no_match`, an event's name."""
    condition: str = ""
    """The expression's own text, if one decided."""
    read: Mapping[str, object] = {}
    """The values it read (JSON, secrets masked)."""


def because(verb: str, branch: str, condition: str) -> str:
    """The condition that decided, for people; empty = none did. For an `else` it does not hold."""
    return f"{condition} does not hold" if condition and (verb, branch) == ("if", "else") else condition
