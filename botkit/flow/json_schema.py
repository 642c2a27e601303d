"""The JSON Schema (draft 2020-12) of flow files, made of the classes that read them; plugins' verbs too.

It describes what an editor sees: there YAML makes numbers and booleans of some scalars, which botkit reads
as text, so both are let through wherever a text or a key may stand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from inspect import cleandoc
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from . import fields, request_fields
from .flowfile import EventName, FlowFile, Version, event_names
from .language import Languages
from .messages import MessageTexts, plural_forms
from .options import Described, DialKey
from .own_wording import OwnWording
from .reader import Reader
from .slot_types import SlotType
from .slot_types import registry as type_registry
from .slots import Count, CurrencyCode, ItemClass, Length, SlotClass
from .starts import ByWebhook, StartEntry, StartOptions
from .starts import kinds as start_kinds
from .steps.base import Step, registry
from .steps.recording import Terminators
from .steps.sounding import SoundFile
from .steps.waiting import WaitFor
from .translated import TextByLanguage, WordsByLanguage
from .wordings import meanings

Json = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

_place = "#/$defs/{model}"
_shared = "botkit_shared"
"""Marks what becomes a reference once pydantic, which knows no references but its own, is done."""

_text: Json = {"type": ["string", "number", "boolean"]}
_duration_shape = r"^ *(\d+(\.\d+)? *(ms|[smhd]) *)+$"
_duration: Json = {_shared: "duration"}
_duration_schema: Json = {
    "description": "A number and a unit: `500ms`, `25s`, `5m`, `2h`, `1d`.",
    "type": "string",
    "pattern": _duration_shape,
}
_name_shape = "^[a-zA-Z][a-zA-Z0-9_]{0,39}$"
_name: Json = {"type": "string", "pattern": _name_shape}
_tag_shape = "^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{1,8}){0,7}$"
_id: Json = {"type": ["string", "boolean"], "pattern": "^[a-zA-Z][a-zA-Z0-9_-]{0,39}$"}
_request_shape = rf"^(({'|'.join(request_fields.methods)}) +)?(https?://|\{{\{{)"
_json: Json = {"type": ["object", "array", *_text["type"]]}
_how_many: Json = {"type": ["string", "integer"], "pattern": r"^ *\d+ *(\.\. *\d+ *)?$", "minimum": 1}
_tag: Json = {"type": "string", "pattern": _tag_shape}


def _per_channel(value: Json) -> Json:
    each = {"anyOf": [value, {"type": "null"}]}
    apart = {
        "type": "object",
        "properties": {"call": each, "chat": each},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"description": "One for both channels, or one for each.", "anyOf": [value, apart]}


def _by_language(value: Json, besides: Iterable[str] = ()) -> Json:
    others = f"^(?!({'|'.join(besides)})$)"
    apart = {
        "type": "object",
        "patternProperties": {(others if besides else "") + _tag_shape: value},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {"description": "One for all languages, or one for each.", "anyOf": [value, apart]}


def _message() -> Json:
    forms = dict.fromkeys(plural_forms, _text)
    by_number = {
        "type": "object",
        "properties": forms,
        "required": ["other"],
        "additionalProperties": False,
    }
    said = {"anyOf": [_text, by_number]}
    by_channel = {
        "type": "object",
        "properties": {"call": said, "chat": said},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return _by_language({"anyOf": [_text, by_number, by_channel]}, besides=plural_forms)


def _own_wording() -> Json:
    texts = {name: {"description": meaning.when, **_by_text} for name, meaning in meanings.items()}
    return {"type": "object", "properties": texts, "additionalProperties": False}


def _validator(annotation: object) -> Callable[..., object] | None:
    """The function that reads a value of this type."""
    for inner in get_args(annotation):
        if isinstance(inner, Reader):
            return inner.func
        found = _validator(inner)
        if found is not None:
            return found
    return None


_shapes: Mapping[object, Json] = {
    _validator(annotation): shape
    for annotation, shape in (
        (fields.Text, _text),
        (fields.Expression, _text),
        (fields.Recording, _text),
        (fields.Duration, _duration),
        (fields.ChannelText, {_shared: "channel_text"}),
        (Languages, {"type": "array", "items": _tag, "minItems": 1, "uniqueItems": True}),
        (TextByLanguage, {_shared: "text_by_language"}),
        (WordsByLanguage, {_shared: "words_by_language"}),
        (MessageTexts, {_shared: "message"}),
        (OwnWording, {_shared: "wording"}),
        (fields.ChannelDuration, {_shared: "channel_duration"}),
        (fields.Name, _name),
        (fields.OptionName, _name),
        (fields.Result, _name),
        (fields.SlotName, _name),
        (fields.StepId, _id),
        (fields.GoTo, {"type": ["string", "boolean"]}),
        (request_fields.Request, {"type": "string", "pattern": _request_shape}),
        (request_fields.HeaderName, {"type": "string"}),
        (request_fields.HeaderText, _text),
        (request_fields.Argument, _text),
        (request_fields.Json, _json),
        (fields.Body, {_shared: "body"}),
        (fields.Steps, {_shared: "steps"}),
        (DialKey, {"type": ["string", "integer"], "pattern": "^[0-9*#]{1,8}$", "minimum": 0}),
        (Terminators, {"type": ["string", "integer", "null"], "pattern": "^[0-9*#]*$"}),
        (SoundFile, _text),
        (WaitFor, {"type": "string", "pattern": f"^message$|{_duration_shape}"}),
        (Version, {"enum": [1, "1"]}),
        (EventName, {"type": "string", "pattern": rf"^({'|'.join(event_names)})$|^error\."}),
        (SlotClass, {_shared: "slot_type"}),
        (ItemClass, {_shared: "item_type"}),
        (Length, _how_many),
        (Count, _how_many),
        (CurrencyCode, {"type": "string", "pattern": "^[a-zA-Z]{3}$"}),
    )
}


_by_text = _by_language(_text)


class _Generator(GenerateJsonSchema):
    """Flow files are read from text, so every type is what can be written for it."""

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        return {**super().str_schema(schema), **_text}

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return {**super().int_schema(schema), "type": ["integer", "string"], "pattern": r"^[+-]?\d+$"}

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        pattern = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
        return {**super().float_schema(schema), "type": ["number", "string"], "pattern": pattern}

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        return {"enum": [True, False, "true", "false", "yes", "no", "on", "off"]}

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        return {"enum": _as_written(schema["expected"])}

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return {"enum": _as_written(member.value for member in schema["members"])}

    def function_plain_schema(self, schema: core_schema.PlainValidatorFunctionSchema) -> JsonSchemaValue:
        shape = _shapes.get(schema["function"]["function"])
        return super().function_plain_schema(schema) if shape is None else shape

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        kind = inner.get("type")
        if kind is not None and "enum" not in inner:
            kinds = kind if isinstance(kind, list) else [kind]
            return {**inner, "type": [*kinds, *({"null"} - set(kinds))]}
        if inner.keys() == {"enum"}:
            return {"enum": [*inner["enum"], None]}
        return {"anyOf": [inner, {"type": "null"}]}

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        # A default is a value that was read already; how one would write it stands in the description.
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401  (pydantic's own)
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        if "patternProperties" in made:
            made["additionalProperties"] = False
        return made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        cls: type[BaseModel] = schema["cls"]
        made = super().model_schema(schema)
        made.pop("title", None)
        if issubclass(cls, Described):
            made["type"] = ["object", "null"]
        if issubclass(cls, StartOptions):
            made["type"] = ["object", "null"]
        if issubclass(cls, ByWebhook):
            # A name alone stands for the mapping with it, and one kind for the list of it.
            kind = made["properties"].pop("kind")
            made["properties"]["kind"] = {**kind, "type": [*_text["type"], "array"]}
            return {"anyOf": [_text, made]}
        if issubclass(cls, StartEntry):
            made |= {"minProperties": 1, "maxProperties": 1}
            return {"anyOf": [{"enum": list(start_kinds)}, made]}
        if issubclass(cls, Step):
            _complete(made, cls)
        return made


def _as_written(values: Iterable[object]) -> list[object]:
    """Words, and what YAML makes of those that look like something else."""
    found: list[object] = []
    for value in values:
        for form in (value, yaml.safe_load(value) if isinstance(value, str) else value):
            if isinstance(form, str | int | float) and not any(
                form == known and type(form) is type(known) for known in found
            ):
                found.append(form)
    return found


def _complete(made: Json, cls: type[Step]) -> None:
    """What pydantic cannot know of a verb: that it must be there, and how the step may end."""
    paragraphs = cleandoc(cls.__doc__ or "").split("\n\n")
    made["description"] = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    properties: Json = made["properties"]
    verb_first = sorted(properties, key=lambda name: (name != cls.verb, name in ("id", "only")))
    made["properties"] = properties = {name: properties[name] for name in verb_first}
    made["required"] = sorted({cls.verb, *made.get("required", ())}, key=verb_first.index)
    if cls.outcome_names and "outcomes" in properties:
        bodies = {name: {_shared: "body"} for name in (*cls.outcome_names, "otherwise")}
        outcomes: Json = {"type": "object", "properties": bodies, "additionalProperties": False}
        description = properties["outcomes"].get("description")
        properties["outcomes"] = {"description": description, **outcomes} if description else outcomes


def flow_schema(verbs: Iterable[type[Step]], types: Iterable[type[SlotType]]) -> Json:
    """The schema of flow files that may use these verbs and slot types. Raises `UsageError` when two of them
    clash."""
    known = registry(verbs)
    kinds = type_registry(types)
    definitions: Json = {}
    steps: Json = {}
    for verb, cls in sorted(known.items()):
        made = _schema_of(cls)
        definitions.update(made.pop("$defs", {}))
        steps[f"step-{verb}"] = made
    file = _schema_of(FlowFile)
    definitions.update(file.pop("$defs", {}))
    bare = sorted(verb for verb, cls in known.items() if cls.bare)
    choices = [{"$ref": _place.format(model=name)} for name in steps]
    several: Json = {"type": "array", "items": {"$ref": "#/$defs/step"}}
    shared: Json = {
        "step": {
            "description": "One verb and its options.",
            "anyOf": [*choices, {"description": "A verb that stands alone.", "enum": bare}],
        },
        "steps": {"description": "Steps, at least one.", **several, "minItems": 1},
        "body": {"description": "Steps.", **several, "type": ["array", "null"]},
        "duration": _duration_schema,
        "slot_type": {"anyOf": [_kind(kinds[name]) for name in sorted(kinds)]},
        "item_type": {"enum": sorted(name for name, kind in kinds.items() if "of" not in kind.takes)},
        "channel_text": _per_channel(_text),
        "text_by_language": _by_text,
        "words_by_language": _by_language({"type": "array", "items": _text}),
        "message": _message(),
        "wording": _own_wording(),
        "channel_duration": _per_channel(_duration),
    }
    whole = {
        "$schema": DRAFT,
        "title": "A flow of botkit",
        **file,
        "$defs": {**shared, **steps, **dict(sorted(definitions.items()))},
    }
    resolved = _resolved(whole)
    assert isinstance(resolved, dict)
    return resolved


def step_file_schema(
    title: str, file: type[BaseModel], verbs: Mapping[str, type[BaseModel]], bare: Collection[str]
) -> Json:
    """The schema of another kind of files whose steps have one verb each: `verbs`, of which those in `bare`
    may stand alone. In `file` the type of its steps is `{"botkit_shared": "steps"}`."""
    definitions: Json = {}
    steps: Json = {}
    for verb, cls in sorted(verbs.items()):
        made = _schema_of(cls)
        definitions.update(made.pop("$defs", {}))
        steps[f"step-{verb.replace(' ', '-')}"] = {**made, "required": [verb]}
    whole_file = _schema_of(file)
    definitions.update(whole_file.pop("$defs", {}))
    choices = [{"$ref": _place.format(model=name)} for name in steps]
    alone = {"description": "A verb that stands alone.", "enum": sorted(bare)}
    shared: Json = {
        "step": {"description": "One verb and its options.", "anyOf": [*choices, alone]},
        "steps": {
            "description": "Steps, at least one.",
            "type": "array",
            "items": {"$ref": "#/$defs/step"},
            "minItems": 1,
        },
        "duration": _duration_schema,
    }
    definitions = {**shared, **steps, **dict(sorted(definitions.items()))}
    resolved = _resolved({"$schema": DRAFT, "title": title, **whole_file, "$defs": definitions})
    assert isinstance(resolved, dict)
    return resolved


def _kind(kind: type[SlotType]) -> Json:
    return {"const": kind.name, "description": cleandoc(kind.__doc__ or "")}


def _schema_of(cls: type[BaseModel]) -> Json:
    return cls.model_json_schema(ref_template=_place, schema_generator=_Generator)


def _resolved(part: object) -> object:
    """`part` with references where they were marked."""
    if isinstance(part, list):
        return [_resolved(item) for item in part]
    if not isinstance(part, dict):
        return part
    return {
        ("$ref" if name == _shared else name): (
            _place.format(model=inner) if name == _shared else _resolved(inner)
        )
        for name, inner in part.items()
    }
