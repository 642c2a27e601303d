"""Events, inputs, effects and sessions to JSON and back.

A value is stored as `["ClassName", {fields}]`. pydantic does the typing, so a row written by another
version with a field too many still reads, and a wrong one is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import is_dataclass
from functools import cache

from pydantic import TypeAdapter

from . import effects, events, inputs, session

type_groups = (events, inputs, effects, session)

_NAMED = re.compile(rb'\["([A-Za-z]+)", ?')


@cache
def _adapters() -> dict[str, TypeAdapter[object]]:
    adapters: dict[str, TypeAdapter[object]] = {}
    for module in type_groups:
        for name, cls in vars(module).items():
            if isinstance(cls, type) and is_dataclass(cls) and cls.__module__ == module.__name__:
                adapters[name] = TypeAdapter(cls)
    return adapters


def names() -> frozenset[str]:
    """Every class that round-trips."""
    return frozenset(_adapters())


def dump(
    value: events.Event | inputs.Input | effects.Effect | session.Session | session.SessionStart,
) -> bytes:
    """`value` as JSON bytes."""
    name = type(value).__name__
    adapter = _adapters()[name]
    return b'["' + name.encode() + b'",' + adapter.dump_json(value) + b"]"


def load(data: bytes | str) -> object:
    """What `dump` wrote. Raises `ValueError` when it is not that."""
    text = data if isinstance(data, bytes) else data.encode()
    named = _NAMED.match(text)
    adapter = _adapters().get(named[1].decode()) if named else None
    if named is None or adapter is None or not text.endswith(b"]"):
        raise ValueError(f"not a stored botkit value: {text[:80]!r}")
    return adapter.validate_json(text[named.end() : -1])
