"""How long a person waits for `botkit --help`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterable

from benchmarks import Figure

HELP = "import sys; from botkit.cli import main; sys.argv = ['botkit', '--help']; main()"


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """The control reads its code from a slow disk."""
    fault = "import time; time.sleep(0.2); " if control else ""
    times = [_seconds(f"{fault}{HELP}") for _ in range(5 if quick else 20)]
    yield Figure(name="help_time", value=statistics.median(times) * 1000, unit="ms", limit=150)


def _seconds(code: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    return time.perf_counter() - begun
