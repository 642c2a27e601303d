"""Events, inputs, effects and sessions to JSON and back.

A value is stored as `["ClassName", {fields}]`. msgspec does the typing, so a row written by another
version with a field too many still reads, and a wrong one is refused by name. (pydantic gives the same
bytes and takes three times as long, which a turn feels: it makes and reads five of them.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache

import msgspec

from . import effects, events, inputs, session

type_groups = (events, inputs, effects, session)

_NAMED = re.compile(rb'\["([A-Za-z]+)", ?')


@cache
def _decoders() -> dict[str, msgspec.json.Decoder[object]]:
    decoders: dict[str, msgspec.json.Decoder[object]] = {}
    for module in type_groups:
        for name, cls in vars(module).items():
            if isinstance(cls, type) and cls.__module__ == module.__name__ and _is_stored(cls):
                decoders[name] = msgspec.json.Decoder(cls)
    return decoders


def _is_stored(cls: type) -> bool:
    return is_dataclass(cls) or issubclass(cls, msgspec.Struct)


def _plain(value: object) -> object:
    """msgspec knows the kinds of JSON alone, not what is derived from them, as a text with its place is."""
    match value:
        case str():
            return str(value)
        case Mapping():
            return dict(value)
        case list() | tuple():
            return list(value)
        case int():
            return int(value)
        case float():
            return float(value)
    raise TypeError(f"{type(value).__name__} cannot be stored")


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def names() -> frozenset[str]:
    """Every class that round-trips."""
    return frozenset(_decoders())


def dump(
    value: events.Event | inputs.Input | effects.Effect | session.Session | session.SessionStart,
) -> bytes:
    """`value` as JSON bytes."""
    return _encode((type(value).__name__, value))


def load(data: bytes | str) -> object:
    """What `dump` wrote. Raises `ValueError` when it is not that."""
    text = data if isinstance(data, bytes) else data.encode()
    named = _NAMED.match(text)
    decoder = _decoders().get(named[1].decode()) if named else None
    if named is None or decoder is None or not text.endswith(b"]"):
        raise ValueError(f"not a stored botkit value: {text[:80]!r}")
    return decoder.decode(memoryview(text)[named.end() : -1])
