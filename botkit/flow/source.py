"""YAML text to a located tree, and a located tree to a pydantic model. For flows, `bot.yaml`, `tenant.yaml`.

    document = read_document(Path("bot.yaml"))     # Mapping; every part knows its place
    settings = validate(document, BotSettings)     # or DocumentError: each fault at its line and column

Refused as findings: broken syntax, more than one document, a key twice, keys that are no text, YAML tags,
files over 1 MiB, more than 100,000 parts (aliases counted as often as they are used), nesting beyond 60.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

import yaml

from .document import DocumentError, Location, Mapping, Node, Scalar, Sequence, Source
from .quoting import braces_finding, example
from .validation import check, validate

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML built without libyaml: slower, same trees
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

__all__ = [
    "DocumentError",
    "Location",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "check",
    "parse_document",
    "read_document",
    "validate",
]

max_bytes = 1 << 20
max_nodes = 100_000
max_depth = 60

_opening_braces = re.compile(r"(?:[:,\[-]\s+|[{\[])(?P<braces>\{\{)")
"""`{{` where a value begins."""
_controls = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_breaks = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What YAML takes for the end of a line."""


def read_document(path: Path) -> Mapping:
    """Read a file. Raises `DocumentError`, also when it is missing or cannot be read."""
    at = Location(Source(str(path), ()), 1, 1)
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        message = f"Cannot read it: {getattr(error, 'strerror', None) or error}."
        denied = isinstance(error, PermissionError)
        remedy = "Let the user who runs botkit read it." if denied else "Check the path."
        raise DocumentError([at.finding("no-file", message, remedy)]) from None
    return parse_document(data, str(path))


def parse_document(text: str | bytes, file: str) -> Mapping:
    """Parse one YAML document whose top is a mapping (an empty one gives an empty mapping).

    `file` is what places name. Raises `DocumentError`.
    """
    start = Location(Source(file, ()), 1, 1)
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > max_bytes:
        raise DocumentError([start.finding("too-large", "It is over 1 MiB.", "Split it into several files.")])
    try:
        decoded = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        at = Location(start.source, line, error.start - data.rfind(b"\n", 0, error.start))
        raise DocumentError([at.finding("not-utf8", "It is not UTF-8 text.", "Save it as UTF-8.")]) from None
    source = Source(file, tuple(_breaks.split(decoded)))
    try:
        tree = _Builder(decoded, source).document()
    except yaml.YAMLError as error:
        raise _syntax(error, source) from None
    if tree is None:
        return Mapping((), Location(source, 1, 1))
    if not isinstance(tree, Mapping):
        remedy = "Begin with lines like `key: value`."
        raise DocumentError([tree.at.finding("not-a-mapping", "The file is not a mapping.", remedy)])
    return tree


def _syntax(error: yaml.YAMLError, source: Source) -> DocumentError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = Location(source, mark.line + 1, mark.column + 1) if mark else _unreadable(source)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    context = getattr(error, "context", None)
    message = f"This is not YAML: {problem}{f' {context}' if context else ''}."
    begun = getattr(error, "context_mark", None)
    if not at.text.strip():  # the end of the file; what is wrong is before it
        written = (n for n in range(min(at.line, len(source.lines)), 0, -1) if source.lines[n - 1].strip())
        line = next(written, 1)
        at = Location(source, line, max(len(source.lines[line - 1].rstrip()), 1))
    for guilty in dict.fromkeys(each.line for each in (mark, begun) if each is not None):
        there = Location(source, guilty + 1, 1)
        braces = _opening_braces.search(there.text)
        if braces is not None:
            at = Location(source, guilty + 1, braces.start("braces") + 1)
            return DocumentError([braces_finding(at)])
    return DocumentError([at.finding("yaml-syntax", message, _remedy(problem, context, at))])


def _unreadable(source: Source) -> Location:
    """The first sign that no YAML may have."""
    for number, line in enumerate(source.lines, 1):
        if found := _controls.search(line):
            return Location(source, number, found.start() + 1)
    return Location(source, 1, 1)


def _remedy(problem: str, context: str | None, at: Location) -> str:
    """What to do about the mistakes that PyYAML names in words of its own."""
    line = at.text
    if problem == "mapping values are not allowed in this context":
        return f"Put a text that holds a colon and a space into quotes{example(at)}"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "Indent with spaces."
    if problem == "control characters are not allowed":
        return "Remove what cannot be seen there, or write the line anew."
    if "alias" in (context or ""):
        return 'Put a text that begins with `*` into quotes: `key: "*"`.'
    return "Check indentation, quotes and brackets here; quote text that begins with a special character."


class _Builder:
    """Makes the tree from parser events.

    `yaml.compose` would do most of it, but its recursion in C has no limit: enough open brackets end the
    process.
    """

    def __init__(self, text: str, source: Source) -> None:
        self.source = source
        self.next = cast("Callable[[], yaml.Event]", _Loader(text).get_event)  # never None before its end
        self.count = 0
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.anchoring: dict[str, yaml.NodeEvent] = {}
        """Where each stands first."""
        self.used: set[str] = set()

    def document(self) -> Node:
        """The one document, or None when there is none."""
        self.next()
        if isinstance(self.next(), yaml.StreamEndEvent):
            return None
        tree = self.node(self.next(), 0)
        self.next()
        unused = next((event for name, event in self.anchoring.items() if name not in self.used), None)
        if unused is not None:
            message = f"`&{unused.anchor}` names a value, and no `*{unused.anchor}` uses it."
            remedy = f"Remove it; if it is part of the text, use quotes{example(self.at(unused))}"
            raise self.refuse(unused, "unused-anchor", message, remedy)
        more = self.next()
        if not isinstance(more, yaml.StreamEndEvent):
            message = "A second document begins here."
            raise self.refuse(more, "second-document", message, "One file, one document.")
        return tree

    def at(self, event: yaml.Event) -> Location:
        mark = event.start_mark
        assert mark is not None
        return Location(self.source, mark.line + 1, mark.column + 1)

    def refuse(self, event: yaml.Event, code: str, message: str, remedy: str) -> DocumentError:
        return DocumentError([self.at(event).finding(code, message, remedy)])

    def grow(self, event: yaml.Event, by: int) -> None:
        self.count += by
        if self.count > max_nodes:
            message = f"The file has more than {max_nodes:,} parts, aliases included."
            raise self.refuse(event, "too-large", message, "Split it, or use fewer aliases.")

    def node(self, event: yaml.Event, depth: int) -> Node:
        if type(event) is yaml.ScalarEvent and event.tag is None and event.anchor is None:
            self.grow(event, 1)  # nearly all parts of a file: the short way
            return self.scalar(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                message = f"`*{event.anchor}` names nothing that is complete here."
                remedy = f"Define `&{event.anchor}` before this line."
                raise self.refuse(event, "unknown-alias", message, remedy)
            self.used.add(event.anchor)
            node, size = self.anchors[event.anchor]
            self.grow(event, size)
            return node
        assert isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        before = self.count
        self.grow(event, 1)
        if depth > max_depth:
            message = f"Nested more than {max_depth} deep."
            raise self.refuse(event, "too-deep", message, "Move inner steps into a flow of their own.")
        if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            message = f"The YAML tag `{event.tag}` means nothing here."
            raise self.refuse(event, "yaml-tag", message, "Remove it, or put the whole text in quotes.")
        node = self.build(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node, self.count - before
            self.anchoring.setdefault(event.anchor, event)
        return node

    def scalar(self, event: yaml.ScalarEvent) -> Scalar | None:
        if event.value == "" and event.style in (None, ""):
            return None
        return Scalar.of(event.value, self.at(event))

    def build(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        at = self.at(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := self.next(), yaml.SequenceEndEvent):
                items.append(self.node(inner, depth + 1))
            return Sequence(items, at)
        if at.text.startswith("{{", at.column - 1):
            raise DocumentError([braces_finding(at)])
        pairs: dict[str, Node] = {}
        while not isinstance(inner := self.next(), yaml.MappingEndEvent):
            key = self.node(inner, depth + 1)
            if not isinstance(key, Scalar):
                raise self.refuse(inner, "bad-key", "A key must be text.", "Write `name: value`.")
            if key == "<<":
                message = "`<<` merges nothing here."
                raise self.refuse(inner, "merge-key", message, "Write the keys out, or alias a whole value.")
            if key in pairs:
                message = f"`{key}` stands here twice."
                raise self.refuse(inner, "duplicate-key", message, "Keep one of them.")
            pairs[key] = self.node(self.next(), depth + 1)
        return Mapping(pairs.items(), at)
