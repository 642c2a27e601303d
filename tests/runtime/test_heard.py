"""Where a bot goes on hearing after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from botkit.testing import FakeConnector, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.killing import Killer

ALERT = "flow: alert\nstart: [item_added]\nsteps: [{say: Noted.}]\n"


def knows(monkeypatch: pytest.MonkeyPatch, until: Sequence[datetime | None]) -> None:
    """The connector knows how far it has heard: the last of these."""
    monkeypatch.setattr(FakeConnector, "heard_until", property(lambda _: until[-1]))


async def test_a_bot_goes_on_where_it_heard_last_whatever_its_own_clock_says(
    house: House, monkeypatch: pytest.MonkeyPatch, asked: list[datetime | None]
) -> None:
    # The platform's clock is a week behind ours.
    until = [house.clock.now() - timedelta(days=7)]
    knows(monkeypatch, until)
    house.flow(ALERT)
    await house.start()
    person = ScriptedPerson(house.platform)
    await person.post("one")
    await house.clock.settle()
    # The line breaks unnoticed, and the bot goes on writing its journal.
    await house.clock.advance(3600)
    await person.post("two")
    await house.clock.settle()
    await house.kill()
    await house.start()
    assert asked == [None, until[0]]


async def test_a_bot_that_dies_before_it_hears_anything_goes_on_where_it_began(
    house: House, monkeypatch: pytest.MonkeyPatch, asked: list[datetime | None]
) -> None:
    begun = house.clock.now()
    knows(monkeypatch, [begun])
    house.flow(ALERT)
    await house.start()
    await house.kill()
    await house.start()
    assert asked == [None, begun]


async def test_a_bot_that_dies_of_the_first_it_hears_is_told_that_again(
    house: House, monkeypatch: pytest.MonkeyPatch, asked: list[datetime | None]
) -> None:
    """How far the platform's clock is was not to be had when the bot began."""
    until: list[datetime | None] = [None]
    knows(monkeypatch, until)
    house.flow(ALERT)
    killer = Killer()
    await house.boot(killer)
    await house.clock.settle()
    begun = house.clock.now()
    until.append(begun)
    killer.die_of("SqliteStore.find", 1)
    telling = asyncio.create_task(ScriptedPerson(house.platform).post("one"))
    await house.clock.settle()
    assert killer.dead.is_set()
    await house.kill()
    assert telling.cancelled()
    await house.start()
    assert asked == [None, begun]


async def test_the_note_is_late_by_half_a_minute_at_most_and_a_stop_brings_it_up_to_date(
    house: House, monkeypatch: pytest.MonkeyPatch, asked: list[datetime | None]
) -> None:
    begun = house.clock.now()
    until = [begun]
    knows(monkeypatch, until)
    house.flow(ALERT)
    await house.start()
    person = ScriptedPerson(house.platform)
    for seconds in (1, 29, 31, 40):
        until.append(begun + timedelta(seconds=seconds))
        await person.post("news")
        await house.clock.settle()
    await house.kill()
    await house.start()
    await house.stop()
    await house.start()
    assert asked == [None, begun + timedelta(seconds=31), begun + timedelta(seconds=40)]
