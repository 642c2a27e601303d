"""The manual of verbs and slot types, made of their classes, those of plugins too."""

from __future__ import annotations

from inspect import cleandoc
from typing import get_args

from .slot_types import SlotType
from .starts import StartEntry
from .steps.base import Step

_everywhere = ("id", "only")


def verb_section(cls: type[Step]) -> str:
    """A Markdown section about one verb."""
    rows = [
        f"| `{field.alias or name}` | {'yes' if field.is_required() else ''} | {field.description or ''} |"
        for name, field in cls.model_fields.items()
        if name not in _everywhere
    ]
    verb_first = sorted(rows, key=lambda row: not row.startswith(f"| `{cls.verb}` "))
    example = f"```yaml\n{cleandoc(cls.example)}\n```\n\n" if cls.example else ""
    options = "| Option | Required | Meaning |\n|---|---|---|\n" + "\n".join(verb_first)
    return f"## {cls.verb}\n\n{cleandoc(cls.__doc__ or '')}\n\n{example}{options}\n{_outcomes(cls)}"


def start_section(name: str) -> str:
    """A Markdown section about one kind of start."""
    field = StartEntry.model_fields[name]
    (options,) = (kind for kind in get_args(field.annotation) if kind is not type(None))
    rows = [
        f"| `{option.alias or key}` | {option.description or ''} |"
        for key, option in options.model_fields.items()
    ]
    table = "\n\n| Option | Meaning |\n|---|---|\n" + "\n".join(rows) if rows else ""
    return f"## {name}\n\n{field.description}{table}\n"


def slot_type_section(cls: type[SlotType]) -> str:
    """A Markdown section about one type of slot."""
    answers = ", ".join(f"`{answer}`" for answer in cls.answers)
    options = ", ".join(f"`{name}`" for name in sorted(cls.takes))
    ways = [
        "on chat" if cls.in_forms else "on chat, in no form",
        "by voice" if cls.on_calls else "",
        "by keys" if cls.by_keys else "",
    ]
    lines = [
        cleandoc(cls.__doc__ or ""),
        f"- Answered {', '.join(filter(None, ways))}: {answers}",
        f"- Kept: {cls.value}",
        f"- Options: {options}" if options else "",
    ]
    return f"## {cls.name}\n\n{lines[0]}\n\n" + "\n".join(filter(None, lines[1:])) + "\n"


def _outcomes(cls: type[Step]) -> str:
    if not cls.outcome_names:
        return ""
    good, *bad = (f"`{name}`" for name in cls.outcome_names)
    return f"\nOutcomes: {good} is the good one; the others are {', '.join(bad)}.\n"
