"""What a checker says about a file: a code, a place, a fact and a remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from unicodedata import east_asian_width


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


class Severity(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """A bot with it does not start."""
    WARNING = "warning"
    """It is in doubt, and runs all the same."""


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
    severity: Severity = Severity.ERROR

    @property
    def heading(self) -> str:
        """Place, code, fact and remedy."""
        doubt = f"{self.severity}: " if self.severity is Severity.WARNING else ""
        return printable(f"{self.place}: {doubt}{self.code}: {self.message} {self.remedy}")

    @property
    def excerpt(self) -> tuple[str, str]:
        """The line without its indentation, and blanks up to a `^` below the place; both empty when there
        is no such line, the latter also when the place is not in it."""
        line = self.source_line.rstrip()
        shown = line.lstrip()
        before = self.place.column - 1 - (len(line) - len(shown))
        if not shown or not 0 <= before <= len(shown):
            return printable(shown), ""
        blanks = "".join("  " if east_asian_width(sign) in "WF" else " " for sign in shown[:before])
        return printable(shown), f"{blanks}^"

    def __str__(self) -> str:
        lines = [self.heading, *(f"    {line}" for line in self.excerpt if line)]
        return "\n".join(lines)


def printable(text: str) -> str:
    """`text` without signs that do something to a terminal."""
    text = text.replace("\t", " ")
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)
