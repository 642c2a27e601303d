"""Generated cases with a seed of the day: flows and inputs against the engine, bytes against the checker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks import Figure

ROOT = Path(__file__).parents[2]
SUITES = {
    "property": ("tests/flow/test_flow_properties.py", "tests/flow/test_flow_keys.py"),
    "fuzzer": ("tests/flow/test_flow_fuzz.py",),
}


def figures(quick: bool, seed: int) -> Iterable[Figure]:
    """How many of the suites fail; a case that does is printed as a flow file."""
    for name, paths in SUITES.items():
        marks = "not property" if quick else "property"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "-m", marks, *paths],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PROPERTY_SEED": str(seed)},
            timeout=3600,
        )
        failed = re.search(r"(\d+) failed", done.stdout)
        if done.returncode != 0:
            print(done.stdout + done.stderr, file=sys.stderr, flush=True)
        failures = int(failed[1]) if failed else int(done.returncode != 0)
        yield Figure(name=f"{name}_failures", value=failures, unit="tests", limit=0)
