"""A text taken apart: what the author wrote, and what is put in, each with what it reads."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import nodes

from .expressions import Evaluate, Refused, Scope, compile_expression, names_in, plain
from .parsing import parse
from .templates import Template


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a text."""

    node: nodes.Expr
    value: Evaluate
    names: tuple[tuple[str, ...], ...]
    """What it reads."""

    @property
    def is_the_authors(self) -> bool:
        """It is literal, or of `config` alone: nobody who talks to the bot has a say in it."""
        return all(path[0] == "config" for path in self.names)

    @property
    def literal(self) -> str | None:
        """The text itself, where nothing is put in."""
        return self.node.data if isinstance(self.node, nodes.TemplateData) else None

    @property
    def secret(self) -> str | None:
        """NAME, where it is `{{ secrets.NAME }}` and no more."""
        node = self.node
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            return node.attr if node.node.name == "secrets" else None
        return None


def pieces(source: str, scope: Scope = plain) -> list[Piece]:
    """The parts of a text that compiles, without `{% ... %}`. Raises `Refused`."""
    found: list[Piece] = []
    for block in parse(source).body:
        if not isinstance(block, nodes.Output):
            raise Refused("Only `{{ ... }}` can stand in this text.", "Write `{{ one if this else other }}`.")
        for node in block.nodes:
            names = tuple(dict.fromkeys(names_in(node)))
            found.append(Piece(node, compile_expression(node, scope), names))
    return found


def reads_secrets(template: Template) -> bool:
    """Whether it reads a secret of bot.yaml, which only few places may."""
    return any(path[0] == "secrets" for path in template.names)
