"""What the shipped flows suffer when the bot's process is killed, as `kill -9` does, and when all else fails.

A sandbox runs here, the bot in a process of its own. A person goes through a dialogue; at one point of it,
after a message of the bot or right after an answer, the process is killed and started again on what it
left; or it ends itself so before or after one of its writes (`dialogues`). In the end what stands in the
conversations is held against what the pure engine says the flow says. So it is with calls (`calls`), and at
random moments under many people (`crowd`). Between any two writes of any script a bot dies in this process,
on virtual time (`matrix`). Then what becomes of webhooks that are forged and repeated (`webhooks`), of
schedules in two years (`schedules`) and with two processes on one database (`takeover`), and of messages on
a network that fails (`network`).

The control has faults of its own in each part, and every limit has to see one: a connector that doubles,
loses and exchanges, stores that forget, a bot that believes whoever calls a webhook, a connector that does
not ask what it missed.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks import Figure
from botkit.testing.scripts.runner import quiet

from .calls import call_figures
from .crowd import crowd_figures
from .dialogues import fall_figures, story_figures
from .matrix import matrix_figures, plans, script_harm
from .network import network_figures
from .schedules import schedule_figures
from .side_by_side import side_by_side
from .stores import place
from .takeover import takeover_figures
from .webhooks import webhook_figures

Part = Callable[[Path, bool, bool], Iterable[Figure]]
"""Figures of one part: its folder, whether quick, whether with a fault."""


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Messages lost and doubled, dialogues that came to no end, how long the bot is away; then the others.

    The longest begins first; all go on side by side."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="botkit-durability-")))
        wheres = {
            plan: where
            for plan in plans(quick, control)
            if (where := closing.enter_context(place(plan.kind, folder))) is not None
        }
        if len(wheres) < len(plans(quick, control)):
            print("no PostgreSQL on this machine: the kill matrix is SQLite's alone", file=sys.stderr)
        work = closing.enter_context(side_by_side())
        parts = [work.do(name, part_figures, name, folder, quick, control) for name in PARTS]
        scripts = {
            plan: [
                work.do(f"script {number} on {plan.kind}", script_harm, plan, where, number)
                for number in plan.numbers
            ]
            for plan, where in wheres.items()
        }
        work.until_done()
        for part in parts:
            yield from part.result()
        for plan, harms in scripts.items():
            yield from matrix_figures(plan, (harm.result() for harm in harms))


def part_figures(name: str, folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Of one part, in a folder of its own there. What its bots log of all this is not told."""
    own = folder / name
    own.mkdir()
    # The sandbox's server tells of each line that breaks off.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL + 1)
    begun = time.monotonic()
    with quiet():
        found = list(PARTS[name](own, quick, control))
    short = ", ".join(f"{each.name} {each.value:g}" for each in found if not each.ok)
    took = f"        {name} took {time.monotonic() - begun:.0f} s"
    print(f"{took}, {f'short: {short}' if short else 'all ok'}", file=sys.stderr, flush=True)
    return found


def _awaited(part: Callable[[Path, bool, bool], Coroutine[None, None, list[Figure]]]) -> Part:
    return lambda folder, quick, control: asyncio.run(part(folder, quick, control))


PARTS: Mapping[str, Part] = {
    "crowd": _awaited(crowd_figures),
    "schedules": lambda _, quick, control: schedule_figures(quick, control),
    "falls": _awaited(fall_figures),
    "dialogues": _awaited(story_figures),
    "network": lambda _, quick, control: network_figures(quick, control),
    "webhooks": _awaited(webhook_figures),
    "takeover": _awaited(takeover_figures),
    "calls": _awaited(call_figures),
}
"""All but the kill matrix; the longest first."""
