"""Results of scripts as JUnit XML, which build servers read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from .runner import ScriptResult


def junit(results: Sequence[ScriptResult]) -> str:
    """One `testsuite` a file, one `testcase` a script and channel; times in seconds."""
    root = Element("testsuites", _totals(results))
    suites: dict[str, list[ScriptResult]] = {}
    for result in results:
        suites.setdefault(str(result.case.path), []).append(result)
    for path, inside in suites.items():
        suite = SubElement(root, "testsuite", {"name": path, **_totals(inside)})
        for result in inside:
            case = SubElement(
                suite,
                "testcase",
                {
                    "classname": result.case.file.test,
                    "name": f"{result.case.name} [{result.case.channel}]",
                    "file": path,
                    "line": str(result.case.script.place.line),
                    "time": f"{result.seconds:.3f}",
                },
            )
            if result.failure is not None:
                failure = SubElement(case, "failure", {"message": _xml(result.failure.expected)})
                failure.text = _xml(str(result.failure))
            SubElement(case, "system-out").text = _xml("\n".join(result.lines))
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _totals(results: Sequence[ScriptResult]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(not result.passed for result in results)),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }


def _xml(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    return "".join(
        each if each in "\t\n" or each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )
