"""How long the command line keeps a person waiting before it does anything."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterable

from benchmarks import Figure

HEAVY = ("aiortc", "av", "numpy", "sqlalchemy", "aiohttp", "jinja2")
"""Nothing that help needs, and each slow to import."""

HELP = "import sys; from botkit.cli import main; sys.argv = ['botkit', '--help']; main()"
COUNT = f"""
import atexit, sys
atexit.register(lambda: sys.stderr.write(str(len({set(HEAVY)!r} & set(sys.modules)))))
"""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Time and heavy imports of `botkit --help`. The control imports one of them first."""
    fault = "import aiortc; " if control else ""
    times = [_seconds(fault + HELP) for _ in range(3 if quick else 15)]
    yield Figure(name="help_time_median", value=statistics.median(times) * 1000, unit="ms", limit=300)
    yield Figure(name="help_time_worst", value=max(times) * 1000, unit="ms")
    counted = _run(f"{COUNT}{fault}{HELP}").stderr
    yield Figure(name="help_heavy_imports", value=int(counted), unit="imports", limit=0)


def _seconds(code: str) -> float:
    begun = time.monotonic()
    _run(code)
    return time.monotonic() - begun


def _run(code: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60
    )
    if done.returncode != 0:
        raise RuntimeError(f"`botkit --help` failed: {done.stderr}")
    return done
