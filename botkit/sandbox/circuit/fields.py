"""Typed reading of what a client sent; whatever does not fit is refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from botkit.circuit.wire import Json

Choice = TypeVar("Choice")

text_limit = 100_000
"""Characters of any one text."""
list_limit = 1000
"""Entries of any one list."""
opaque_limit = 65_536
"""Characters of JSON of anything relayed unread."""
epoch = datetime.fromtimestamp(0, UTC)
latest = timedelta(days=365_000)
"""Times beyond are nonsense; `datetime` ends a little later."""


class Malformed(ValueError):
    """A field is missing, or is not what it has to be."""


class Fields:
    """One JSON object of a request. `null` counts as absent."""

    def __init__(self, data: object, name: str) -> None:
        if not isinstance(data, Mapping):
            raise Malformed(f"`{name}` must be an object")
        self.data: Json = data
        self.name = name

    def has(self, key: str) -> bool:
        """It is there, and not null."""
        return self.data.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required without `default`."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise self._wrong(key, "a text")
        if len(value) > text_limit:
            raise self._wrong(key, f"at most {text_limit} characters long")
        return value

    def id(self, key: str) -> str:
        """A string that is not empty."""
        value = self.text(key)
        if not value:
            raise self._wrong(key, "an id")
        return value

    def optional(self, key: str) -> str | None:
        """A string, or None when it is absent."""
        return self.text(key) if self.has(key) else None

    def flag(self, key: str, default: bool | None = None) -> bool:
        """A boolean; required without `default`."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def count(self, key: str, default: int, most: int = 500) -> int:
        """A number of things, from 0, cut to `most`."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._wrong(key, "a whole number from 0")
        return min(value, most)

    def moment(self, key: str) -> datetime | None:
        """A time in milliseconds since 1970, or None when it is absent."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise self._wrong(key, "a time in milliseconds")
        if abs(value) > latest / timedelta(milliseconds=1):
            raise self._wrong(key, "a time in milliseconds")
        return max(epoch, epoch + timedelta(milliseconds=int(value)))

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings, or one string alone; nulls in it are left out."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str | None) for one in value):
            raise self._wrong(key, "a list of texts")
        if len(value) > list_limit or any(len(one or "") > text_limit for one in value):
            raise self._wrong(key, f"a list of at most {list_limit} short texts")
        return tuple(one for one in value if one is not None)

    def child(self, key: str) -> Fields:
        """An object in this one."""
        return Fields(self.data.get(key), f"{self.name}.{key}")

    def children(self, key: str, default: tuple[Fields, ...] | None = None) -> tuple[Fields, ...]:
        """A list of objects."""
        value = self.data.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, list) or len(value) > list_limit:
            raise self._wrong(key, f"a list of at most {list_limit} objects")
        return tuple(Fields(one, f"{self.name}.{key}") for one in value)

    def opaque(self, key: str) -> Json:
        """An object to be kept or relayed unread: any JSON that is not too large."""
        value = self.child(key).data
        check_opaque(value, f"{self.name}.{key}")
        return value

    def one_of(self, key: str, choices: Mapping[str, Choice], default: str | None = None) -> Choice:
        """What a word stands for."""
        word = self.text(key, default)
        if word not in choices:
            raise self._wrong(key, f"one of {', '.join(choices)}")
        return choices[word]

    def _wrong(self, key: str, what: str) -> Malformed:
        return Malformed(f"`{self.name}.{key}` must be {what}")


def check_opaque(value: object, name: str) -> None:
    """Raise `Malformed` for JSON that is too large, or holds a number too large for JSON (1e999)."""
    try:
        size = len(json.dumps(value, allow_nan=False))
    except ValueError:
        raise Malformed(f"`{name}` holds a number that is no JSON number") from None
    if size > opaque_limit:
        raise Malformed(f"`{name}` must be at most {opaque_limit} characters of JSON")
