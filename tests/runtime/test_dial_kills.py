"""A bot that calls somebody, killed at every call it makes of its store and its platform, and started again.

Whatever the place: nobody is rung up twice for one wish, and the session that wished it is told once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import pytest

from botkit.model.calls import CallCause
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House
from tests.runtime.killing import Killer
from tests.runtime.test_dialling import ALARM

ENOUGH = 100
"""More calls than the dialogue makes."""


class Story:
    """Somebody has the bot call a guard; the bot is killed on the way, once."""

    def __init__(self, house: House, fatal: int, *, after: bool) -> None:
        self.house = house
        house.flow(ALARM)
        self.ada = ScriptedPerson(house.platform)
        self.guard = ScriptedPerson(house.platform, "Gus Guard", "guard@example.com")
        self.killer = Killer(fatal, after=after)
        self.died = False

    async def run(self) -> None:
        await self._start()
        await self._act(self.ada.post("alarm"))
        for _ in range(3):
            for call in self.guard.missed():
                await self._act(call.pick_up())
            await self.house.clock.advance(5)
            await self._revive()
            if self.house.audio.legs:
                self.house.audio.legs[-1].press("1")
            await self.house.clock.advance(20)
            await self._revive()
        self.killer.spare()

    async def _act(self, act: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(act)
        await self.house.clock.settle()
        await self._revive()
        assert task.done()

    async def _revive(self) -> None:
        if self.killer.dead.is_set():
            self.died = True
            await self.house.kill()
            self.killer = Killer()
            await self._start()

    async def _start(self) -> None:
        starting = asyncio.create_task(self.house.boot(self.killer))
        dying = asyncio.create_task(self.killer.dead.wait())
        await asyncio.wait((starting, dying), return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        await self.house.clock.settle()
        await self._revive()


@pytest.mark.parametrize("after", [False, True])
async def test_every_place_to_die(tmp_path: Path, after: bool) -> None:
    for fatal in range(1, ENOUGH):
        home = tmp_path / f"{fatal}"
        home.mkdir()
        story = Story(House(home, VirtualClock()), fatal, after=after)
        house = story.house
        try:
            await story.run()
            calls = list(house.platform.calls.values())
            assert len(calls) <= 1, f"rung up twice: {fatal}"
            said = house.said(story.ada.direct)
            assert len(said) == 1, (fatal, said)
            if not story.died:
                assert said == ["Coming: yes"]
                assert fatal > 20
                assert [call.cause for call in calls] == [CallCause.ENDED]
                return
            assert not await house.store.open_sessions(""), fatal
            assert not await house.store.effects(), fatal
        finally:
            await house.close()
    raise AssertionError("the dialogue never came to its end")
