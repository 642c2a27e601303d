"""The manual of a verb, made of its class: what it does, an example, its options. Plugins' verbs too."""

from __future__ import annotations

from inspect import cleandoc

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


def _outcomes(cls: type[Step]) -> str:
    if not cls.outcome_names:
        return ""
    good, *bad = (f"`{name}`" for name in cls.outcome_names)
    return f"\nOutcomes: {good} is the good one; the others are {', '.join(bad)}.\n"
