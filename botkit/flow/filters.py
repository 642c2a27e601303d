"""The filters a template may use: plain functions from data to data, none of which can grow without bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .values import as_text, clip, largest_number, max_text

Filter = Callable[..., object]


def _items(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, Mapping):
        return list(value)
    if isinstance(value, str):
        return list(value[:1000])
    raise TypeError("it needs a list")


def _default(value: object, instead: object = "") -> object:
    return instead if value is None or value == "" else value


def _join(value: object, separator: object = ", ") -> str:
    between = as_text(separator)[:100]
    return clip(between.join([clip(as_text(item)) for item in _items(value)[:1000]]))


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | list | tuple | Mapping) else len(as_text(value))


def _replace(value: object, old: object, new: object) -> str:
    text, old_text, new_text = clip(as_text(value)), as_text(old), as_text(new)[:1000]
    # What more replacements would bring lies behind the cut.
    most = max_text // max(len(new_text), 1) + 1
    return clip(text.replace(old_text, new_text, most)) if old_text else text


def _number(value: object) -> int | float:
    text = as_text(value).strip()[:20]
    number = int(text) if text.lstrip("+-").isdigit() else float(text)
    if not -largest_number <= number <= largest_number:
        raise ValueError("it is no number, or too large")
    return number


def _round(value: object, digits: object = 0) -> int | float:
    places = max(0, min(6, int(_number(digits))))
    return round(_number(value), places) if places else round(_number(value))


filters: Mapping[str, Filter] = {
    "abs": lambda value: abs(_number(value)),
    "capitalize": lambda value: as_text(value).capitalize(),
    "default": _default,
    "first": lambda value: next(iter(_items(value)), None),
    "join": _join,
    "last": lambda value: next(reversed(_items(value)), None),
    "length": _length,
    "lower": lambda value: as_text(value).lower(),
    "number": _number,
    "replace": _replace,
    "round": _round,
    "spaced": lambda value: clip(" ".join(as_text(value)[:1000])),
    "sort": lambda value: sorted(_items(value), key=as_text),
    "text": as_text,
    "title": lambda value: as_text(value).title(),
    "trim": lambda value: as_text(value).strip(),
    "upper": lambda value: as_text(value).upper(),
}
"""`{{ value | name }}`. `spaced` puts blanks between characters: a voice then reads digit by digit."""
