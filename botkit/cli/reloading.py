"""Takes changed flows into a bot that runs, at SIGHUP or as soon as files change, and says what it did."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from botkit.model.plural import counted

if TYPE_CHECKING:
    from botkit.app import Bot
    from botkit.ports.clock import Clock
    from botkit.runtime import FlowChange

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds between two looks at the files. A change counts when the look after it finds nothing more: who
saves several files saves them one after the other."""


class Reloading:
    """Of one bot, which runs. What it says goes to the log, a line for each change."""

    def __init__(self, bot: Bot, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Take the flows as they are now, as soon as possible."""
        self._asked.set()

    async def run(self) -> None:
        """Until cancelled: whenever somebody asks for it."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.take()

    async def watch(self) -> None:
        """Until cancelled: ask whenever the files have changed."""
        seen, changed = self._bot.flow_files.fingerprint(), False
        while True:
            await self._clock.sleep(LOOK_EVERY)
            now = self._bot.flow_files.fingerprint()
            if now == seen and changed:
                self.ask()
            seen, changed = now, now != seen

    async def take(self) -> None:
        """Take the flows as they are now. What is wrong with them is told; then the bot goes on with those
        that it has."""
        from botkit.model.errors import BotkitError

        try:
            changes = await self._bot.reload()
        except BotkitError as error:
            log.error("the flows are broken, and the bot goes on with those it has:\n%s", error.paragraph())
            return
        except Exception:  # of a plugin, most likely: no reason to end a bot that runs
            log.exception("the flows cannot be read, and the bot goes on with those it has")
            return
        for line in words(changes, self._bot.flow_files.later):
            log.info("%s", line)


def words(changes: Sequence[FlowChange], later: Sequence[str]) -> Iterator[str]:
    """What became of a reload, for people. `later` = what else has changed, and counts at the next start."""
    yield from map(_changed, changes)
    if not changes:
        yield "the flows are as they were"
    if later:
        yield f"{', '.join(later)}: changed, which counts at the next start of the bot"


def _changed(change: FlowChange) -> str:
    what = "gone" if not change.now else "changed" if change.before else "new"
    if not change.sessions:
        return f"{change.flow}: {what}"
    one = change.sessions == 1
    who = counted(change.sessions, "session")
    go, began, their = ("goes", "it began", "its") if one else ("go", "they began", "their")
    fate = {
        "pin": f"{go} on with the version {began} with",
        "migrate": f"{go} on with the new version at {their} next input",
        "restart": f"{'begins' if one else 'begin'} anew at {their} next answer; calls go on as they were",
    }[change.on_change]
    return f"{change.flow}: {what}; {who} {fate}"
