"""Calls whose process dies: their flows are told before anything else happens to them, and once."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from botkit.flow import engine
from botkit.hooks import step_handler
from botkit.model.calls import CallCause
from botkit.ports.connector import ConnectorError
from botkit.ports.log_context import at_work_on
from botkit.testing import ScriptedPerson, VirtualClock
from botkit.testing.connector import FakeCalls
from tests.runtime.house import House
from tests.runtime.killing import Killer
from tests.runtime.survival import Survivor
from tests.runtime.telephone import Line, ring
from tests.runtime.test_poison import Bug

TICKETS = """
flow: tickets
start: [call_incoming]
steps:
  - run: ticket
    into: number
  - post: Ticket {{ number }} is theirs.
    to: olivia@example.com
  - end: You have ticket {{ number }}.
when:
  hangup:
    - post: They are gone.
      to: olivia@example.com
"""
COUNTED = (
    TICKETS
    + """
    - run: count
      into: calls
    - post: It was call {{ calls }}.
      to: olivia@example.com
"""
)
"""Steps behind the caller's back wait for a handler, too."""
GOODBYE = """
flow: goodbye
start: [call_incoming]
steps:
  - end: We are closed today. Thank you for calling, and good night.
"""
EXCHANGE = """
flow: exchange
start: [call_incoming]
steps:
  - transfer: olivia@example.com
  - end
"""


ENOUGH = 200
"""More calls of store and platform than the bot makes until all is done."""


class Desk:
    """A plugin whose handlers take as long as a test wants."""

    def __init__(self, house: House) -> None:
        self.killer: Killer | None = None
        """Dies of the commit that brings the first result, once that is written."""
        self.found, self.counted = asyncio.Event(), asyncio.Event()
        self.tickets = 0

        @step_handler
        async def ticket() -> int:
            self.tickets += 1
            await self.found.wait()
            if self.killer is not None:
                self.killer.die_of("SqliteStore.commit", 1, after=True)
            return 7

        @step_handler
        async def count() -> int:
            await self.counted.wait()
            return 1000

        house.plug(ticket, count)


def someone(house: House) -> ScriptedPerson:
    """Who reads what the flow posts."""
    return ScriptedPerson(house.platform, "Olivia Desk", "olivia@example.com")


@pytest.fixture
def olivia(house: House) -> ScriptedPerson:
    return someone(house)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


async def cut_off(house: House, desk: Desk, flow: str) -> Line:
    """A call whose bot dies while the result of its handler waits in the inbox."""
    desk.killer = killer = Killer()
    desk.found.set()
    house.flow(flow)
    await house.boot(killer)
    ada = ScriptedPerson(house.platform)
    call = await ada.call()
    await house.clock.settle()
    assert killer.dead.is_set()
    await house.kill()
    desk.killer = None
    return Line(house, call, ada)


async def given(line: Line) -> list[str]:
    """What the session was given, in order."""
    return [turn["input"][0] for turn in await line.journal("turn")]


async def ways(line: Line) -> list[list[str]]:
    """The way that each turn behind the first one took."""
    turns = (await line.journal("turn"))[1:]
    return [[f"{why['verb']} {why['branch']}" for why in turn["why"]] for turn in turns]


async def test_a_result_that_waits_comes_behind_the_loss(
    house: House, olivia: ScriptedPerson, desk: Desk
) -> None:
    line = await cut_off(house, desk, TICKETS)
    await house.start()
    assert house.said(olivia.direct) == ["They are gone."]
    assert await given(line) == ["Begin", "HungUp"]
    assert desk.tickets == 1, "its result was written"
    assert line.call.cause is CallCause.CALL_LOST
    assert (await house.store.counts()).inbox == 0
    assert not await house.store.open_sessions("call:")


@pytest.mark.parametrize("flow", [TICKETS, COUNTED], ids=["ended", "waits"])
async def test_it_is_as_if_they_had_hung_up_before_the_result(
    house: House, olivia: ScriptedPerson, desk: Desk, flow: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lost = await cut_off(house, desk, flow)
    await house.start()
    desk.counted.set()
    await house.clock.settle()

    living = House(tmp_path_factory.mktemp("living"), house.clock)
    guest = someone(living)
    front = Desk(living)
    left = await ring(living, flow)
    await left.call.hang_up()
    await house.clock.settle()
    front.found.set()
    await house.clock.settle()
    front.counted.set()
    await house.clock.settle()

    assert await given(lost) == await given(left)
    assert await ways(lost) == await ways(left)
    assert house.said(olivia.direct) == living.said(guest.direct)
    await living.close()


async def assert_told_once(house: House, death: tuple[int, bool]) -> bool:
    """Though the bot dies once more, at that call of its store or platform; whether it did."""
    desk, olivia = Desk(house), someone(house)
    line = await cut_off(house, desk, COUNTED)
    desk.counted.set()
    bot = Survivor(house, death)
    await bot.start()
    await bot.advance(3)
    bot.spare()
    assert (await given(line)).count("HungUp") == 1, death
    assert house.said(olivia.direct) == ["They are gone.", "It was call 1000."], death
    assert not await house.store.open_sessions("call:")
    await house.close()
    return bool(bot.died)


async def die_everywhere(folder: Path, step: int) -> int:
    """At every `step`th call, before or after it; how often it died."""
    for number, place in enumerate(itertools.product(range(1, ENOUGH), (False, True))):
        if number % step == 0:
            home = folder / f"{number}"
            home.mkdir()
            if not await assert_told_once(House(home, VirtualClock()), place):
                return number // step
    raise AssertionError("it never came to its end")


async def test_a_bot_that_dies_again_tells_once(tmp_path: Path) -> None:
    assert await die_everywhere(tmp_path, 9) > 5


@pytest.mark.chaos
async def test_a_bot_that_dies_again_anywhere_tells_once(tmp_path: Path) -> None:
    assert await die_everywhere(tmp_path, 1) > 50


async def test_who_knows_it_is_not_told_at_the_next_start(
    house: House, olivia: ScriptedPerson, desk: Desk
) -> None:
    line = await cut_off(house, desk, COUNTED)
    await house.start()
    await house.kill()
    await house.start()
    assert (await given(line)).count("HungUp") == 1
    desk.counted.set()
    await house.clock.settle()
    assert house.said(olivia.direct) == ["They are gone.", "It was call 1000."]


async def test_who_was_told_before_the_process_died_is_not_told_again(
    house: House, olivia: ScriptedPerson, desk: Desk
) -> None:
    line = await ring(house, COUNTED)
    await line.call.hang_up()
    await house.clock.settle()
    await house.kill()
    desk.found.set()
    desk.counted.set()
    await house.start()
    assert (await given(line)).count("HungUp") == 1
    assert house.said(olivia.direct) == ["They are gone.", "It was call 1000."]


async def test_a_caller_whose_flow_had_ended_is_not_left_on_the_line(house: House) -> None:
    """The bot dies in the middle of its last words: no session is open any more."""
    line = await ring(house, GOODBYE)
    assert not await house.store.open_sessions("call:")
    assert line.call.cause is None
    await house.kill()
    await house.start()
    assert line.call.cause is CallCause.CALL_LOST


async def test_whoever_was_put_through_is_not_left_on_the_line(house: House, olivia: ScriptedPerson) -> None:
    line = await ring(house, EXCHANGE)
    far = await olivia.next_call()
    await far.pick_up()
    await house.clock.advance(1)
    assert house.audio.legs[0].bridged is house.audio.legs[1]
    await house.kill()
    await house.start()
    assert (line.call.cause, far.cause) == (CallCause.CALL_LOST, CallCause.CALL_LOST)


async def test_one_call_that_cannot_be_ended_keeps_no_other_from_it(
    house: House, olivia: ScriptedPerson, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    line = await ring(house, EXCHANGE)
    far = await olivia.next_call()
    await far.pick_up()
    await house.clock.advance(1)
    await house.kill()

    async def refuse(self: FakeCalls, call_id: str, cause: CallCause) -> None:
        raise ConnectorError(f"{call_id} is not to be ended.")

    monkeypatch.setattr(FakeCalls, "hangup", refuse)
    await house.start()
    assert far.cause is CallCause.CALL_LOST
    assert f"the call {line.call.id} of the last run cannot be ended" in caplog.text


async def test_a_bug_at_it_holds_up_no_start(
    house: House, olivia: ScriptedPerson, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is set aside as every input that the engine fails at; the next start tells it again."""
    line = await ring(house, TICKETS)
    await house.kill()
    bug = Bug(monkeypatch, engine, "step", "HungUp")
    await house.start()
    await house.clock.advance(5)
    (letter,) = await house.store.dead_letters()
    assert letter.session_id == f"call:{line.call.id}"
    assert line.call.cause is CallCause.CALL_LOST
    await house.kill()
    bug.failures = 0
    desk.found.set()
    await house.start()
    assert house.said(olivia.direct) == ["They are gone."]
    assert await house.store.revive(letter.id)
    await house.kill()
    await house.start()
    assert (await given(line)).count("HungUp") == 1
    assert (await house.store.counts()).inbox == 0


async def test_what_is_logged_later_is_not_of_the_lost_call(house: House, desk: Desk) -> None:
    await cut_off(house, desk, TICKETS)
    await house.boot()
    assert at_work_on() == {}
