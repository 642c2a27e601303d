"""What a person writes while a handler works for their session."""

from __future__ import annotations

import asyncio

import pytest

from botkit.hooks import hook, step_handler
from botkit.ports.store import SessionRow
from botkit.store import SqliteStore
from botkit.testing import ScriptedPerson
from tests.runtime.house import House
from tests.runtime.killing import Killer

DESK = """
flow: desk
start:
  - item_added
slots:
  room:
    ask: Which room?
steps:
  - run: look_up
    into: ticket
  - collect: [room]
  - end: Ticket {{ ticket }} for room {{ room }}.
"""
FLOORS = """
flow: desk
start:
  - item_added
slots:
  floor:
    ask: Which floor?
  room:
    ask: Which room?
steps:
  - run: look_up
    into: ticket
  - collect: [floor, room]
    as: questions
  - end: Ticket {{ ticket }} for floor {{ floor }}, room {{ room }}.
"""
SHORT = """
flow: desk
start:
  - item_added
steps:
  - run: look_up
    into: ticket
  - end: Ticket {{ ticket }} for {{ event.text }}.
"""


class Office:
    """A step handler that takes as long as the test wants."""

    def __init__(self, house: House) -> None:
        self.asked = 0
        self.open = asyncio.Event()

        @step_handler
        async def look_up() -> int:
            self.asked += 1
            number = self.asked
            await self.open.wait()
            return number

        house.plug(look_up)


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


async def test_a_message_waits_for_the_handler_and_then_answers(house: House, office: Office) -> None:
    seen: list[str] = []

    @hook
    def item_added(message: object) -> None:
        seen.append(getattr(message, "text", ""))

    house.plug(item_added)
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("my screen is dark")
    await ada.post("7")
    await house.clock.settle()
    assert house.said(ada.direct) == []
    office.open.set()
    await house.clock.settle()
    assert house.said(ada.direct) == ["Which room?", "Ticket 1 for room 7."]
    assert seen == ["my screen is dark", "7"]
    assert office.asked == 1


async def test_messages_that_wait_keep_their_order(house: House, office: Office) -> None:
    house.flow(FLOORS)
    await house.start()
    ada = ScriptedPerson(house.platform)
    for text in ("my screen is dark", "second", "7"):
        await ada.post(text)
    office.open.set()
    await house.clock.settle()
    assert house.said(ada.direct)[-1] == "Ticket 1 for floor second, room 7."


async def test_a_message_that_the_session_did_not_want_starts_a_flow(house: House, office: Office) -> None:
    house.flow(SHORT)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("one")
    await ada.post("two")
    await house.clock.settle()
    assert office.asked == 1
    office.open.set()
    await house.clock.settle()
    assert [text.split()[1] for text in house.said(ada.direct)] == ["1", "2"]


async def test_a_message_that_waits_survives_the_bot(house: House, office: Office) -> None:
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("my screen is dark")
    await ada.post("7")
    await house.clock.settle()
    await house.kill()
    office.open.set()
    await house.start()
    assert house.said(ada.direct) == ["Which room?", "Ticket 2 for room 7."]


async def test_nobody_else_waits(house: House, office: Office) -> None:
    house.flow(DESK)
    await house.start()
    ada, grace = ScriptedPerson(house.platform), ScriptedPerson(house.platform, "Grace Hopper")
    group = house.platform.add_group("Team", [ada.user, grace.user])
    thread = (await ada.post("my screen is dark", to=group)).id
    await grace.post("mine too", to=group, thread_id=thread)
    await house.clock.settle()
    assert office.asked == 2
    office.open.set()


async def test_a_session_whose_result_is_lost_keeps_no_message(
    house: House, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botkit.flow import engine
    from botkit.model.inputs import RunFinished

    sound = engine.step

    def broken(flows, session, given, now):  # type: ignore[no-untyped-def]
        if isinstance(given, RunFinished):
            raise RuntimeError("a bug")
        return sound(flows, session, given, now)

    monkeypatch.setattr(engine, "step", broken)
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("one")
    await ada.post("two")
    office.open.set()
    await house.clock.advance(10)
    assert office.asked == 2


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("fatal", range(10, 52, 6))
async def test_a_message_that_waits_survives_any_death(
    house: House, office: Office, fatal: int, after: bool
) -> None:
    house.flow(DESK)
    killer = Killer(fatal, after=after)
    await house.boot(killer)
    ada = ScriptedPerson(house.platform)
    posts = [asyncio.create_task(ada.post(text)) for text in ("my screen is dark", "7")]
    await house.clock.settle()
    office.open.set()
    await house.clock.settle()
    if killer.dead.is_set():
        await house.kill()
        await house.start()
        await house.clock.advance(5)
    await asyncio.gather(*posts, return_exceptions=True)
    question, answer = house.said(ada.direct)
    assert question == "Which room?"
    assert answer.endswith("for room 7.")
    killer.spare()


async def test_a_session_that_moves_while_it_is_looked_for_is_found(
    house: House, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is busy when the store is asked who waits here, and waits when it is asked who is busy here."""
    house.flow(DESK)
    await house.start()
    ada = ScriptedPerson(house.platform)
    await ada.post("my screen is dark")
    await house.clock.settle()
    await house.kill()  # so that nobody remembers who stands where
    find, answered = SqliteStore.find, asyncio.Event()

    async def find_slowly(store: SqliteStore, place: str) -> SessionRow | None:
        found = await find(store, place)
        if not office.open.is_set():
            office.open.set()
            await house.clock.settle()
            assert house.said(ada.direct) == ["Which room?"]
            answered.set()
        return found

    await house.start()
    await house.clock.settle()
    monkeypatch.setattr(SqliteStore, "find", find_slowly)
    await ada.post("7")
    await answered.wait()
    await house.clock.settle()
    assert house.said(ada.direct) == ["Which room?", "Ticket 2 for room 7."]
