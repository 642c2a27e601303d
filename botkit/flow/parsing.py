"""Template text to Jinja2's syntax tree. The commonest texts, which only put names in, are read here:
Jinja2's lexer would take most of the time that checking a flow takes."""

from __future__ import annotations

import re

from jinja2 import Environment, nodes

_parser = Environment(keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - parses only
_plain = re.compile(r"\{\{ *([a-z_]\w*)(?:\.([a-z_]\w*))? *\}\}", re.ASCII | re.IGNORECASE)
_words = frozenset(
    {"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"}
)
"""What is no name, whatever it looks like."""


def parse(source: str) -> nodes.Template:
    """`source` as a tree. Raises what Jinja2's parser raises."""
    return _with_names_alone(source) or _parser.parse(source)


def _with_names_alone(source: str) -> nodes.Template | None:
    """The tree of a text in which nothing but `{{ name }}` and `{{ name.attribute }}` stands."""
    if "{%" in source or "{#" in source or "\r" in source:
        return None
    first, *parts = _plain.split(source)
    found: list[nodes.Expr] = [nodes.TemplateData(first)] if first else []
    texts = [first]
    for name, attribute, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if name in _words:
            return None
        read = nodes.Name(name, "load")
        found.append(read if attribute is None else nodes.Getattr(read, attribute, "load"))
        if text:
            found.append(nodes.TemplateData(text))
        texts.append(text)
    if any("{{" in text for text in texts) or any(text.endswith("{") for text in texts[:-1]):
        return None
    return nodes.Template([nodes.Output(found)] if found else [])
