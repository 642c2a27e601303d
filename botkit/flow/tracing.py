"""What a step reads and fills, found in its fields: so a plugin's verb is followed like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import get_args

from pydantic import BaseModel

from .fields import PlacedStep, Result, Target
from .templates import Template

_plain = (str, bool, int, float, Target)
"""Most options are one of these."""


def templates_in(value: object) -> Iterator[Template]:
    """The texts and expressions in a step's options; those of the steps inside it are their own affair."""
    if isinstance(value, Template):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if inner is not None and type(inner) not in _plain:
                yield from templates_in(inner)
    elif isinstance(value, list | tuple):
        if value and type(value[0]) is not PlacedStep:
            for item in value:
                yield from templates_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from templates_in(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from templates_in(getattr(value, field.name))


def results_of(step: BaseModel) -> Iterator[str]:
    """The names in a step's options that are written as `Result`."""
    for field in _result_fields(type(step)):
        value = getattr(step, field)
        if isinstance(value, str):
            yield value
        elif value is not None:
            yield from value


@lru_cache(maxsize=256)
def _result_fields(cls: type[BaseModel]) -> tuple[str, ...]:
    (marker,) = get_args(Result)[1:]
    return tuple(
        name
        for name, field in cls.model_fields.items()
        if marker in field.metadata or _holds(field.annotation, marker)
    )


def _holds(annotation: object, marker: object) -> bool:
    return any(part is marker or _holds(part, marker) for part in get_args(annotation))
