"""The language of a flow: BCP 47, written or taken from its config, known once it is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping

from botkit.model.findings import Finding

from .document import Location
from .saying import Style
from .templates import Template
from .values import Fault

_tag = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,7}", re.ASCII | re.IGNORECASE)
"""Roughly RFC 5646: a language, and what narrows it."""


class _Config:
    """The names that a language may be made of."""

    def __init__(self, config: Mapping[str, object]) -> None:
        self.slots: Mapping[str, object] = {}
        self.style = Style()
        self._config = config

    def reserved(self, name: str) -> object:
        if name != "config":
            raise Fault(f"`{name}` cannot be read here")
        return self._config


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
        remedy = "Give each language a flow of its own, with its own `language`."
        return usual, [at.finding("bad-language", "Only `config` can be read in a language.", remedy)]
    try:
        tag = template.text(_Config(config)).strip()
    except Fault as fault:
        return usual, [at.finding("bad-language", f"The language has no value: {fault}.", "Write `en-US`.")]
    if not tag:
        return usual, []
    if _tag.fullmatch(tag):
        return tag, []
    if template.constant is None and not known:
        return usual, []
    return usual, [at.finding("bad-language", f"`{tag[:40]}` names no language.", "Write `en-US`, or `de`.")]
