"""Texts that read secrets of bot.yaml. Flows never hold a secret: they hold its name, and whoever carries
out the effect puts it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .document import Location
from .expressions import Refused, Scope, Values, plain
from .pieces import Piece, pieces, reads_secrets
from .templates import Template, compile_text
from .values import as_text


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says."""

    text: Template
    """With secrets: a text in which `{NAME}` stands for that secret, `{{` and `}}` for braces."""
    secrets: tuple[str, ...] = ()
    """Their names."""


def compile_header(source: str, at: Location | None = None, scope: Scope = plain) -> Header:
    """A header. Raises `Refused`, `SecretMisplaced` when a secret stands beside what people wrote."""
    text = compile_text(source, at, scope)
    if not reads_secrets(text):
        return Header(text)
    found = pieces(source, scope)
    secrets = [piece.secret for piece in found if piece.secret is not None]
    others = [piece for piece in found if piece.secret is None]
    if not all(piece.is_the_authors for piece in others):
        raise SecretMisplaced(
            "Beside a secret this header reads something else, or does something with the secret.",
            "Write literals, `{{ config.NAME }}` and `{{ secrets.NAME }}` alone.",
        )
    names = tuple(path for path in text.names if path[0] != "secrets")
    text = replace(text, names=names, value=lambda values: _rendered(found, values))
    return Header(text, tuple(dict.fromkeys(secrets)))


def compile_argument(source: str, at: Location | None = None, scope: Scope = plain) -> Template | str:
    """A handler's argument: a text, or the name of the secret that it is. Raises `Refused`."""
    text = compile_text(source, at, scope)
    if not reads_secrets(text):
        return text
    found = pieces(source, scope)
    if len(found) != 1 or found[0].secret is None:
        raise SecretMisplaced(
            "A secret that is handed to a handler stands alone.", "Write `{{ secrets.NAME }}` and no more."
        )
    return found[0].secret


class SecretMisplaced(Refused):
    """A secret stands where it cannot be kept one."""


def _rendered(found: Sequence[Piece], values: Values) -> str:
    parts: list[str] = []
    for piece in found:
        if piece.secret is not None:
            parts.append(f"{{{piece.secret}}}")
        else:
            parts.append(as_text(piece.value(values)).replace("{", "{{").replace("}", "}}"))
    return "".join(parts)
