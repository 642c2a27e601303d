"""Findings as people and programs read them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from botkit.model.findings import Finding, Severity


def show(findings: Sequence[Finding]) -> None:
    """One after the other, each with its line and a mark under the place; in colours on a terminal."""
    if not sys.stdout.isatty():
        for finding in findings:
            print(finding)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        text = Text(finding.heading)
        text.stylize("bold", 0, len(str(finding.place)))
        text.highlight_words([f" {finding.code}:"], f"bold {colour}")
        console.print(text)
        line, mark = finding.excerpt
        if line:
            console.print(Text(f"    {line}", style="dim"))
        if mark:
            console.print(Text(f"    {mark}", style=f"bold {colour}"))


def counted(findings: Sequence[Finding]) -> str:
    """How many there are of each kind."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    warnings = len(findings) - errors
    parts = [f"{errors} finding{'s' * (errors != 1)}"] if errors else []
    parts += [f"{warnings} warning{'s' * (warnings != 1)}"] if warnings else []
    return ", ".join(parts) or "no findings"


def as_json(findings: Sequence[Finding], flows: Sequence[str]) -> str:
    """See docs/reference/findings.md for the shape; it only grows."""
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    return json.dumps(
        {
            "version": 1,
            "errors": errors,
            "warnings": len(findings) - errors,
            "flows": sorted(flows),
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "file": finding.place.file,
                    "line": finding.place.line,
                    "column": finding.place.column,
                    "text": finding.source_line,
                    "message": finding.message,
                    "remedy": finding.remedy,
                }
                for finding in findings
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
