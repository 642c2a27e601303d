"""`botkit schema`."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from tests.cli.commands import Cli

VERB = """

from typing import ClassVar

from pydantic import Field

from botkit import hook
from botkit.flow.slot_types import SlotType
from botkit.flow.steps import Step


class Eye(SlotType):
    '''An eye.'''

    name = "eye"
    hints = {"en": "left or right"}
    value = "Which one."
    answers = ("left",)


@hook
def register_slot_types():
    return [Eye]


class Wink(Step):
    '''Winks.'''

    verb: ClassVar[str] = "wink"

    wink: str = Field(description="Which eye.")


@hook
def register_steps():
    return [Wink]
"""


def test_it_is_a_schema(cli: Cli) -> None:
    outcome = cli("schema")
    assert (outcome.code, outcome.err) == (0, "")
    schema = json.loads(outcome.out)
    Draft202012Validator.check_schema(schema)
    assert "step-say" in schema["$defs"]


def test_with_its_bot_its_verbs_and_types_are_in_it(cli: Cli, bot_folder: Path) -> None:
    handlers = bot_folder / "handlers.py"
    handlers.write_text(handlers.read_text() + VERB)
    outcome = cli("schema", "--bot", bot_folder / "bot.yaml")
    assert outcome.code == 0, outcome.err
    definitions = json.loads(outcome.out)["$defs"]
    assert definitions["step-wink"]["description"] == "Winks."
    assert {"const": "eye", "description": "An eye."} in definitions["slot_type"]["anyOf"]


def test_a_bot_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("schema", "--bot", tmp_path / "bot.yaml")
    assert outcome.code == 2
    assert "bot.yaml" in outcome.err
    assert "Traceback" not in outcome.err
