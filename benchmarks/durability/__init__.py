"""What the shipped flows suffer when the bot's process is killed, as `kill -9` does, and when all else fails.

A sandbox runs here, the bot in a process of its own. A person goes through a dialogue; at one point of it,
after a message of the bot or right after an answer, the process is killed and started again on what it
left. In the end what stands in the conversations is held against what the pure engine says the flow says.
So it is with calls (`calls`), and at random moments under many people (`crowd`). Between any two writes of
any script a bot dies in this process, on virtual time (`matrix`). Then what becomes of webhooks that are
forged and repeated (`webhooks`), of schedules in two years (`schedules`), and of messages on a network that
fails (`network`).

The control has faults of its own in each part: a connector that posts every third message twice, stores that
forget, a bot that believes whoever calls a webhook, a connector that does not ask what it missed.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import Figure

from .calls import call_figures
from .crowd import crowd_figures
from .house import ordeal
from .matrix import matrix_figures
from .network import network_figures
from .schedules import schedule_figures
from .stories import STORIES, kill_points
from .webhooks import webhook_figures


def figures(quick: bool, control: bool) -> Iterable[Figure]:
    """Messages lost and doubled, dialogues that came to no end, how long the bot is away; then the others."""
    with tempfile.TemporaryDirectory(prefix="botkit-durability-") as name:
        for part in (story_figures, call_figures, crowd_figures):
            folder = Path(name, part.__name__)
            folder.mkdir()
            yield from asyncio.run(part(folder, quick, control))
        yield from asyncio.run(webhook_figures(Path(name, "webhooks"), quick, control))
    yield from matrix_figures(quick, control)
    yield from schedule_figures(quick, control)
    yield from network_figures(quick, control)


async def story_figures(folder: Path, quick: bool, control: bool) -> list[Figure]:
    """Chats killed at each of their points, and at all points of one."""
    async with ordeal(folder, stutter=control) as rig:
        points = 0
        for story in STORIES:
            all_points = kill_points(story)
            for kill in all_points[:: 5 if quick else 1]:
                await rig.play(story, [kill])
                points += 1
            if not quick:
                await rig.play(story, all_points)
                points += len(all_points)
        await rig.bot.stop()
        damage = await rig.damage()
    return [
        Figure(name="kill_points", value=points, unit="kills"),
        Figure(name="messages_lost", value=damage.lost, unit="messages", limit=0),
        Figure(name="messages_doubled", value=damage.doubled, unit="messages", limit=0),
        Figure(name="dialogues_disordered", value=damage.disordered, unit="dialogues", limit=0),
        Figure(name="dialogues_unfinished", value=damage.unfinished, unit="dialogues", limit=0),
        Figure(name="back_after_kill_median", value=statistics.median(rig.away), unit="s", limit=10),
        Figure(name="back_after_kill_worst", value=max(rig.away), unit="s"),
    ]
