"""What bot.yaml's `config:` sets for flows, checked against what the flows declare."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from botkit.model.findings import Finding

from . import match
from .document import Location, Scalar, Sequence, Source, did_you_mean
from .document import Mapping as Keys
from .flowfile import ConfigItem, FlowFile
from .values import Fault, as_json, as_text


def values_of(
    content: FlowFile, document: Keys, given: Mapping[str, object] | None
) -> tuple[dict[str, object], list[Finding]]:
    """The values of a flow's config, defaults filled in, and what is wrong with them.

    `given` is plain data, or located (then findings stand in bot.yaml). None: nothing is known of bot.yaml,
    and nothing required is missed.
    """
    known = given is not None
    given = given or {}
    block = document.get("config")
    findings: list[Finding] = []
    values: dict[str, object] = {}
    for name, item in content.config.items():
        at = block.key_at(name) if isinstance(block, Keys) else document.at
        if name in given:
            at = _place(given, name, at)
        elif item.required and known:
            message = f"`{name}` is required, and bot.yaml does not set it."
            remedy = f"Add `config: {{{content.flow}: {{{name}: ...}}}}` to bot.yaml."
            findings.append(at.finding("config-missing", message, remedy))
        raw = given.get(name, item.default)
        if not known and item.required and item.type == "text":
            raw = name  # a flow tried out without its bot names what it would use
        value = _typed(raw, item)
        if value is None and raw is not None:
            message = f"`{as_text(raw)[:40]}` is no {item.type}."
            findings.append(at.finding("config-wrong", message, f"Write a value of type `{item.type}`."))
        values[name] = value
    for name in given:
        if name not in content.config:
            at = _place(given, name, document.key_at("flow"))
            message = f"The flow `{content.flow}` has no config `{name}`."
            findings.append(at.finding("config-unknown", message, did_you_mean(name, content.config)))
    return values, findings


def check_flow_names(config: Mapping[str, object], flows: Collection[str]) -> list[Finding]:
    """Blocks of `config:` for flows that do not exist."""
    nowhere = Location(Source("config", ()), 1, 1)
    return [
        _place(config, name, nowhere).finding(
            "config-unknown", f"There is no flow `{name}` to configure.", did_you_mean(name, flows)
        )
        for name in config
        if name not in flows
    ]


def _place(given: Mapping[str, object], name: str, fallback: Location) -> Location:
    """Where a value was set, when `given` still knows."""
    if isinstance(given, Keys):
        return given.key_at(name)
    value = given[name]
    if isinstance(value, Mapping) and value and not isinstance(value, Keys):
        value = next(iter(value.values()))  # a whole block: its place is that of what stands in it first
    return value.at if isinstance(value, Scalar | Sequence | Keys) else fallback


def _typed(value: object, item: ConfigItem) -> object:
    if value is None:
        return None
    if item.type == "list":
        if not isinstance(value, list | tuple):
            return None
        try:
            return as_json(value)
        except Fault:
            return None
    if isinstance(value, list | tuple | Mapping):
        return None
    if item.type == "yes_no":
        return value if isinstance(value, bool) else match.yes_no(as_text(value))
    return match.number(as_text(value)) if item.type == "number" else as_text(value)
