"""Types of options: each makes its value of what stands in the file, or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Generic, TypeAlias, TypeVar

from pydantic import ValidationInfo

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .document import Location, Scalar
from .expressions import Refused, Scope, plain, reserved_names
from .reader import Reader
from .ssml import fault, is_ssml
from .templates import Template, compile_bare, compile_text
from .validation import refusal
from .values import duration

if TYPE_CHECKING:
    from .slot_types import SlotType
    from .steps.base import Step
    from .translated import Translation

T = TypeVar("T")

_name = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,39}", re.ASCII)
_id = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,39}", re.ASCII)
_translating = frozenset({"language", "messages"})
"""Reserved too, and yet names of settings, options and flows, which nobody reads by the bare name."""
_words_of_templates = {"true", "false", "none", "True", "False", "None", "loop", "not", "and", "or"}
_never_names = (reserved_names - _translating) | _words_of_templates


@dataclass(slots=True, kw_only=True)
class Reading:
    """What the reading of one file gathers, passed to every validator as pydantic's context."""

    verbs: Mapping[str, type[Step]]
    scope: Scope = plain
    slot_types: Mapping[str, type[SlotType]] = field(default_factory=dict)
    """Those of plugins, beside botkit's own."""
    findings: list[Finding] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    results: dict[str, Location | None] = field(default_factory=dict)
    """Names that steps fill (`into`, `set`)."""
    slot_names: list[Scalar] = field(default_factory=list)
    """Names that must be declared slots (`collect`)."""
    translations: list[Translation] = field(default_factory=list)
    """What stands there in several languages."""
    secrets: list[tuple[str, Location | None]] = field(default_factory=list)
    """Secrets of bot.yaml that are read, each with its place."""


class PlacedStep:
    """A step and where it stands."""

    __slots__ = ("at", "step")

    def __init__(self, step: Step, at: Location) -> None:
        self.step = step
        self.at = at


def text_of(value: object, what: str) -> str:
    """The text that stands there, where `what` belongs; pydantic turns the refusal into a finding."""
    if isinstance(value, str):
        return str(value)  # without its place, so that states and effects hold plain text
    shown = "Nothing" if value is None else "A list" if isinstance(value, list) else "A mapping"
    raise refusal(f"{shown} stands where {what} belongs.", "Write it behind the colon, in quotes if need be.")


def _template(value: object, info: ValidationInfo) -> Template:
    return _compiled(value, info, bare=False)


def _bare(value: object, info: ValidationInfo) -> Template:
    return _compiled(value, info, bare=True)


def template_of(value: object, info: ValidationInfo, given: frozenset[str]) -> Template:
    """A text that also reads the names `given`, which nothing needs to declare."""
    return _compiled(value, info, bare=False, given=given)


def _compiled(
    value: object, info: ValidationInfo, *, bare: bool, given: frozenset[str] = frozenset()
) -> Template:
    if isinstance(value, Template):
        return value
    source = text_of(value, "an expression" if bare else "a text")
    at = value.at if isinstance(value, Scalar) else None
    try:
        scope = info.context.scope if isinstance(info.context, Reading) else plain
        template = (compile_bare if bare else compile_text)(source, at, scope)
    except Refused as refused:
        code = "bad-expression" if bare else "bad-template"
        raise refusal(str(refused), refused.remedy, code) from None
    if template.constant is not None and is_ssml(template.constant):
        wrong = fault(template.constant)
        if wrong:
            raise refusal(
                f"This SSML cannot be read: {wrong}.",
                "Check its tags, and write `&amp;` for `&`.",
                "bad-ssml",
            )
    if given:
        needs = {name: need for name, need in template.needs.items() if name not in given}
        names = tuple(path for path in template.names if path[0] not in given)
        template = replace(template, names=names, needs=needs)
    if isinstance(info.context, Reading):
        info.context.templates.append(template)
    return template


Text: TypeAlias = Annotated[Template, Reader(_template)]
"""A text with `{{ ... }}` in it."""

Expression: TypeAlias = Annotated[Template, Reader(_bare)]
"""A bare expression."""


def _seconds(value: object) -> float:
    if isinstance(value, int | float):
        return float(value)
    text = text_of(value, "a duration")
    try:
        return duration(text)
    except ValueError as error:
        raise refusal(f"{error}.", "Write a number and a unit: `500ms`, `25s`, `5m`, `2h`, `1d`.") from None


Duration: TypeAlias = Annotated[float, Reader(_seconds)]
"""Seconds, written `25s` or `5m`. `Field(gt=...)` does not bound it; an `AfterValidator` does."""


@dataclass(frozen=True, slots=True)
class PerChannel(Generic[T]):
    """One value for each channel; None where the author gave none."""

    call: T | None = None
    chat: T | None = None

    def on(self, channel: Channel) -> T | None:
        """The value for a channel."""
        return self.call if channel is Channel.CALL else self.chat


def _by_channel(value: object) -> tuple[object, object]:
    if not isinstance(value, dict):
        return value, value
    if not value or not set(value) <= {"call", "chat"}:
        raise refusal("Only `call` and `chat` can stand here.", "Write `{call: ..., chat: ...}`.")
    return value.get("call"), value.get("chat")


def _channel_text(value: object, info: ValidationInfo) -> PerChannel[Template]:
    call, chat = _by_channel(value)
    if call is chat:
        both = _template(call, info)
        return PerChannel(both, both)
    return PerChannel(
        None if call is None else _template(call, info), None if chat is None else _template(chat, info)
    )


def _channel_seconds(value: object) -> PerChannel[float]:
    call, chat = _by_channel(value)
    return PerChannel(None if call is None else _seconds(call), None if chat is None else _seconds(chat))


ChannelText: TypeAlias = Annotated[PerChannel[Template], Reader(_channel_text)]
"""A text for both channels, or `{call: ..., chat: ...}`."""

ChannelDuration: TypeAlias = Annotated[PerChannel[float], Reader(_channel_seconds)]
"""A duration for both channels, or `{call: ..., chat: ...}`."""


def checked_name(value: object) -> str:
    """A name that templates can read; pydantic turns the refusal into a finding."""
    text = _word(value)
    if text in _never_names:
        raise refusal(f"`{text}` is a reserved name.", "Choose another name.", "reserved-name")
    return text


def _word(value: object) -> str:
    text = text_of(value, "a name")
    if not _name.fullmatch(text):
        remedy = "Use letters, digits and underscores, a letter first."
        raise refusal(f"`{text[:40]}` cannot be a name.", remedy, "bad-name")
    return text


def _result(value: object, info: ValidationInfo) -> str:
    name = checked_name(value)
    if name == "messages":
        raise refusal("`messages` is a reserved name.", "Choose another name.", "reserved-name")
    if isinstance(info.context, Reading):
        info.context.results.setdefault(name, value.at if isinstance(value, Scalar) else None)
    return name


def _slot(value: object, info: ValidationInfo) -> str:
    name = checked_name(value)
    if isinstance(info.context, Reading) and isinstance(value, Scalar):
        info.context.slot_names.append(value)
    return name


Name: TypeAlias = Annotated[str, Reader(checked_name)]

OptionName: TypeAlias = Annotated[str, Reader(_word)]
"""What can be chosen: a value, which no template reads as a name, so that `now` and `call` are some too."""
"""A name of the author's."""


def _file(value: object, info: ValidationInfo) -> Template:
    return _bare(Scalar.of(checked_name(value), value.at) if isinstance(value, Scalar) else value, info)


Recording: TypeAlias = Annotated[Template, Reader(_file)]
"""A name that holds a recording."""

Result: TypeAlias = Annotated[str, Reader(_result)]
"""A name that the step fills."""

SlotName: TypeAlias = Annotated[str, Reader(_slot)]
"""A declared slot."""


def _checked_id(value: object) -> object:
    text = text_of(value, "a step's id")
    if not _id.fullmatch(text):
        remedy = "Use letters, digits, underscores and dashes, a letter first."
        raise refusal(f"`{text[:40]}` cannot be a step's id.", remedy, "bad-name")
    return value


class Target(str):
    """A name in another place: a step to go to, a flow to call."""

    __slots__ = ("at",)
    at: Location | None

    @classmethod
    def of(cls, value: object) -> Target:
        """From a scalar, its place kept."""
        target = cls(text_of(value, "a name"))
        target.at = value.at if isinstance(value, Scalar) else None
        return target


StepId: TypeAlias = Annotated[str, Reader(_checked_id)]
"""A step's name, for jumps and for the journal."""


def _body(value: object, info: ValidationInfo) -> tuple[PlacedStep, ...]:
    from .steps.base import parse_steps  # a body holds steps, and steps hold bodies

    if isinstance(value, tuple):
        return value
    if not isinstance(info.context, Reading):
        raise refusal("Steps can only be read from a file.", "Use `load_flows`.")
    return parse_steps(value, info.context)


Body: TypeAlias = Annotated[tuple[PlacedStep, ...], Reader(_body)]
"""Steps."""


def _some_steps(value: object, info: ValidationInfo) -> tuple[PlacedStep, ...]:
    if value is None or value == []:
        raise refusal("There are no steps.", "Write one `- verb: ...` a line, for example `- say: Hello.`")
    return _body(value, info)


Steps: TypeAlias = Annotated[tuple[PlacedStep, ...], Reader(_some_steps)]
"""Steps, at least one."""

GoTo: TypeAlias = Annotated[Target, Reader(Target.of)]
"""The id of a step of the same flow."""
