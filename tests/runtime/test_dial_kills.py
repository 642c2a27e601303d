"""A bot that calls somebody, killed at every call it makes of its store and its platform, and started again.

Whatever the place: nobody is rung up twice for one wish, and the session that wished it is told once.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from botkit.model.calls import CallCause
from botkit.testing import ScriptedPerson, VirtualClock
from tests.runtime.house import House
from tests.runtime.survival import Survivor
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
        self.bot = Survivor(house, (fatal, after))

    async def run(self) -> None:
        await self.bot.start()
        await self.bot.act(self.ada.post("alarm"))
        for _ in range(3):
            for call in self.guard.missed():
                await self.bot.act(call.pick_up())
            await self.bot.advance(5)
            if self.house.audio.legs:
                self.house.audio.legs[-1].press("1")
            await self.bot.advance(20)
        self.bot.spare()


@pytest.mark.chaos
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
            if not story.bot.died:
                assert said == ["Coming: yes"]
                assert fatal > 20
                assert [call.cause for call in calls] == [CallCause.ENDED]
                return
            assert not await house.store.open_sessions(""), fatal
            assert not await house.store.effects(), fatal
        finally:
            await house.close()
    raise AssertionError("the dialogue never came to its end")
