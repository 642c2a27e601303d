"""Generated flows and inputs. Every verb is in them, a new one by the steps of its own example.

Strategies are kept: to make them takes longer than to draw from them.
"""

from __future__ import annotations

import tempfile
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from enum import Enum
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from botkit.flow.engine import FlowSet
from botkit.flow.loader import FlowFileError, load_flows
from botkit.flow.source import parse_document
from botkit.flow.steps import verbs
from botkit.flow.steps.base import Step
from botkit.model import inputs
from botkit.model.inputs import DeadlineReached, Input
from botkit.model.session import Session

texts = st.sampled_from(
    [
        "Hello.",
        "{{ n }}",
        "{{ n + 1 }}",
        "{{ name.x }}",
        "{{ w or name }}",
        "{{ user.name }}",
        "{{ r }}",
        "{{ now }}",
    ]
)
expressions = st.sampled_from(["n > 1", "name", "w", "not w", "r.x", "n + name", "w == 'red'", "call.id"])
ids = st.sampled_from(["top", "middle", "end"])

SLOTS: dict[str, dict[str, object]] = {
    "name": {"ask": "Name?"},
    "n": {"type": "number", "ask": "How many?", "max": "99"},
    "pin": {"type": "digits", "length": "2..4", "ask": "PIN, {{ name }}?"},
    "ok": {"type": "yes_no", "ask": "OK?"},
    "size": {"type": "choice", "ask": "Size?", "options": {"small": {}, "large": {"key": "5"}}},
    "day": {"type": "date", "ask": "Day, not {{ day | date }}?"},
    "code": {"type": "spelling", "secret": "true", "ask": "Code?"},
}
slots = st.sampled_from(sorted(SLOTS))
some_slots = st.lists(slots, min_size=1, max_size=3, unique=True)

NodeDict = dict[str, Any]


def plain(node: object) -> Any:
    """A located tree without its places."""
    if isinstance(node, list):
        return [plain(item) for item in node]
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    return None if node is None else str(node)


@cache
def example(cls: type[Step]) -> NodeDict:
    """The flow that shows a verb."""
    found: NodeDict = plain(parse_document(cleandoc(cls.example), cls.verb))
    return found


@cache
def examples_of(cls: type[Step]) -> list[NodeDict]:
    """The steps of a verb in its own example, as plain data; their jumps lead to steps that there are."""
    found: list[NodeDict] = []

    def look(node: object) -> None:
        if node == cls.verb and cls.bare:
            found.append({cls.verb: None})
        if isinstance(node, list):
            for item in node:
                look(item)
        elif isinstance(node, dict):
            if cls.verb in node and not isinstance(node.get("type"), str):
                found.append({key: value for key, value in node.items() if key not in ("id", "only")})
            for value in node.values():
                look(value)

    document = example(cls)
    for part in (document, *document.get("flows", {}).values()):
        look(part["steps"])
    return [_with_known_jumps(step) for step in found]


def _with_known_jumps(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_known_jumps(item) for item in node]
    if isinstance(node, dict):
        return {
            key: "end" if key == "go" else _with_known_jumps(value)
            for key, value in node.items()
            if key != "id"
        }
    return node


@cache
def around(cls: type[Step]) -> NodeDict:
    """What the example of a verb needs beside its steps."""
    document = example(cls)
    parts = {key: document.get(key, {}) for key in ("config", "slots", "flows", "messages")}
    return {key: value for key, value in parts.items() if isinstance(value, dict)}


def special() -> dict[str, st.SearchStrategy[NodeDict]]:
    """Steps with more variety than the examples have."""
    few = st.lists(st.sampled_from([{"say": "So {{ n }}."}, {"end": None}]), max_size=1)
    return {
        "say": st.builds(lambda t: {"say": t}, texts | st.just("<speak>Hello {{ name }}<break/></speak>")),
        "post": st.builds(
            lambda t, f: {"post": t, "to": "x", "files": f}, texts, st.sampled_from([[], ["voice"]])
        ),
        "go": st.builds(lambda i: {"go": i}, ids),
        "set": st.builds(lambda t: {"set": {"w": t, "n": t}}, texts),
        "call": st.just({"call": "inner"}),
        "run": st.just({"run": "f", "into": "r", "with": {"a": "{{ n }}"}}),
        "end": st.just({"end": "Bye {{ name }}"}),
        "record": st.builds(lambda r: {"record": "Speak.", "review": str(r), "into": "voice"}, st.booleans()),
        "record_call": st.builds(
            lambda s: {"record_call": s, **({"into": "voice"} if s == "on" else {})},
            st.sampled_from(["on", "pause", "off"]),
        ),
        "send_digits": st.builds(lambda t: {"send_digits": t}, st.sampled_from(["12#,,3", "{{ pin }}"])),
        "dial": st.builds(
            lambda o: {"dial": "ann", "flow": "inner", "into": "r", "outcomes": {o: []}},
            st.sampled_from(["answered", "busy", "otherwise"]),
        ),
        "transfer": st.builds(
            lambda o, b: {"transfer": "{{ name or 'ann' }}", "outcomes": {o: b}},
            st.sampled_from(["accepted", "busy", "no_answer", "otherwise"]),
            few,
        ),
        "confirm": st.builds(
            lambda s, b: {"confirm": "Right, {{ n }}?", "slots": s, "no": b}, some_slots, few
        ),
        "answer": st.just({"answer": None}),
        "decline": st.builds(lambda c: {"decline": c}, st.sampled_from(["busy", "rejected"])),
        "wait": st.builds(lambda w: {"wait": w}, st.sampled_from(["1m", "2h", "message"])),
        "collect": st.builds(
            lambda s, a, f: {"collect": s, "again": str(a).lower(), "as": f},
            some_slots,
            st.booleans(),
            st.sampled_from(["form", "questions"]),
        ),
        "choose": st.builds(
            lambda i, g: {"choose": "Which?", "options": {"red": {"go": i}, "blue": {}}, "into": "w", **g},
            ids,
            st.sampled_from([{}, {"no_match": [], "give_up": []}]),
        ),
    }


@cache
def leaves() -> st.SearchStrategy[NodeDict]:
    """One step of each verb."""
    known = special()
    of_verbs = []
    for cls in verbs:
        if cls.verb in (
            "if",
            "switch",
            "play",
        ):  # they have bodies of their own below; a file beside the flow
            continue
        found = examples_of(cls)
        shown = st.sampled_from(found) if found else st.nothing()
        of_verbs.append(st.one_of(known[cls.verb], known[cls.verb], shown) if cls.verb in known else shown)
    return st.one_of(*of_verbs, st.just({"play": "welcome.wav"}))


@cache
def bodies(depth: int) -> st.SearchStrategy[list[NodeDict]]:
    """Steps, and steps in them."""
    if depth == 0:
        return st.lists(leaves(), max_size=3)
    inner = bodies(depth - 1)
    nested = st.one_of(
        leaves(),
        st.builds(lambda e, a, b: {"if": e, "then": a, "else": b}, expressions, inner, inner),
        st.builds(
            lambda e, a, b: {"switch": e, "cases": {"red": a, "otherwise": b}}, expressions, inner, inner
        ),
        st.builds(
            lambda n, a: {"repeat": n, "as": "n", "steps": [{"say": "{{ n }}"}, *a]},
            st.sampled_from(["2", "5"]),
            inner,
        ),
    )
    only = st.sampled_from([{}, {}, {}, {"only": "chat"}, {"only": "call"}])
    return st.lists(st.builds(lambda a, b: {**a, **b}, nested, only), min_size=1, max_size=4)


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes nothing for None, as people do."""

    def ignore_aliases(self, data: object) -> bool:
        return True


_Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))


def as_yaml(document: NodeDict) -> str:
    """The text of a flow file."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


@st.composite
def flow_texts(draw: st.DrawFn) -> str:
    """A flow file. Its names are inputs, so that none of them needs to be filled first."""
    steps = draw(bodies(2))
    for name in ("top", "middle", "end"):
        place = draw(st.integers(0, len(steps)))
        steps.insert(place, {"id": name, "say": name})
    events = st.sampled_from(["hangup", "error", "no_input", "no_match", "cancelled"])
    when = draw(st.dictionaries(events, bodies(1), max_size=3))
    document: NodeDict = {
        "flow": "main",
        "config": {},
        "slots": dict(SLOTS),
        "globals": {"stop": {"key": "0", "go": "end"}, "repeat": {"key": "#"}, "cancel": {"key": "*"}},
        "limits": {"steps_per_turn": "50", "turns": "30"},
        "when": when,
        "steps": steps,
        "flows": {
            "inner": {"steps": [{"set": {"r": "", "w": ""}}, {"say": "inner {{ n }}"}, {"collect": ["name"]}]}
        },
    }
    names: set[str] = {"w", "r", "voice", *SLOTS}
    used = set(keys_in([steps, when]))
    for cls in verbs:
        if cls.verb not in used:
            continue
        for part, found in around(cls).items():
            for name, value in found.items():
                document.setdefault(part, {}).setdefault(name, _with_known_jumps(value))
        names |= set(around(cls).get("slots", {})) | _results(examples_of(cls))
    names -= set(document["config"])
    document["inputs"] = sorted(names)
    return as_yaml(document)


def keys_in(node: object) -> Iterator[str]:
    """All keys of all mappings, a step's verb among them."""
    if isinstance(node, list):
        for item in node:
            yield from keys_in(item)
    elif isinstance(node, dict):
        yield from node
        for value in node.values():
            yield from keys_in(value)


def _results(node: object) -> set[str]:
    if isinstance(node, list):
        return {name for item in node for name in _results(item)}
    if not isinstance(node, dict):
        return set()
    own = {node[key] for key in ("into", "as") if isinstance(node.get(key), str)} - {"form", "questions"}
    own |= set(node["set"]) if isinstance(node.get("set"), dict) else set()
    return own | {name for value in node.values() for name in _results(value)}


def loaded(text: str) -> FlowSet | None:
    """None when it has findings."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "flow.yaml"
        path.write_text(text, encoding="utf-8")
        (path.parent / "welcome.wav").touch()
        with suppress(FlowFileError):
            return load_flows([path])
    return None


words = st.sampled_from(
    ["red", "blue", "yes", "no", "12", "7", "Ann", "stop", "repeat", "cancel", "", "x" * 5000, "{{"]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
form_values = st.dictionaries(
    st.sampled_from(["choice", "answer", "name", "n", "pin", "ok", "size", "send"]), words, max_size=5
)


def value_of(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of the type of a field of an input."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(value_of, arguments))
    if origin is tuple:
        return st.lists(value_of(arguments[0]), max_size=2).map(tuple)
    if origin in (dict, Mapping) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return form_values if arguments[1] is str else st.dictionaries(words, json_values, max_size=3)
    if kind is object:
        return json_values
    if isinstance(kind, type) and issubclass(kind, Struct):
        return any_of(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: words,
        bool: st.booleans(),
        int: st.integers(-1, 5),
        float: st.sampled_from([0.0, 0.1, 0.9, 30.0]),
        types.NoneType: st.none(),
    }
    return simple[kind]


@cache
def any_of(cls: type[Struct]) -> st.SearchStrategy[Any]:
    """Any instance of a struct."""
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{name: value_of(hints[name]) for name in cls.__struct_fields__})


INPUTS = sorted(
    (
        cls
        for cls in vars(inputs).values()
        if isinstance(cls, type) and issubclass(cls, Input) and cls is not Input
    ),
    key=lambda cls: cls.__name__,
)
BY_WAIT = {
    "ask": ("KeysCollected", "SpeechHeard", "TextReceived", "FormReceived"),
    "run": ("RunFinished",),
    "http": ("HttpFinished",),
    "conversation_webhook": ("ConversationWebhookChanged",),
    "record": ("Recorded",),
    "call_recording": ("CallRecorded",),
    "recording_read": ("CallRecorded",),
    "call": ("CallFinished",),
    "each": ("ChildFinished",),
    "queue": ("QueueMoved", "QueueTurn"),
    "message": ("TextReceived",),
    "time": ("DeadlineReached",),
}
"""What mostly ends a wait; anything else may come as well."""


@st.composite
def an_input(draw: st.DrawFn, session: Session) -> tuple[Input, timedelta]:
    """What comes next, and how much later: mostly what the session waits for."""
    wait = session.state.get("wait")
    wait = wait if isinstance(wait, dict) else {}
    fitting = BY_WAIT.get(str(wait.get("kind")), ())
    known = [cls for cls in INPUTS if cls.__name__ in fitting]
    cls = draw(st.sampled_from(known if known and draw(st.integers(0, 2)) else INPUTS))
    event = draw(any_of(cls))
    names = cls.__struct_fields__
    if "effect_id" in names:
        event = replace(event, effect_id=str(wait.get("id")) if draw(st.integers(0, 9)) else "other")
    if "form_id" in names:
        event = replace(event, form_id=session.form_id or "gone")
    late = isinstance(event, DeadlineReached) and draw(st.booleans())
    return event, timedelta(days=2) if late else timedelta(seconds=draw(st.integers(0, 7200)))
