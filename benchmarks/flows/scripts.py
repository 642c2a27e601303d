"""How long 200 conversation scripts take."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks import Figure
from botkit.testing.scripts.runner import ScriptResult, load_cases, run_cases
from botkit.testing.scripts.subject import Subject

HOTEL = Path(__file__).parents[2] / "examples" / "hotel"
COUNT = 200


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Those of the hotel, over and over. The control prints each result to a slow terminal."""
    begun = time.perf_counter()
    subject = Subject.read(HOTEL / "bot.yaml")
    cases = load_cases([HOTEL / "scripts"], subject)
    several = list(itertools.islice(itertools.cycle(cases), COUNT))
    results = run_cases(several, subject, told=_slow if control else None)
    if not all(result.passed for result in results):
        raise RuntimeError("a script failed")
    yield Figure(name="scripts_200", value=time.perf_counter() - begun, unit="s", limit=10)


def _slow(result: ScriptResult) -> None:
    time.sleep(0.06)
