"""Who may start a flow: `allow:` of a start, a list of e-mail addresses and domains."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pydantic import AfterValidator

from botkit.model.findings import Finding

from .expressions import ConfigValues
from .fields import Text
from .templates import Template
from .validation import refusal
from .values import Fault, as_text

_address = re.compile(r"(?:\*|[^\s@*,<>]+)@[^\s@*,<>]+")
_remedy = 'Write an e-mail address, or `"*@example.com"` for all of a domain.'


@dataclass(frozen=True, slots=True)
class Allowed:
    """Those who may."""

    addresses: frozenset[str]
    """As `_folded`; `*@DOMAIN` is everybody of that domain, and of none below it."""

    def admits(self, email: str) -> bool:
        """Whether the person with this address may; nobody without one may."""
        email = _folded(email)
        name, _, domain = email.partition("@")
        if name == "*" or not _is_address(email):
            return False
        return email in self.addresses or f"*@{domain}" in self.addresses


def _entry(text: Template) -> Template:
    if text.constant is not None and not _is_address(text.constant):
        raise refusal(f"`{text.constant[:60]}` is no e-mail address.", _remedy, "bad-allow")
    if any(path[0] != "config" for path in text.names):
        raise refusal("Who may start a flow is known before anybody does.", _from_config, "bad-allow")
    return text


_from_config = "Write addresses, or `{{ config.NAME }}`."
AllowEntry: TypeAlias = Annotated[Text, AfterValidator(_entry)]
"""An address, a domain, or a text of `config` that is one or a list of them."""


def allowed_by(
    entries: Sequence[Template] | None, config: Mapping[str, object], *, known: bool
) -> tuple[Allowed | None, list[Finding]]:
    """Those whom `allow:` names, and what is wrong with it; None = everybody may. Without `known` the values
    of `config` are not those of a bot, and are not looked at."""
    if entries is None:
        return None, []
    addresses: set[str] = set()
    findings: list[Finding] = []
    for entry in entries:
        try:
            value = entry.value(ConfigValues(config))
        except Fault as fault:
            findings.append(_finding(entry, f"Whom this allows cannot be told: {fault}."))
            continue
        for text in _each(value):
            if _is_address(text):
                addresses.add(_folded(text))
            elif known:
                findings.append(_finding(entry, f"`{text[:60]}` is no e-mail address."))
    return Allowed(frozenset(addresses)), findings


def _finding(entry: Template, message: str) -> Finding:
    assert entry.at is not None, "it stands in a file"
    return entry.at.finding("bad-allow", message, _remedy)


def _each(value: object) -> Iterable[str]:
    return [as_text(item) for item in value] if isinstance(value, list | tuple) else [as_text(value)]


def _folded(email: str) -> str:
    """In small letters, of ASCII alone: `str.lower` makes an ASCII k of the Kelvin sign, so that another
    account would pass for an allowed one."""
    return email.strip().encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def _is_address(text: str) -> bool:
    return _address.fullmatch(text.strip()) is not None
