"""A located tree to a pydantic model, each fault a finding at its own place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from botkit.model.findings import Finding

from .document import DocumentError, Location, Mapping, Node, Scalar, Sequence, did_you_mean

Model = TypeVar("Model", bound=BaseModel)

closed = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)
"""For what files say: no other keys, and it stays as it was read. What reads it is built when it is first
needed: for all verbs together that takes long, and a bot has a few of them."""

_bounds = {
    "greater_than_equal": "{} or more",
    "greater_than": "more than {}",
    "less_than_equal": "{} or less",
    "less_than": "less than {}",
}
"""Pydantic's type of error -> what to write, with the limit."""
_expected = {
    "string_type": "text",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "bool_parsing": "`true` or `false`",
    "bool_type": "`true` or `false`",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "nothing",
}


def validate(node: Node, model: type[Model], *, context: object = None) -> Model:
    """`node` as `model`; `context` reaches its validators. Raises `DocumentError` with every fault.

    The model should forbid extras; a validator that refuses may raise `refusal(...)` to give its own
    remedy. Errors of one place are told once (a union gives one for each member). `node` is not None.
    """
    made, findings = check(node, model, context=context)
    if made is None:
        raise DocumentError(findings)
    return made


def check(node: Node, model: type[Model], *, context: object = None) -> tuple[Model | None, list[Finding]]:
    """Like `validate`, but hands the findings back (none when a model comes)."""
    try:
        return model.model_validate(node, context=context), []
    except ValidationError as error:
        findings: dict[tuple[int, int, str], Finding] = {}
        faults = error.errors(include_url=False)
        for details in faults:
            if details["type"] == "too_short" and any(_inside(other, details) for other in faults):
                continue  # it is short only because its items were refused
            finding = _finding(details, node, model)
            findings.setdefault((finding.place.line, finding.place.column, finding.code), finding)
        return None, list(findings.values())


def _inside(inner: ErrorDetails, outer: ErrorDetails) -> bool:
    size = len(outer["loc"])
    return len(inner["loc"]) > size and inner["loc"][:size] == outer["loc"]


def refusal(message: str, remedy: str, code: str = "wrong-value") -> PydanticCustomError:
    """What a validator raises: a sentence about the value, a remedy, a documented finding code."""
    return PydanticCustomError("refusal", "{message}", {"message": message, "remedy": remedy, "code": code})


def _finding(details: ErrorDetails, root: Node, model: type[BaseModel]) -> Finding:
    kind, path = details["type"], details["loc"]
    if kind == "extra_forbidden":
        owner, _ = _walk(root, path[:-1])
        name = str(path[-1])
        at = owner.key_at(name) if isinstance(owner, Mapping) else _place(root)
        remedy = did_you_mean(name, _keys(model, path[:-1]))
        return at.finding("unknown-key", f"`{name}` is not known here.", remedy)
    node, at = _walk(root, path)
    if path[-1:] == ("[key]",):
        # It is the key itself that is wrong, and its value may begin lines below.
        owner, _ = _walk(root, path[:-2])
        at = owner.key_at(str(path[-2])) if isinstance(owner, Mapping) else at
    if kind == "missing":
        name = str(path[-1])
        remedy = f"Add `{name}: ...`{_meaning(model, path)}."
        return at.finding("missing-key", f"`{name}` is missing.", remedy)
    if kind == "refusal":
        context = details.get("ctx", {})
        return at.finding(context["code"], context["message"], context["remedy"])
    if kind in _expected:
        message = f"{_show(node)} stands where {_expected[kind]} belongs."
        return at.finding("wrong-value", message, _correct(kind))
    if kind in ("enum", "literal_error"):
        expected = str(details.get("ctx", {}).get("expected", ""))
        words = [word.strip("'\" ") for word in expected.replace(" or ", ",").split(",")]
        if node is None:
            return at.finding("wrong-value", "Nothing stands here.", did_you_mean("", words))
        message = f"{_show(node)} is not known here."
        return at.finding("wrong-value", message, did_you_mean(str(node), words))
    if kind in _bounds:
        wanted, bound = _bounds[kind], details.get("ctx", {})
        limit = next(str(bound[key]) for key in ("ge", "gt", "le", "lt") if key in bound)
        return at.finding("wrong-value", f"{_show(node)} is out of bounds.", f"Write {wanted.format(limit)}.")
    if kind in ("too_short", "too_long"):
        bound = details.get("ctx", {})
        few, limit = ("few", "min_length") if kind == "too_short" else ("many", "max_length")
        word = "or more" if kind == "too_short" else "at most"
        return at.finding(
            "wrong-value", f"{_show(node)} has too {few} entries.", f"Write {bound[limit]} {word}."
        )
    message = details["msg"].removeprefix("Value error, ").rstrip(".")
    return at.finding("wrong-value", f"{_show(node)}: {message}.", "Correct the value.")


def _correct(kind: str) -> str:
    if kind in ("list_type", "tuple_type"):
        return "Write `[one, two]`, or one `- item` a line."
    if kind == "none_required":
        return "Leave it out."
    mapping = kind.startswith(("dict", "model"))
    return "Write indented lines `key: value`." if mapping else "Correct the value."


def _show(node: Node) -> str:
    if node is None:
        return "Nothing"
    if isinstance(node, Scalar):
        return f"`{node if len(node) <= 60 else node[:60] + '...'}`"
    return "A list" if isinstance(node, Sequence) else "A mapping"


def _place(node: Node) -> Location:
    assert node is not None
    return node.at


def _walk(root: Node, path: tuple[int | str, ...]) -> tuple[Node, Location]:
    """The node that `path` leads to and its place, as far as it can be followed (unions add own tags)."""
    node, at = root, _place(root)
    for part in path:
        inner: Node
        if isinstance(node, Mapping) and isinstance(part, str) and part in node:
            at = node.key_at(part)
            inner = node[part]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node):
            inner = node[part]
        else:
            continue
        node = inner
        at = at if inner is None else inner.at
    return node, at


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    for inner in get_args(annotation):
        yield from _models(inner)
    if not get_args(annotation) and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation


def _owners(model: type[BaseModel], path: tuple[int | str, ...]) -> list[type[BaseModel]]:
    """The models that describe the mapping at `path`."""
    owners = [model]
    for part in path:
        found = [
            inner
            for owner in owners
            for name, field in owner.model_fields.items()
            if part in (name, field.alias)
            for inner in _models(field.annotation)
        ]
        owners = found or owners
    return owners


def _keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    owners = _owners(model, path)
    return [field.alias or name for owner in owners for name, field in owner.model_fields.items()]


def _meaning(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    for owner in _owners(model, path[:-1]):
        for name, field in owner.model_fields.items():
            if path[-1] in (name, field.alias) and field.description:
                return f" ({field.description.rstrip('.')})"
    return ""
