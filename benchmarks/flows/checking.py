"""How long `botkit check` takes for 200 flows of 50 steps, the process and its imports included."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks import Figure

from . import made

FLOWS, STEPS = 200, 50
CHECK = "import sys; from botkit.cli import main; sys.exit(main(['check', '--json', sys.argv[1]]))"
SLOW_DISK = """
import time, botkit.flow.loader as loader
read = loader.read_document
loader.read_document = lambda path: (time.sleep(0.03), read(path))[1]
import botkit.cli.check_memory as memory
content = memory._content
memory._content = lambda file: (time.sleep(0.03), content(file))[1]
"""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Cold, and after one file was changed. The control reads from a disk that takes 30 ms for a file."""
    code = (SLOW_DISK if control else "") + CHECK
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made.write(folder, FLOWS)
        yield Figure(name="check_steps", value=_steps(folder), unit="steps", limit=STEPS, at_least=True)
        rounds = 1 if control else 3 if quick else 7
        cold, changed = [], []
        for version in range(1, rounds + 1):
            made.write(folder, FLOWS, version=version)
            cold.append(_seconds(code, folder))  # every file is another one
            made.write_one(folder, FLOWS // 2, version + 100)
            changed.append(_seconds(code, folder))
    yield Figure(name="check_200_flows", value=statistics.median(cold), unit="s", limit=5)
    yield Figure(name="check_one_changed", value=statistics.median(changed), unit="s", limit=1)


def _steps(folder: Path) -> int:
    """Of one flow."""
    from botkit.flow.loader import load_flows

    (flow,) = load_flows([folder / "desk0.yaml"]).flows.values()
    return len(flow.ops)


def _seconds(code: str, folder: Path) -> float:
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "XDG_CACHE_HOME": str(folder / "cache")},
    )
    seconds = time.perf_counter() - begun
    found = json.loads(done.stdout)
    if found["findings"] or len(found["flows"]) != FLOWS:
        raise RuntimeError(f"the flows are not as they should be: {done.stdout[:500]}")
    return seconds
