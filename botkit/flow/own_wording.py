"""`wording:` of a flow file: texts that take the place of botkit's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import ValidationInfo

from .document import Location, Scalar, did_you_mean
from .document import Mapping as Keys
from .fields import Reading, template_of
from .reader import Reader
from .tags import nearest
from .templates import Template
from .translated import by_language
from .validation import refusal
from .wordings import meanings

Texts: TypeAlias = Mapping[str, Mapping[str, Template]]
"""Name, one of `meanings` -> language (BCP 47; empty = all) -> its text."""


def _texts(value: object, info: ValidationInfo) -> Texts:
    if not isinstance(value, Keys):
        raise refusal("Texts by their names belong here.", "Write `apology: Sorry.`, one a line.")
    found: dict[str, Mapping[str, Template]] = {}
    for name, texts in value.items():
        if name in meanings:
            apart = by_language(texts, info, whole=False)
            found[name] = {tag: _text(name, text, value.key_at(name), info) for tag, text in apart.items()}
        elif isinstance(info.context, Reading):
            message = f"botkit has no text `{name[:40]}` of its own."
            info.context.findings.append(
                value.key_at(name).finding("unknown-wording", message, did_you_mean(name, meanings))
            )
    return found


def _text(name: str, text: object, at: Location, info: ValidationInfo) -> Template:
    fills = meanings[name].fills
    template = template_of(text, info, frozenset(fills))
    other = next((path[0] for path in template.names if path[0] != "config"), None)
    if other is not None and isinstance(info.context, Reading):
        known = ("config", *fills)
        remedy = f"Known here: {', '.join(f'`{each}`' for each in known)}."
        at = text.at if isinstance(text, Scalar) else at
        message = f"`{other[:40]}` cannot be read in `{name}`."
        info.context.findings.append(at.finding("undeclared-name", message, remedy))
    return template


def instead(texts: Texts, language: str) -> dict[str, Template]:
    """Name -> text in a language, as far as a flow gives it one."""
    found: dict[str, Template] = {}
    for name, apart in texts.items():
        text = apart.get(nearest(language, apart) or "")
        if text is not None:
            found[name] = text
    return found


OwnWording: TypeAlias = Annotated[Texts, Reader(_texts)]
"""Name of a text -> what is said instead, for all languages or for each."""
