"""Run areas and print their figures: `script/measure [AREA...] [--json] [--quick] [--control]`."""

from __future__ import annotations

import argparse
import json
import pkgutil
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import benchmarks
from benchmarks import Figure
from benchmarks.media import page

EPILOG = """\
Each figure is a line: name, value, unit, limit, ok or short. Exit code 0 = every figure is ok. With
--control every area has a fault put in, and 0 = every area saw it, that is: has a figure that is short."""


NO_AREAS = {"__main__", "peers", "postgres_cluster"}
"""Modules that areas share."""


def areas() -> list[str]:
    """The names of all areas."""
    return sorted({module.name for module in pkgutil.iter_modules(benchmarks.__path__)} - NO_AREAS)


def table(figures: Sequence[Figure]) -> str:
    """The figures, one a line, in columns."""
    rows = [
        (
            figure.name,
            f"{figure.value:.4g}",
            figure.unit,
            "-" if figure.limit is None else f"{figure.limit:.4g}",
            "ok" if figure.ok else "short",
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    return "\n".join(
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {unit:<{widths[2]}}  {limit:>{widths[3]}}  {verdict}"
        for name, value, unit, limit, verdict in rows
    )


def as_json(figures: Sequence[Figure]) -> str:
    """A list of `{name, value, unit, limit, ok}`."""
    return json.dumps(
        [
            {"name": each.name, "value": each.value, "unit": each.unit, "limit": each.limit, "ok": each.ok}
            for each in figures
        ],
        indent=2,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; see `EPILOG` for the exit code. 2 = there is no such area."""
    known = ", ".join(areas())
    parser = argparse.ArgumentParser(
        prog="script/measure", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("areas", nargs="*", metavar="AREA", help=f"{known}; none or `all` = every one")
    parser.add_argument("--json", action="store_true", help="print one JSON list")
    parser.add_argument("--quick", action="store_true", help="one short round of each, under 50 s")
    parser.add_argument("--control", action="store_true", help="put a fault in that the limits must see")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put tables and picture of `media` into it")
    options = parser.parse_args(arguments)
    wanted = areas() if options.areas in ([], ["all"]) else options.areas
    for name in wanted:
        if name not in areas():
            parser.error(f"there is no area {name!r}; there are: {known}, and `all`")

    measured: dict[str, list[Figure]] = {}
    for name in wanted:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        found = measured[name] = []
        try:
            for figure in import_module(f"benchmarks.{name}").figures(options.quick, options.control):
                found.append(figure)
        except Exception:
            if found:
                print(f"{name} broke off; until then:\n{table(found)}", file=sys.stderr, flush=True)
            raise
        print(f"measured {name} in {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    figures = [figure for of_area in measured.values() for figure in of_area]
    if options.page is not None:
        page.write(figures, options.page)
    print(as_json(figures) if options.json else table(figures))
    if options.control:
        return 0 if all(any(not figure.ok for figure in of_area) for of_area in measured.values()) else 1
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
