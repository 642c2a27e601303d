"""The manual of verbs says what the classes say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from botkit.flow.asking import Asking
from botkit.flow.filters import filters
from botkit.flow.flowfile import ConfigItem, FlowFile, Global, InnerFlow, Limits
from botkit.flow.manual import slot_type_section, start_section, verb_section
from botkit.flow.options import Option
from botkit.flow.saying import sayings
from botkit.flow.slot_types import slot_types
from botkit.flow.slots import Slot
from botkit.flow.starts import kinds
from botkit.flow.steps import verbs

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "verbs.md").read_text(encoding="utf-8")

STARTS = (Path(__file__).parents[2] / "docs" / "reference" / "starts.md").read_text(encoding="utf-8")

SLOTS = (Path(__file__).parents[2] / "docs" / "reference" / "slots.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("cls", verbs, ids=lambda cls: cls.verb)
def test_every_verb_and_option_is_described(cls) -> None:
    assert verb_section(cls) in PAGE
    assert cls.__doc__
    for name, field in cls.model_fields.items():
        assert field.description, name


@pytest.mark.parametrize("cls", verbs, ids=lambda cls: cls.verb)
def test_every_example_loads_and_shows_its_verb(cls, load) -> None:
    flows = load(cls.example, beside=re.findall(r"# (\S+) stands beside this file", cls.example))
    used = {op.step.verb for flow in flows.flows.values() for op in flow.ops}
    assert cls.verb in used


@pytest.mark.parametrize("cls", [FlowFile, Slot, Option, Global, ConfigItem, InnerFlow, Asking, Limits])
def test_every_key_of_a_file_is_described(cls) -> None:
    for name, field in cls.model_fields.items():
        assert f"| `{field.alias or name}` | {field.description} |" in PAGE


@pytest.mark.parametrize("name", kinds)
def test_every_start_is_described(name: str) -> None:
    assert start_section(name) in STARTS


def test_every_filter_is_named() -> None:
    assert set(re.findall(r"`(\w+)`", PAGE.partition("Filters: ")[2].partition(".")[0])) == {
        *filters,
        *sayings,
    }


@pytest.mark.parametrize("cls", slot_types, ids=lambda cls: cls.name)
def test_every_slot_type_is_described(cls) -> None:
    assert slot_type_section(cls) in SLOTS


def test_nothing_is_described_that_is_no_slot_type() -> None:
    assert set(re.findall(r"^## (\w+)$", SLOTS, re.MULTILINE)) == {cls.name for cls in slot_types}
