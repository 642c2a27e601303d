"""Dialogues with the shipped flows whose bot is killed: from outside at each of their points, and by itself
at some of its writes, which are spread over all shipped flows that chat.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks import Figure

from .house import ordeal
from .matrix import points
from .ordeal import PATIENCE, Ordeal
from .stages import Point
from .stores import postgres_place
from .stories import ELSEWHERE, STORIES, Kill, Story, kill_points

ROOT = Path(__file__).parents[2]
FALLS = 6
"""Kills at writes in each story: of seven, more than forty."""
HOPELESS = 8.0
"""Seconds until nobody hopes for a reply of the control's bot any more, which is slow."""


async def story_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Chats with the front desk killed at each of their points, and at all points of one."""
    async with ordeal(folder, faulty=control, patience=HOPELESS if control else PATIENCE) as rig:
        if control:
            for _ in range(3):  # as many as there are faults
                await rig.play(STORIES[0], [Kill(after="done", number=1)])
        else:
            await _suffer(rig, quick)
        await rig.bot.stop()
        damage = await rig.damage()
    return [
        Figure(name="kill_points", value=len(rig.away), unit="kills"),
        Figure(name="messages_lost", value=damage.lost, unit="messages", limit=0),
        Figure(name="messages_doubled", value=damage.doubled, unit="messages", limit=0),
        Figure(name="dialogues_disordered", value=damage.disordered, unit="dialogues", limit=0),
        Figure(name="dialogues_unfinished", value=damage.unfinished, unit="dialogues", limit=0),
        Figure(name="back_after_kill_median", value=statistics.median(rig.away), unit="s", limit=10),
        Figure(name="back_after_kill_worst", value=max(rig.away), unit="s"),
    ]


async def _suffer(rig: Ordeal, quick: bool) -> None:
    for story in STORIES:
        all_points = kill_points(story)
        for kill in all_points[:: 5 if quick else 1]:
            await rig.play(story, [kill])
        if not quick:
            await rig.play(story, all_points)


async def fall_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Every bot that chats ends itself by SIGKILL, before and after some of its writes; on SQLite, and every
    second one on PostgreSQL where that is installed."""
    falls = lost = doubled = disordered = unfinished = 0
    bots: list[tuple[Path | None, Story]] = [(None, story) for story in STORIES]
    bots += [(ROOT / name / "bot.yaml", story) for name, story in ELSEWHERE.items()]
    with postgres_place() as server:
        for number, (bot, story) in enumerate(bots[:1] if control else bots[1::4] if quick else bots):
            own = folder / str(number)
            own.mkdir()
            store = "sqlite:///bot.db"
            if server is not None and number % 2:
                from .postgres_store import new_schema  # wants a driver that not everybody has

                store = await new_schema(server, f"fall_{number}")
            patience = HOPELESS if control else PATIENCE
            async with ordeal(own, bot=bot, store=store, faulty=control, patience=patience) as rig:
                for point in await _points(rig, story, quick, control):
                    await rig.fall(story, point)
                await rig.bot.stop()
                damage = await rig.damage()
            falls, lost, doubled = falls + rig.fell, lost + damage.lost, doubled + damage.doubled
            disordered, unfinished = disordered + damage.disordered, unfinished + damage.unfinished
    wanted = 1 if quick else 40
    return [
        Figure(name="falls", value=falls, unit="kills", limit=wanted, at_least=True),
        Figure(name="falls_lost", value=lost, unit="messages", limit=0),
        Figure(name="falls_doubled", value=doubled, unit="messages", limit=0),
        Figure(name="falls_disordered", value=disordered, unit="dialogues", limit=0),
        Figure(name="falls_unfinished", value=unfinished, unit="dialogues", limit=0),
    ]


async def _points(rig: Ordeal, story: Story, quick: bool, control: bool) -> Sequence[Point]:
    """Spread evenly over the dialogue."""
    if control:
        return [(1, False)] * 3
    every = list(points(await rig.writes_of(story), 1))
    falls = 1 if quick else FALLS
    return [every[(2 * number + 1) * len(every) // (2 * falls)] for number in range(falls)]
