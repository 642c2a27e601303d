"""Many calls at once on one core: what each costs beside other ways to hold it, and how many are too many.

The load is a process of its own on the first core (`generator.py`), each bot another one on the last core.
Every caller sends 29 kbit/s of Opus without a pause and hears a prompt without end; one of ten talks, and
somebody listens to all of them. Rounds of all bots take turns, and the medians count.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import Figure
from benchmarks.peers import is_made, python_with

from . import floor, said
from .generator import Load, Plan, Step
from .lateness import MOST_LATE, last_good

PIPECAT = ("pipecat-ai[webrtc,silero]==1.14.0",)
BOTS = "benchmarks.media.bots"
PEERS_CALLS = 10
"""Calls that a peer has: few enough to be in time with all of them."""
MANY = 150
"""Calls that botkit has beside them."""
LADDER = (50, 100, 150, 200, 250, 300, 340)
"""Loads by which the last good one is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How long everything takes."""

    rounds: int
    searches: int
    seconds: float
    """Of a window."""
    many: int = MANY
    ladder: Sequence[int] = LADDER


QUICK = Size(rounds=1, searches=1, seconds=2, ladder=(MANY,))
FULL = Size(rounds=5, searches=3, seconds=5)
CONTROL = Size(rounds=1, searches=1, seconds=2, many=10, ladder=(10,))


async def measure(quick: bool, control: bool) -> Sequence[Figure]:
    """In the control, botkit's bot stalls once a second for each call, and keeps 2 MB for each; Pipecat is
    beside it where it is installed already."""
    size = CONTROL if control else QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="botkit-media-") as name:
        folder = Path(name)
        await said.write(folder)
        found = Measured(folder, size, control)
        found.take_rounds()
        figures = list(found.figures())
        if not quick and not control:
            figures += found.curves()
        return figures


class Measured:
    """All rounds."""

    def __init__(self, folder: Path, size: Size, control: bool) -> None:
        self._folder = folder
        self._size = size
        self._floor = floor.made(folder)
        self._fault = ("--fault", "slow") if control else ()
        self._large = ("--fault", "large") if control else ()
        self._pipecat = None if control and not is_made(*PIPECAT) else _pipecat()
        self._product: list[list[Step]] = []
        self._aiortc: list[Step] = []
        self._pipecats: list[Step] = []
        self._floors: list[float] = []
        self._memory: list[float] = []

    def take_rounds(self) -> None:
        """Bot after bot, and again."""
        size = self._size
        for number in range(size.rounds):
            ladder = size.ladder if number == 0 else [calls for calls in size.ladder if calls >= size.many]
            if number >= size.searches:
                ladder = (size.many,)
            self._product.append(self._run(self._botkit(*self._fault), ladder, until_late=True))
            self._aiortc += self._run(_textbook(), (PEERS_CALLS,))
            if self._pipecat is not None:
                self._pipecats += self._run(self._pipecat, (PEERS_CALLS,))
            if self._floor is not None:
                self._floors.append(self._floor.cpu(size.many))
        if self._large:
            self._memory = [self._run(self._botkit(*self._large), (size.many,))[-1].memory]

    def figures(self) -> Iterator[Figure]:
        """Those with limits, and what they come from."""
        many = [steps[-1] for steps in self._product]  # where so many are too many
        many = [step for steps in self._product for step in steps if step.calls == self._size.many] or many
        cpu = _median(step.cpu for step in many)
        searches = self._product[: self._size.searches]
        good = [
            last_good((step.calls, step.late_percent < MOST_LATE) for step in steps) for steps in searches
        ]
        yield Figure(
            name="calls_per_core", value=statistics.median(good), unit="calls", limit=150, at_least=True
        )
        aiortc = _median(step.cpu for step in self._aiortc)
        yield Figure(name="cpu_vs_aiortc", value=cpu / aiortc, unit="of its CPU", limit=1 / 6)
        if self._pipecats:
            pipecat = _median(step.cpu for step in self._pipecats)
            yield Figure(name="cpu_vs_pipecat", value=cpu / pipecat, unit="of its CPU", limit=1 / 10)
        if self._floors:
            lowest = statistics.median(self._floors)
            yield Figure(name="cpu_vs_limit", value=cpu / lowest, unit="of the floor", limit=4)
            yield Figure(name="cpu_floor", value=lowest, unit="% of a core/call")
        memory = self._memory or [step.memory for step in many]
        yield Figure(name="memory_per_call_mb", value=statistics.median(memory), unit="MB", limit=1.0)
        yield from _told("botkit_opus", many)
        yield from _told("aiortc_opus", self._aiortc)
        yield from _told("pipecat_opus", self._pipecats)

    def curves(self) -> Iterator[Figure]:
        """What the picture shows besides, and other codecs; once each."""
        for calls in {step.calls for steps in self._product for step in steps} - {self._size.many}:
            steps = [step for steps in self._product for step in steps if step.calls == calls]
            yield from _told("botkit_opus", steps)
        for step in self._run(self._botkit(), (1, 10)):
            yield from _told("botkit_opus", [step])
        for step in self._run(self._botkit(), (10, 50, MANY), codec="PCMU"):
            yield from _told("botkit_pcmu", [step])
        (deaf,) = self._run(self._botkit(), (MANY,), listening=False)
        yield from _told("botkit_nobody_listens", [deaf])
        for step in self._run(_textbook(), (1, 5, 20, 25, 30), until_late=True):
            yield from _told("aiortc_opus", [step])
        if self._pipecat is not None:
            for step in self._run(self._pipecat, (1, 5, 13), until_late=True):
                yield from _told("pipecat_opus", [step])

    def _botkit(self, *options: str) -> list[str]:
        return [sys.executable, "-m", f"{BOTS}.product", *options]

    def _run(
        self,
        command: Sequence[str],
        loads: Iterable[int],
        *,
        codec: str = "opus",
        listening: bool = True,
        until_late: bool = False,
    ) -> list[Step]:
        plan = Plan(
            command=[*command, str(self._folder / "prompt.pcm")],
            sounds=str(self._folder),
            codec=codec,
            loads=[Load(calls=calls, seconds=self._size.seconds, listening=listening) for calls in loads],
            until_late=until_late,
        )
        generator = [sys.executable, "-m", "benchmarks.media.generator", json.dumps(asdict(plan))]
        done = subprocess.run(generator, check=True, stdout=subprocess.PIPE, text=True, timeout=300)
        return [Step(**json.loads(line)) for line in done.stdout.splitlines()]


def _textbook() -> list[str]:
    return [sys.executable, "-m", f"{BOTS}.textbook"]


def _pipecat() -> list[str] | None:
    """None where it cannot be installed."""
    try:
        return ["env", "LOGURU_LEVEL=ERROR", str(python_with(*PIPECAT)), "-m", f"{BOTS}.pipecat"]
    except (OSError, subprocess.CalledProcessError) as fault:
        print(f"no figure for Pipecat, which cannot be installed: {fault}", file=sys.stderr)
        return None


def _told(bot: str, steps: Sequence[Step]) -> Iterator[Figure]:
    """For information: what one load came to, the median of its rounds."""
    if not steps:
        return
    name = f"{bot}_{steps[0].calls}"
    yield Figure(name=f"{name}_cpu", value=_median(step.cpu for step in steps), unit="% of a core/call")
    for share in ("p50", "p99", "worst"):
        value = _median(getattr(step, f"late_{share}") for step in steps)
        yield Figure(name=f"{name}_late_{share}", value=value, unit="ms")
    yield Figure(name=f"{name}_late", value=_median(step.late_percent for step in steps), unit="%")


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)
