"""Typed reading of the wire's JSON: a field that is missing or of another type is a `WireError` by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from .wire import Json, WireError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = 253_402_300_799_000
"""The end of the year 9999 in milliseconds."""


def obj(parent: Json, key: str) -> Json:
    """A JSON object that must be there."""
    value = parent.get(key)
    if not isinstance(value, Mapping):
        raise WireError(f"`{key}` is no object")
    return value


def objs(parent: Json, key: str) -> Sequence[Json]:
    """A list of JSON objects; absent is empty, other elements are left out."""
    value = parent.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise WireError(f"`{key}` is no list")
    return tuple(element for element in value if isinstance(element, Mapping))


def string(parent: Json, key: str) -> str:
    """A text that must be there and not be empty."""
    value = parent.get(key)
    if not isinstance(value, str) or not value:
        raise WireError(f"`{key}` is no text")
    return value


def optional(parent: Json, key: str) -> str:
    """A text, or empty."""
    value = parent.get(key)
    return value if isinstance(value, str) else ""


def strings(parent: Json, key: str) -> tuple[str, ...]:
    """The texts of a list; absent is empty, other elements are left out."""
    value = parent.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def moment(parent: Json, key: str) -> datetime:
    """Milliseconds since 1970 as aware UTC."""
    value = parent.get(key)
    if type(value) is not int or not 0 <= value <= _LAST:
        raise WireError(f"`{key}` is no time")
    return _EPOCH + timedelta(milliseconds=value)


def milliseconds(time: datetime) -> int:
    """Aware time as milliseconds since 1970, rounded down."""
    return (time - _EPOCH) // timedelta(milliseconds=1)
