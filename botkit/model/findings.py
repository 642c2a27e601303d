"""What a checker says about a file: a code, a place, a fact and a remedy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """Where in a file."""

    file: str
    """Path as the user gave it."""
    line: int = 1
    """1-based."""
    column: int = 1
    """1-based."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong (or doubtful) in a file."""

    code: str
    """Stable name, for example `unknown-verb`; documented in docs/reference/findings.md."""
    place: Place
    message: str
    """The fact, one sentence."""
    remedy: str
    """What to write instead, one sentence."""
    source_line: str = ""
    """The line of the file itself."""

    def __str__(self) -> str:
        shown = f"\n    {self.source_line.strip()}" if self.source_line.strip() else ""
        return f"{self.place}: {self.code}: {self.message} {self.remedy}{shown}"
