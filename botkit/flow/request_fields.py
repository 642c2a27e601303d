"""Types of options that say what goes to a server, or to a handler, secrets among it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias, TypeVar

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from .document import Location, Scalar
from .expressions import Refused, Scope, Values, plain
from .fields import Reading, text_of
from .reader import Reader
from .secret_texts import Header, SecretMisplaced, compile_argument, compile_header
from .templates import Template, compile_text
from .urls import compile_url
from .validation import refusal
from .values import as_json

T = TypeVar("T")

methods = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_header_name = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}", re.ASCII)
_not_to_set = frozenset(
    {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding", "Te"}
)
"""Headers that belong to the connection."""
_deepest = 20


@dataclass(frozen=True, slots=True)
class RequestLine:
    """What is asked of which server."""

    method: str
    url: Template


def _compiled(
    value: object,
    info: ValidationInfo,
    compile_source: Callable[[str, Location | None, Scope], T],
    code: str = "bad-template",
) -> T:
    source = text_of(value, "a text")
    at = value.at if isinstance(value, Scalar) else None
    scope = info.context.scope if isinstance(info.context, Reading) else plain
    try:
        return compile_source(source, at, scope)
    except SecretMisplaced as refused:
        raise refusal(str(refused), refused.remedy, "secret-not-here") from None
    except Refused as refused:
        raise refusal(str(refused), refused.remedy, code) from None


def _note(info: ValidationInfo, text: Template | None, secrets: Sequence[str], value: object) -> None:
    """What is read, for the checks of the whole file."""
    if isinstance(info.context, Reading):
        at = value.at if isinstance(value, Scalar) else None
        info.context.secrets += [(name, at) for name in secrets]
        if text is not None:
            info.context.templates.append(text)


def _request_line(value: object, info: ValidationInfo) -> RequestLine:
    if isinstance(value, RequestLine):
        return value
    source = text_of(value, "a URL")
    method, _, url = source.strip().partition(" ")
    if not method.isalpha():
        method, url = "GET", source.strip()
    elif method not in methods:
        raise refusal(f"`{method[:40]}` is no method.", f"There are: {', '.join(methods)}.")
    at = value.at if isinstance(value, Scalar) else None
    placed = Scalar.of(url.strip(), at) if at is not None else url.strip()
    template = _compiled(placed, info, compile_url, "bad-url")
    _note(info, template, (), placed)
    return RequestLine(method, template)


def _checked_header_name(value: object) -> str:
    name = text_of(value, "a header's name")
    if not _header_name.fullmatch(name) or name.title() in _not_to_set:
        raise refusal(f"`{name[:40]}` is no header that can be set.", "Leave it out.", "bad-header")
    return name


def _header(value: object, info: ValidationInfo) -> Header:
    if isinstance(value, Header):
        return value
    header = _compiled(value, info, compile_header)
    _note(info, header.text, header.secrets, value)
    return header


def _argument(value: object, info: ValidationInfo) -> Template | SecretName:
    if isinstance(value, Template | SecretName):
        return value
    argument = _compiled(value, info, compile_argument)
    if isinstance(argument, str):
        _note(info, None, (argument,), value)
        return SecretName(argument)
    _note(info, argument, (), value)
    return argument


class SecretName(str):
    """A secret of bot.yaml, by its name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonText:
    """JSON whose texts are templates."""

    parts: Template | Mapping[str, JsonText] | Sequence[JsonText] | None

    def value(self, values: Values) -> object:
        """As plain JSON data. Raises `Fault`."""
        parts = self.parts
        if parts is None:
            return None
        if isinstance(parts, Template):
            value = parts.value(values)
            return as_json(parts.text(values) if isinstance(value, str) else value)
        if isinstance(parts, Mapping):
            return {name: part.value(values) for name, part in parts.items()}
        return [part.value(values) for part in parts]


def _json(value: object, info: ValidationInfo) -> JsonText:
    return value if isinstance(value, JsonText) else _json_part(value, info, 0)


def _json_part(value: object, info: ValidationInfo, depth: int) -> JsonText:
    if depth > _deepest:
        raise refusal("This is nested too deep.", f"Nest {_deepest} levels at most.")
    if value is None:
        return JsonText(None)
    if isinstance(value, dict):
        return JsonText({str(name): _json_part(part, info, depth + 1) for name, part in value.items()})
    if isinstance(value, list):
        return JsonText([_json_part(part, info, depth + 1) for part in value])
    try:
        template = _compiled(value, info, compile_text)
    except PydanticCustomError as refused:
        if not (isinstance(info.context, Reading) and isinstance(value, Scalar) and refused.context):
            raise
        told = refused.context  # at its own place, where pydantic knows that of the whole option only
        info.context.findings.append(value.at.finding(told["code"], told["message"], told["remedy"]))
        return JsonText(None)
    _note(info, template, (), value)
    return JsonText(template)


Request: TypeAlias = Annotated[RequestLine, Reader(_request_line)]
"""A method and a URL: `POST https://example.com/tickets`; without a method it is `GET`."""

HeaderName: TypeAlias = Annotated[str, Reader(_checked_header_name)]
"""The name of a header."""

HeaderText: TypeAlias = Annotated[Header, Reader(_header)]
"""What a header says; secrets may stand in it."""

Json: TypeAlias = Annotated[JsonText, Reader(_json)]
"""A mapping or list of texts."""

Argument: TypeAlias = Annotated[Template | SecretName, Reader(_argument)]
"""A text, or exactly one secret."""
