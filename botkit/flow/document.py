"""A YAML document as a located tree: plain strings, lists and dicts that remember where they stand.

Every scalar is text, exactly as written (`+4930`, `010`, `yes` and `9:30` mean what they look like); a
value left empty is `None`. So a tree is ordinary data, ready for pydantic, and every part knows its line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from botkit.model.errors import UsageError
from botkit.model.findings import Finding, Place, Severity
from botkit.model.plural import counted


@dataclass(frozen=True, slots=True)
class Source:
    """One file's text."""

    file: str
    """Path as the user gave it."""
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a source."""

    source: Source
    line: int
    """1-based."""
    column: int
    """1-based."""

    @property
    def place(self) -> Place:
        """For people and findings."""
        return Place(file=self.source.file, line=self.line, column=self.column)

    @property
    def text(self) -> str:
        """The whole line."""
        lines = self.source.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""

    def finding(self, code: str, message: str, remedy: str, severity: Severity = Severity.ERROR) -> Finding:
        """Something wrong here."""
        return Finding(
            code=code,
            place=self.place,
            message=message,
            remedy=remedy,
            source_line=self.text[:200],
            severity=severity,
        )

    def warning(self, code: str, message: str, remedy: str) -> Finding:
        """Something doubtful here."""
        return self.finding(code, message, remedy, Severity.WARNING)


class Scalar(str):
    """Text, as written."""

    __slots__ = ("at",)
    at: Location

    @classmethod
    def of(cls, text: str, at: Location) -> Scalar:
        """`text`, standing at `at`."""
        scalar = cls(text)
        scalar.at = at
        return scalar


class Sequence(list["Node"]):
    """A list."""

    __slots__ = ("at",)

    def __init__(self, items: Iterable[Node], at: Location) -> None:
        super().__init__(items)
        self.at = at


class Mapping(dict[str, "Node"]):
    """A mapping; its keys are `Scalar`s."""

    __slots__ = ("at",)

    def __init__(self, items: Iterable[tuple[str, Node]], at: Location) -> None:
        super().__init__(items)
        self.at = at

    def key_at(self, name: str) -> Location:
        """Where a key stands; the mapping's own place when it has no such key."""
        return next((key.at for key in self if key == name and isinstance(key, Scalar)), self.at)


Node: TypeAlias = Scalar | Sequence | Mapping | None
"""One part of a tree; `None` is a value left empty."""


class DocumentError(UsageError):
    """A file says something that cannot be. `findings` has each fault with its place and remedy."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings, key=lambda finding: finding.place))
        super().__init__(counted(len(self.findings), "finding"))

    def paragraph(self) -> str:
        """All findings, one a line, each followed by the line it is about."""
        return "\n".join(str(finding) for finding in self.findings)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A remedy for a word that is not known: the nearest one, or all of them when they are few."""
    names = sorted(set(known))
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    if not names:
        return "Remove it."
    shown = ", ".join(f"`{name}`" for name in names[:16])
    more = len(names) - 16
    return f"Known here: {shown}{f', and {more} more' if more > 0 else ''}."
