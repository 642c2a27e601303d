"""Every class that is stored comes back as it was; found by walking the modules, so none is forgotten."""

from __future__ import annotations

import importlib
import json
import pkgutil
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import MappingProxyType, NoneType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

import botkit.model
from botkit.model import codec
from botkit.model.events import ConnectionChanged, ConnectionState
from botkit.model.inputs import RunFinished, TextReceived

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**53), 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    object: JSON,
    NoneType: st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def stored_classes() -> dict[str, type]:
    """What the model defines and a store may be given."""
    kinds = typing.get_args(typing.get_type_hints(codec.dump)["value"])
    found: dict[str, type] = {}
    for module_info in pkgutil.iter_modules(botkit.model.__path__):
        module = importlib.import_module(f"botkit.model.{module_info.name}")
        for name, value in vars(module).items():
            own = isinstance(value, type) and value.__module__ == module.__name__
            if own and issubclass(value, kinds):
                found[name] = value
    return found


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value that a field with this annotation may hold."""
    if hint in PLAIN:
        return PLAIN[hint]
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
        return st.tuples(*map(values_of, arguments))
    if typing.get_origin(hint) is Mapping:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    if arguments:
        return st.one_of(*map(values_of, arguments))
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return records_of(hint)


def records_of(cls: Any) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{name: values_of(hints[name]) for name in names_of(cls)})


def names_of(cls: Any) -> tuple[str, ...]:
    if is_dataclass(cls):
        return tuple(field.name for field in fields(cls))
    assert issubclass(cls, Struct), f"{cls} is stored, but not of a kind that this test knows"
    return cls.__struct_fields__


STORED = stored_classes()


def test_the_codec_knows_every_class_that_is_stored() -> None:
    assert len(STORED) > 25
    assert set(STORED) <= codec.names()


@pytest.mark.parametrize("name", sorted(STORED))
def test_it_round_trips(name: str) -> None:
    @settings(max_examples=20, deadline=None)
    @given(values_of(STORED[name]))
    def check(value: Any) -> None:
        data = codec.dump(value)
        back = codec.load(data)
        assert json.loads(data)[0] == name
        assert type(back) is STORED[name]
        assert back == value

    check()


def test_a_time_comes_back_aware_and_as_the_same_instant() -> None:
    berlin = datetime(2026, 3, 2, 13, 0, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    event = ConnectionChanged(event_id="c", at=berlin, state=ConnectionState.READY)
    back = codec.load(codec.dump(event))
    assert isinstance(back, ConnectionChanged)
    assert back.at == berlin
    assert back.at.utcoffset() is not None


def test_a_row_of_a_later_version_with_a_field_more_is_still_read() -> None:
    assert codec.load('["TextReceived", {"text": "hi", "mood": "good"}]') == TextReceived(text="hi")


def test_what_is_derived_from_plain_data_is_stored_as_that() -> None:
    class Placed(str):
        __slots__ = ()

    class Lines(list[str]):
        pass

    value = {Placed("a"): MappingProxyType({"b": Lines([Placed("c")])}), "d": (1, True, None)}
    back = codec.load(codec.dump(RunFinished(effect_id=Placed("x"), value=value)))
    assert back == RunFinished(effect_id="x", value={"a": {"b": ["c"]}, "d": [1, True, None]})


def test_what_is_no_data_is_not_stored() -> None:
    with pytest.raises(TypeError, match="object"):
        codec.dump(RunFinished(effect_id="x", value=object()))


@pytest.mark.parametrize(
    "data",
    [
        "",
        "nonsense",
        "{}",
        '["TextReceived"]',
        '["Unknown", {}]',
        '["Secret", {}]',
        '["TextReceived", {}]',
        '["TextReceived", {"text": 1}]',
        '["TextReceived", null]',
        "[[], {}]",
        b"\xff\xfe",
    ],
)
def test_what_was_not_stored_is_refused(data: str | bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        codec.load(data)
