"""Which events are dealt with at once, and that the others are kept first."""

from __future__ import annotations

import asyncio

import pytest

from botkit.flow import engine
from botkit.hooks import hook
from botkit.model.events import Event
from botkit.ports.connector import Attachment, ConnectorError
from botkit.ports.log_context import at_work_on
from botkit.ports.store import Commit, StoreError
from botkit.testing import FakeConnector, ScriptedPerson
from tests.runtime.house import House
from tests.runtime.killing import Killer
from tests.runtime.test_poison import Bug

DESK = """
flow: desk
start: [item_added]
slots: {name: {ask: What is your name?}}
steps:
  - collect: [name]
  - end: Good day, {{ name }}.
"""


@pytest.fixture
async def ada(house: House) -> ScriptedPerson:
    house.flow(DESK)
    return ScriptedPerson(house.platform)


@pytest.fixture
def calls() -> Killer:
    """Which of the bot's calls are counted."""
    return Killer()


async def begin(house: House, calls: Killer) -> None:
    await house.boot(calls)
    await house.clock.settle()
    calls.calls.clear()


def told_to(house: House, monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """What the platform would tell the bot from now on, in place of telling it."""
    told: list[Event] = []

    async def note(*events: Event) -> None:
        told.extend(events)

    monkeypatch.setattr(house.platform, "tell_bot", note)
    return told


async def test_a_message_is_written_with_what_came_of_it(
    house: House, ada: ScriptedPerson, calls: Killer
) -> None:
    await begin(house, calls)
    await ada.post("hello")
    assert calls.calls == ["SqliteStore.find", "SqliteStore.find", "SqliteStore.find", "SqliteStore.commit"]
    calls.calls.clear()
    await ada.post("Ada")
    await house.clock.settle()
    assert "SqliteStore.receive" not in calls.calls
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


@pytest.mark.parametrize("name", ["item_added", "mention"])
async def test_one_that_a_handler_hears_is_kept_first(
    house: House, ada: ScriptedPerson, calls: Killer, name: str
) -> None:
    async def listen() -> None:
        assert calls.calls[0] == "SqliteStore.receive"

    listen.__name__ = name
    house.plug(hook(listen))
    await begin(house, calls)
    await ada.post("hello")
    await house.clock.settle()
    assert calls.calls[0] == "SqliteStore.receive"
    assert house.said(ada.direct) == ["What is your name?"]


async def test_one_with_files_is_kept_first(house: House, ada: ScriptedPerson, calls: Killer) -> None:
    await begin(house, calls)
    await ada.post("hello", files=[Attachment(name="cat.png", content_type="image/png", data=b"cat")])
    assert calls.calls[0] == "SqliteStore.receive"


async def test_all_are_kept_first_until_a_bot_that_begins_again_has_caught_up(
    house: House, ada: ScriptedPerson, calls: Killer
) -> None:
    await house.start()
    await house.kill()
    await begin(house, calls)
    await ada.post("hello")
    assert calls.calls[0] == "SqliteStore.receive"
    await house.clock.settle()
    await house.connector.catch_up(house.clock.now())
    calls.calls.clear()
    await ada.post("Ada")
    assert "SqliteStore.receive" not in calls.calls


async def test_what_comes_behind_one_of_its_place_waits_for_it(
    house: House, ada: ScriptedPerson, calls: Killer
) -> None:
    """Told without waiting for what comes of the one before, as a platform may."""
    await begin(house, calls)
    telling = [asyncio.create_task(ada.post(text)) for text in ("hello", "Ada")]
    await asyncio.gather(*telling)
    await house.clock.settle()
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


async def test_one_that_came_before_is_not_dealt_with_again(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Event] = []
    tell = house.platform.tell_bot

    async def telling(*events: Event) -> None:
        told.extend(events)
        await tell(*events)

    monkeypatch.setattr(house.platform, "tell_bot", telling)
    await house.start()
    await ada.post("hello")
    await ada.post("Ada")
    await house.clock.settle()
    for event in list(told):
        await tell(event)
    await house.clock.settle()
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_process_that_dies_of_its_write_is_told_it_again(
    house: House, ada: ScriptedPerson, calls: Killer, *, after: bool
) -> None:
    await begin(house, calls)
    calls.die_of("SqliteStore.commit", 1, after=after)
    telling = asyncio.create_task(ada.post("hello"))
    await house.clock.settle()
    assert calls.dead.is_set()
    await house.kill()
    assert telling.cancelled()
    await house.start()
    await house.platform.tell_bot()
    await ada.post("Ada")
    await house.clock.settle()
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


async def test_one_that_a_bug_fails_at_is_kept_for_its_tries(
    house: House, ada: ScriptedPerson, calls: Killer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(house, calls)
    bug = Bug(monkeypatch, engine, "step", "hello")
    bug.failures = 2
    await ada.post("hello")
    assert "SqliteStore.receive" in calls.calls
    await ada.post("Ada")
    await house.clock.advance(5)
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


async def test_one_that_the_store_refuses_is_told_again_by_its_platform(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.start()

    async def refuse(*_: object) -> None:
        raise StoreError("the disk is full.", where="bot.db")

    with monkeypatch.context() as full:
        full.setattr(house.store, "commit", refuse)
        full.setattr(house.store, "receive", refuse)
        await ada.post("hello")
        assert len(house.platform.undelivered) == 1
    await house.platform.tell_bot()
    await house.clock.settle()
    assert house.said(ada.direct) == ["What is your name?"]


async def test_one_whose_turn_alone_the_store_refuses_holds_up_nobody_else(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform, which tells one after the other, would tell it for ever."""
    await house.start()
    commit, mended = house.store.commit, asyncio.Event()
    bob = ScriptedPerson(house.platform, "Bob")
    first: list[str] = []

    async def refuse(turn: Commit) -> None:
        first.append(turn.done)
        if turn.done == first[0] and not mended.is_set():
            raise StoreError("no such column.", where="bot.db")
        await commit(turn)

    monkeypatch.setattr(house.store, "commit", refuse)
    await ada.post("hello")
    await ada.post("Ada")
    await bob.post("hello")
    await house.clock.settle()
    assert house.said(bob.direct) == ["What is your name?"]
    mended.set()
    await house.clock.advance(5)
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


async def test_one_that_is_told_again_while_its_row_comes_to_its_end(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written and the turn does not know that yet."""
    await house.start()
    told = told_to(house, monkeypatch)
    await ada.post("hello")
    bug = Bug(monkeypatch, engine, "step", "hello")
    bug.failures = 1  # so there is a row
    commit = house.store.commit
    again: list[asyncio.Task[bool]] = []

    async def telling(turn: Commit) -> None:
        await commit(turn)
        if turn.done and not again:
            again.append(asyncio.create_task(house.receive(told[0])))
            await asyncio.sleep(0)  # it begins

    assert await house.receive(told[0])
    monkeypatch.setattr(house.store, "commit", telling)
    await house.clock.advance(5)
    assert not await again[0]
    assert house.said(ada.direct) == ["What is your name?"]


async def test_one_that_comes_while_the_row_before_it_comes_to_its_end_finds_what_came_of_that(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written, so its key is free, and who waits where is not known yet."""
    await house.start()
    told = told_to(house, monkeypatch)
    await ada.post("hello")
    await ada.post("Ada")
    bug = Bug(monkeypatch, engine, "step", "hello")
    bug.failures = 1  # so there is a row
    commit = house.store.commit
    next_one: list[asyncio.Task[bool]] = []

    async def telling(turn: Commit) -> None:
        await commit(turn)
        if turn.done and not next_one:
            next_one.append(asyncio.create_task(house.receive(told[1])))
            await asyncio.sleep(0)  # it begins

    assert await house.receive(told[0])
    monkeypatch.setattr(house.store, "commit", telling)
    await house.clock.advance(5)
    assert await next_one[0]
    assert house.said(ada.direct) == ["What is your name?", "Good day, Ada."]


async def test_a_bot_whose_first_logon_was_refused_has_nothing_to_catch_up_with(
    house: House, ada: ScriptedPerson, calls: Killer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise ConnectorError("no such client.", lasting=True)

    with monkeypatch.context() as refusing:
        refusing.setattr(FakeConnector, "start", refuse)
        with pytest.raises(ConnectorError):
            await house.boot()
    await house.kill()
    await begin(house, calls)
    await ada.post("hello")
    assert "SqliteStore.receive" not in calls.calls


async def test_a_stop_waits_for_what_is_dealt_with(
    house: House, ada: ScriptedPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.start()
    commit, gate = house.store.commit, asyncio.Event()

    async def slow(turn: Commit) -> None:
        await gate.wait()
        await commit(turn)

    monkeypatch.setattr(house.store, "commit", slow)
    telling = asyncio.create_task(ada.post("hello"))
    await house.clock.settle()
    stopping = asyncio.create_task(house.stop())
    await house.clock.settle()
    assert not stopping.done()
    gate.set()
    await stopping
    await telling
    assert house.said(ada.direct) == ["What is your name?"]


async def test_the_log_of_who_delivers_tells_of_no_event_afterwards(
    house: House, ada: ScriptedPerson
) -> None:
    await house.start()
    await ada.post("hello")
    assert at_work_on() == {}
