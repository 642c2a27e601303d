"""Values of a flow: plain JSON data (and the moment `now`), their text, durations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

max_text = 16_384
"""Characters or bytes of one rendered text, whichever is reached first."""

largest_number = 10**15

longest_wait = timedelta(days=366).total_seconds()


class Fault(Exception):
    """An expression has no value; in a flow it becomes the event `error.template`."""


def clip(text: str) -> str:
    """`text`, cut at 16 kB."""
    if len(text) <= max_text // 4:
        return text
    data = text.encode("utf-8", "replace")
    return text if len(data) <= max_text else data[:max_text].decode("utf-8", "ignore")


def as_text(value: object) -> str:
    """How a value reads: unfilled is empty, a yes_no is `yes` or `no`, a list is joined by commas."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list | tuple):
        return clip(", ".join([as_text(item) for item in value[:1000]]))
    if isinstance(value, Mapping):
        return clip(", ".join([f"{key}: {as_text(item)}" for key, item in list(value.items())[:1000]]))
    return clip(str(value))


def as_json(value: object, depth: int = 0) -> object:
    """`value` as JSON data: moments become ISO text, tuples lists; raises `Fault` for what is no data."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):  # half a surrogate pair is no text: nothing could store it
        plain = value if type(value) is str else str.__str__(value)  # a member of an enum shows its class
        return plain if plain.isascii() else plain.encode("utf-8", "replace").decode()
    if isinstance(value, int):
        if not -largest_number <= value <= largest_number:
            raise Fault("the number is too large")
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise Fault("this is not a number")
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if depth > 20:
        raise Fault("the value is nested too deep")
    if isinstance(value, list | tuple):
        return [as_json(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {str(as_json(str(key))): as_json(item, depth + 1) for key, item in value.items()}
    raise Fault(f"a {type(value).__name__} is no plain data")


_unit_seconds = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_duration = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[smhd]))+", re.ASCII)
_part = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhd])", re.ASCII)


def duration(text: str) -> float:
    """Seconds of `500ms`, `25s`, `5m`, `2h`, `1d`, `1h30m`; a year at most. Raises `ValueError`."""
    compact = text.replace(" ", "")
    if len(compact) > 40 or not _duration.fullmatch(compact):
        raise ValueError(f"`{text[:40]}` is not a duration")
    seconds = sum(float(number) * _unit_seconds[unit] for number, unit in _part.findall(compact))
    if seconds > longest_wait:
        raise ValueError(f"`{text[:40]}` is longer than a year")
    return seconds
