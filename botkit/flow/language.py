"""The languages of a flow: BCP 47, written or taken from its config, known once it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from botkit.model.findings import Finding

from .document import Location
from .expressions import ConfigValues
from .reader import Reader
from .tags import is_tag
from .templates import Template
from .validation import refusal
from .values import Fault

most_languages = 40


def _declared(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise refusal("Languages are a list.", "Write `languages: [en, de]`, what to fall back to first.")
    tags = [str(tag) for tag in value]
    for tag in tags:
        if not is_tag(tag):
            raise refusal(f"`{tag[:40]}` names no language.", "Write `[en, de-DE]`.", "bad-language")
        if len({other.lower() for other in tags}) < len(tags) or len(tags) > most_languages:
            remedy = f"Name each once, {most_languages} at most."
            raise refusal("These are too many languages, or one of them twice.", remedy)
    return tuple(tags)


Languages: TypeAlias = Annotated[tuple[str, ...], Reader(_declared)]
"""The languages between which a session can change, the one to fall back to first."""


def language_of(
    template: Template | None, config: Mapping[str, object], usual: str, at: Location, *, known: bool
) -> tuple[str, list[Finding]]:
    """The language that a flow names, `usual` where it names none, and what is wrong with it.

    `known`: the config is what bot.yaml says; else what it holds may only stand for a value.
    """
    if template is None:
        return usual, []
    at = template.at or at
    if any(path[0] != "config" for path in template.names):
        remedy = "Declare `languages: [en, de]`, and let a step `set: {language: de}`."
        return usual, [at.finding("bad-language", "Only `config` can be read in a language.", remedy)]
    try:
        tag = template.text(ConfigValues(config)).strip()
    except Fault as fault:
        return usual, [at.finding("bad-language", f"The language has no value: {fault}.", "Write `en-US`.")]
    if not tag:
        return usual, []
    if is_tag(tag):
        return tag, []
    if template.constant is None and not known:
        return usual, []
    return usual, [at.finding("bad-language", f"`{tag[:40]}` names no language.", "Write `en-US`, or `de`.")]
