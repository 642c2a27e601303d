"""Texts that YAML understands otherwise than they look: what they lack are quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from botkit.model.findings import Finding

from .document import Location, Mapping, Node, Scalar, Source

_pair = re.compile(r"\s*(?P<lead>(?:- +)*(?:[\w.-]+: +)?)(?P<text>\S.*?)\s*")
_may_be_lost = re.compile(r"\S #(?:\S|$)")
_lost = re.compile(r" #(?:\S.*)?")
_quotes = {"“": "”", "„": "“”", "‘": "’", "‚": "‘’", "«": "»"}
"""Quotes of print, and what closes them."""


def example(at: Location) -> str:
    """How the text of a line looks in quotes; the end of a sentence."""
    found = _pair.fullmatch(at.text[:160])
    if found is None or not found["lead"]:
        return "."
    if found["text"][0] in "\"'[{" and not found["text"].startswith("{{"):
        return "."
    text = found["text"].replace("\\", "\\\\").replace('"', '\\"')
    return f': `{found["lead"]}"{text}"`.'


def braces_finding(at: Location) -> Finding:
    """Two braces begin a value, and YAML takes them for mappings."""
    message = "YAML takes the `{{` that begins a value for a mapping."
    return at.finding("unquoted-braces", message, f"Put the whole text into quotes{example(at)}")


def doubts(document: Mapping) -> Iterator[Finding]:
    """Texts that lost their end to a comment, or have quotes that YAML does not know."""
    source = document.at.source
    if any(map(_suspicious, source.lines)):
        yield from _doubts(document, source)


def _suspicious(line: str) -> bool:
    return (" #" in line and _may_be_lost.search(line) is not None) or not _quotes.keys().isdisjoint(line)


def _doubts(node: Node, source: Source) -> Iterator[Finding]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if value is None and isinstance(key, Scalar):
                yield from _after(key, key.at.column + len(key), colon=True)
            else:
                yield from _doubts(value, source)
    elif isinstance(node, Scalar):
        plain = node.at.text[node.at.column - 1 :].startswith(node)
        if plain and node:
            yield from _after(node, node.at.column - 1 + len(node))
            if node[0] in _quotes and node[-1] in _quotes[node[0]] and len(node) > 1:
                message = f"`{node[0]}` is no quote to YAML, but part of the text."
                remedy = "Write straight quotes, or put straight ones around it if people shall see these."
                yield node.at.warning("curly-quotes", message, remedy)
    elif node is not None:
        for item in node:
            yield from _doubts(item, source)


def _after(scalar: Scalar, end: int, *, colon: bool = False) -> Iterator[Finding]:
    """A comment that begins as no comment is written: one blank before the sign, none behind it."""
    line = scalar.at.text
    if colon:
        end = line.find(":", scalar.at.column - 1 + len(scalar)) + 1
    if _lost.fullmatch(line, end):
        at = Location(scalar.at.source, scalar.at.line, end + 2)
        message = "A ` #` begins a comment, so this is no part of the text."
        remedy = f"If it should be, use quotes{example(at)[:-1]}; a comment has a blank behind its `#`."
        yield at.warning("text-lost", message, remedy)
