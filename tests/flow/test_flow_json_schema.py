"""The JSON Schema of flow files lets through what the loader does, and refuses what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, ClassVar

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import Field, WithJsonSchema

from botkit.flow.fields import Reading
from botkit.flow.flowfile import FlowFile
from botkit.flow.json_schema import flow_schema
from botkit.flow.manual import verb_section
from botkit.flow.slot_types import slot_types
from botkit.flow.source import check, parse_document
from botkit.flow.steps import Step, verbs
from botkit.flow.steps.base import registry
from botkit.model.errors import UsageError

root = Path(__file__).parents[2]


class _Editor(yaml.CSafeLoader):
    """YAML as editors read it: version 1.2 makes numbers and booleans, and `yes` and dates are text."""


_Editor.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    _Editor.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(_pattern), list(_first))
_Editor.add_constructor("tag:yaml.org,2002:int", lambda _, node: int(str(node.value)))


def seen_by_an_editor(text: str) -> object:
    return _with_text_keys(yaml.load(text, _Editor))


def _with_text_keys(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _with_text_keys(inner) for key, inner in value.items()}
    return [_with_text_keys(item) for item in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = flow_schema(verbs, slot_types)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(json.loads(json.dumps(schema)))


def taken(text: str) -> bool:
    """Whether the loader finds the shape of a file right."""
    reading = Reading(verbs=registry(verbs))
    content, findings = check(parse_document(text, "desk.yaml"), FlowFile, context=reading)
    return content is not None and not [*findings, *reading.findings]


def faults(validator: Draft202012Validator, text: str) -> list[str]:
    return [error.message for error in validator.iter_errors(seen_by_an_editor(text))]


files = sorted(
    file
    for file in [*root.glob("flows/*.yaml"), *root.glob("examples/**/flows/*.yaml")]
    if "plugin" not in file.parts  # it has a verb of its own, and a test of its own
)


@pytest.mark.parametrize("file", files, ids=lambda file: str(file.relative_to(root)))
def test_flows_that_ship_fit(validator: Draft202012Validator, file: Path) -> None:
    assert faults(validator, file.read_text()) == []


@pytest.mark.parametrize("verb", verbs, ids=lambda verb: verb.verb)
def test_the_manuals_flows_fit(validator: Draft202012Validator, verb: type[Step]) -> None:
    fence = verb_section(verb).split("```yaml\n")
    assert [faults(validator, part.partition("```")[0]) for part in fence[1:]] == [[]]


def documented() -> list[str]:
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md"))]
    pages.remove(root / "docs" / "how-to" / "plugins.md")  # likewise
    fences = [part.partition("```")[0] for page in pages for part in page.read_text().split("```yaml\n")[1:]]
    return [fence for fence in fences if fence.startswith("flow:") or "\nflow:" in fence]


@pytest.mark.parametrize("text", documented(), ids=lambda text: text[text.index("flow:") :].splitlines()[0])
def test_flows_in_the_documentation_fit(validator: Draft202012Validator, text: str) -> None:
    assert faults(validator, text) == []


def flow(*steps: str, **parts: str) -> str:
    """A flow with these steps, each in YAML's flow style."""
    head = "".join(f"{name}: {part}\n" for name, part in parts.items())
    return f"flow: desk\n{head}steps:\n" + "".join(f"  - {step}\n" for step in steps)


@pytest.mark.parametrize(
    "text",
    [
        flow("end", "answer", "{end: }", "{answer: }"),
        flow("{say: {call: 1}}", "{say: {call: One., chat: }}", "{end: {chat: Bye.}}"),
        flow("end", languages="[en, de-DE]", language="de-DE"),
        flow(
            "end",
            messages="{a: 1, b: {en: 1, de: Eins}, c: {call: 1, chat: {one: 1, other: 2}}, "
            "d: {en: {one: a, other: b}, de: {call: a, chat: b}}}",
            wording="{apology: Oh., did_you_say: {en: '{{ label }}?', de: '{{ label }}?'}}",
        ),
        flow(
            "{choose: 1, options: {a: {label: {en: 1, de: a}, words: {en: [1], de: []}}}}",
            globals="{repeat: {words: {en: [again], de: [noch mal]}}}",
        ),
        flow("{say: 4711}", "{say: true}", "{end: 1.5}", "{post: 010, to: +4930123}"),
        flow("{choose: 1, options: {north: , south: {}, east: {key: 7, words: [7, true]}}}"),
        flow("{choose: Which?, options: {a: {key: '*'}, b: {key: 00}}, no_input: [], give_up: }"),
        flow("{choose: Which?, options: {a: }, timeout: {call: 8s, chat: }}"),
        flow("{choose: Which?, options: {a: }, prompt: {chat: 5}}"),
        flow("{if: 1, then: [{say: yes}], else: }", "{switch: wish, cases: {1: , true: [end], otherwise: }}"),
        flow("{set: {count: 0, on: false, text: '{{ 1 + 1 }}'}}"),
        flow("{wait: message, timeout: 1h 30m}", "{wait: 500ms}"),
        flow(
            "{record: Speak., only: call, terminator: 1, beep: no, max: 2m}", "{record: Speak., beep: false}"
        ),
        flow("{send_digits: 4711}"),
        flow("end", slots="{pin: {type: digits, length: 4, secret: true}, name: , phone: {length: 6..15}}"),
        flow("end", slots="{people: {type: number, min: 1, max: '20', rows: 2}}"),
        flow("end", flow_version="1", limits="{turns: 5, steps_per_turn: '5'}"),
        flow("end", config="{room: {default: [1, 2], type: list}, host: , on: {type: yes_no, default: yes}}"),
        flow("end", start="[call_incoming, call_incoming: , mention: {words: [1, help]}]"),
        flow("end", when="{error: , error.http.timeout: [end], hangup: [{say: Bye}]}", globals="{repeat: }"),
        flow("{call: ask, outcomes: {done: , otherwise: [end]}}", flows="{ask: {steps: [end]}}"),
    ],
)
def test_what_an_editor_reads_differently_fits(validator: Draft202012Validator, text: str) -> None:
    assert taken(text)
    assert faults(validator, text) == []


@pytest.mark.parametrize(
    "text",
    [
        flow("{say: Hello., barge: keys}"),
        flow("{say: Hello., end: Bye.}"),
        flow("{sai: Hello.}"),
        flow("{id: a, only: call}"),
        flow("say"),
        flow("{say: [Hello.]}"),
        flow("{say: {phone: Hello.}}"),
        flow("{say: {}}"),
        flow("end", languages="en"),
        flow("end", languages="[english]"),
        flow("end", messages="{a: [1]}"),
        flow("end", messages="{a: {one: 1}}"),
        flow("end", messages="{a: {english: 1}}"),
        flow("end", messages="{a: {call: {en: 1}}}"),
        flow("end", wording="{sorry: Oh.}"),
        flow("{say: }"),
        flow("{say: Hello., only: phone}"),
        flow("{choose: Which?}"),
        flow("{choose: Which?, options: {}}"),
        flow("{choose: Which?, options: {a: {keys: 1}}}"),
        flow("{choose: Which?, options: {a: {key: x}}}"),
        flow("{choose: Which?, options: {a b: }}"),
        flow("{choose: Which?, options: {a: }, timeout: 5}"),
        flow("{choose: Which?, options: {a: }, timeout: {phone: 5s}}"),
        flow("{choose: Which?, options: {a: }, barge_in: always}"),
        flow("{collect: name}"),
        flow("{collect: [name], as: table}"),
        flow("{if: x, than: [end]}"),
        flow("{if: x, then: {say: Hello.}}"),
        flow("{if: x, then: [{sai: Hello.}]}"),
        flow("{wait: 5}"),
        flow("{run: price, outcomes: {finished: [end]}}"),
        flow("{run: price, with: [a]}"),
        flow("end", slots="{name: {typ: text}}"),
        flow("end", slots="{name: {type: colour}}"),
        flow("end", slots="{name: {rows: 50}}"),
        flow("end", start="[mentioned]"),
        flow("end", start="[call_incoming: {words: [a]}]"),
        flow("end", when="{hangedup: [end]}"),
        flow("end", flow_version="2"),
        flow("end", stepps="[]"),
        "flow: desk\nsteps: []\n",
        "steps: [end]\n",
    ],
)
def test_near_misses_are_refused(validator: Draft202012Validator, text: str) -> None:
    assert not taken(text)
    assert faults(validator, text)


class Wink(Step):
    """Winks."""

    verb: ClassVar[str] = "wink"
    outcome_names: ClassVar[tuple[str, ...]] = ("seen", "missed")

    wink: Annotated[object, WithJsonSchema({"enum": ["left", "right"]})] = Field(description="Which eye.")
    times: int = Field(1, ge=1, description="How often.")


def test_a_plugins_verb_is_one_of_them() -> None:
    schema = flow_schema([*verbs, Wink], slot_types)
    assert schema["$defs"]["step-wink"] == {
        "description": "Winks.",
        "type": "object",
        "properties": {
            "wink": {"description": "Which eye.", "enum": ["left", "right"]},
            "times": {
                "description": "How often.",
                "type": ["integer", "string"],
                "pattern": r"^[+-]?\d+$",
                "minimum": 1,
            },
            "id": schema["$defs"]["step-say"]["properties"]["id"],
            "only": schema["$defs"]["step-say"]["properties"]["only"],
        },
        "required": ["wink"],
        "additionalProperties": False,
    }
    validator = Draft202012Validator(schema)
    assert faults(validator, flow("{wink: left, times: 2}")) == []
    assert faults(validator, flow("{wink: up}"))


def test_two_verbs_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="wink"):
        flow_schema([*verbs, Wink, Wink], slot_types)


def test_every_option_says_what_it_is_and_takes_no_odd_value() -> None:
    definitions = flow_schema(verbs, slot_types)["$defs"]
    for verb in verbs:
        for name, option in definitions[f"step-{verb.verb}"]["properties"].items():
            assert option.get("description"), f"{verb.verb}: {name}"
            assert option.keys() - {"description"}, f"{verb.verb}: {name} has no shape: give its type one"
