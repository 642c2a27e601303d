"""A server that cannot tell what is new in one conversation: the others hear of theirs all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from botkit.circuit import catching_up
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.shapes import TextItem
from botkit.circuit.wire import Category, Request, Response
from botkit.circuit.wire import Event as Frame
from botkit.model.events import CaughtUp, Event, MessageReceived, PlatformEvent
from tests.circuit.scripted import START, ManualClock, ScriptedServer, ok, refused
from tests.circuit.test_connector import added, item
from tests.circuit.world import Told

SINCE = START - timedelta(hours=1)
AT = int(START.timestamp() * 1000)


def conversations(server: ScriptedServer, *names: str, in_trouble: str = "") -> None:
    """Each has a new message; what is new in those `in_trouble` the server cannot tell."""
    records = [
        {"convId": name, "type": "GROUP", "participants": [], "lastItemModificationTime": AT}
        for name in names
    ]
    server.answers["GET_CONVERSATIONS"] = ok({"getConversations": {"conversations": records}})
    server.answers["GET_USER_BY_ID"] = ok({"getById": {"user": {"userId": "U1", "displayName": "Ann"}}})

    def items(request: Request) -> Response | str | None:
        asked = request.payload["getItemsByConversation"]
        assert isinstance(asked, dict)
        name = str(asked["convId"])
        if name in in_trouble:
            return refused("BACKEND_UNAVAILABLE")(request)
        news = [item(f"I{name}", convId=name, creationTime=AT)]
        return ok({"getItemsByConversation": {"items": news}})(request)

    server.answers["GET_ITEMS_BY_CONVERSATION"] = items


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botkit.circuit.patience.TRIES", 1)
    monkeypatch.setattr("botkit.circuit.patience.FIRST_PAUSE", 0.01)
    monkeypatch.setattr(catching_up, "OLDEST", timedelta(days=36500))


@pytest.mark.usefixtures("hasty")
async def test_one_conversation_in_trouble_costs_the_others_nothing(server: ScriptedServer) -> None:
    conversations(server, "K1", "K2", "K3", in_trouble="K2")
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told, since=SINCE)
    caught_up = await told.first(CaughtUp)
    assert [each.item.id for each in told.all(MessageReceived)] == ["IK1", "IK3"]
    (left_out,) = caught_up.left_out
    assert "what is new in the conversation K2" in left_out
    assert "BACKEND_UNAVAILABLE" in left_out
    assert connector.heard_until == SINCE, "it will be looked for again"
    conversations(server, "K1", "K2", "K3")
    await server.hang_up()
    await told.first(CaughtUp, lambda event: event is not caught_up)
    assert sorted(each.item.id for each in told.all(MessageReceived)) == ["IK1", "IK2", "IK3"]
    await connector.close()


@pytest.mark.usefixtures("hasty")
async def test_a_message_that_comes_while_the_server_is_in_trouble_is_looked_for_afterwards(
    server: ScriptedServer,
) -> None:
    conversations(server)
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told, since=SINCE)
    await told.first(CaughtUp)
    conversations(server, "K1")
    server.answers["GET_CONVERSATION_BY_ID"] = refused("BACKEND_UNAVAILABLE")
    await server.say(added(item("IK1", creationTime=AT)))
    assert [each.item.id for each in await told.until(MessageReceived)] == ["IK1"]
    await connector.close()


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_can_tell_nothing_is_not_asked_for_each_conversation(
    server: ScriptedServer,
) -> None:
    names = [f"K{number}" for number in range(40)]
    conversations(server, *names, in_trouble=" ".join(names))
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told, since=SINCE)
    caught_up = await told.first(CaughtUp)
    (left_out,) = caught_up.left_out
    assert left_out.startswith("everything: ")
    asked = 0
    while not server.received.empty():
        asked += getattr(server.received.get_nowait(), "action", "") == "GET_ITEMS_BY_CONVERSATION"
    assert asked <= 2 + catching_up.MOST_IN_TROUBLE
    assert connector.heard_until == SINCE
    await connector.close()


@pytest.mark.usefixtures("hasty")
async def test_a_catch_up_that_ends_in_a_fault_of_ours_does_not_end_the_listening(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations(server, "K1")
    told = Told()
    connector = CircuitConnector(server.session())

    async def faulty(*args: object, **options: object) -> catching_up.Missed:
        raise KeyError("surprise")

    sound = catching_up.missed
    monkeypatch.setattr(catching_up, "missed", faulty)
    await connector.start(told, since=SINCE)
    caught_up = await told.first(CaughtUp)
    assert caught_up.left_out == ("everything: KeyError('surprise')",)
    monkeypatch.setattr(catching_up, "missed", sound)
    await server.hang_up()
    assert [each.item.id for each in await told.until(MessageReceived)] == ["IK1"]
    await connector.close()


@pytest.mark.usefixtures("hasty")
async def test_an_item_that_a_fault_of_ours_keeps_back_keeps_back_no_other(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversations(server, "K1", "K2", "K3")
    told = Told()
    connector = CircuitConnector(server.session())
    sound = connector._added

    async def faulty(added: TextItem, *, mentioned: bool = False) -> Sequence[Event]:
        if added.item.id == "IK2":
            raise KeyError("surprise")
        return await sound(added, mentioned=mentioned)

    monkeypatch.setattr(connector, "_added", faulty)
    await connector.start(told, since=SINCE)
    caught_up = await told.first(CaughtUp)
    assert caught_up.left_out == ("an item that cannot be told: KeyError('surprise')",)
    assert [each.item.id for each in told.all(MessageReceived)] == ["IK1", "IK3"]
    assert connector.heard_until == SINCE, "it will be looked for again"
    await connector.close()


SURPRISE = Frame(category=Category.CONVERSATION, action="SURPRISE", ids={}, payload={})
"""Told when all before it is dealt with."""


def asked(server: ScriptedServer, action: str) -> int:
    """How often, since that was looked at last."""
    number = 0
    while not server.received.empty():
        number += getattr(server.received.get_nowait(), "action", "") == action
    return number


@pytest.mark.usefixtures("hasty")
async def test_what_was_left_is_looked_for_again_after_a_while_and_the_pauses_grow(
    server: ScriptedServer,
) -> None:
    conversations(server, "K1", "K2", in_trouble="K2")
    told, clock = Told(), ManualClock()
    connector = CircuitConnector(server.session(clock=clock))
    await connector.start(told, since=SINCE)
    await clock.asleep(3)  # pings, tokens, and the catch-up before it is given up
    clock.move(1)
    await told.first(CaughtUp)
    await clock.asleep(3)
    for seconds in (60, 120):
        asked(server, "GET_CONVERSATIONS")
        clock.move(seconds - 1)
        await server.say(SURPRISE)
        await told.until(PlatformEvent, len(told.all(PlatformEvent)) + 1)
        assert asked(server, "GET_CONVERSATIONS") == 0
        clock.move(1)
        await server.until("GET_CONVERSATIONS")
        await clock.asleep(3)
    conversations(server, "K1", "K2")
    assert connector.heard_until == SINCE, "a new process would have to look for it"
    clock.move(240)
    assert [each.item.id for each in await told.until(MessageReceived, 2)] == ["IK1", "IK2"]
    await server.say(SURPRISE)
    await told.until(PlatformEvent, 3)
    assert connector.heard_until == START
    assert len(told.all(CaughtUp)) == 1, "what is left out is told once"
    await connector.close()


@pytest.mark.usefixtures("hasty")
async def test_many_messages_that_cannot_be_told_are_looked_for_once(server: ScriptedServer) -> None:
    conversations(server)
    server.answers["GET_CONVERSATION_BY_ID"] = refused("PERMISSION_DENIED")
    told, gate = Told(), asyncio.Event()

    async def slow(event: Event) -> None:
        await told(event)
        if isinstance(event, PlatformEvent):
            await gate.wait()

    connector = CircuitConnector(server.session())
    await connector.start(slow, since=SINCE)
    await told.first(CaughtUp)
    async with connector.session.events() as heard:
        await server.say(SURPRISE)
        for number in range(9):
            await server.say(added(item(f"I{number}", creationTime=AT)))
        async with asyncio.timeout(30):
            for _ in range(10):
                await heard.get()
    asked(server, "GET_CONVERSATIONS")
    gate.set()
    await server.until("GET_CONVERSATIONS")
    await server.say(SURPRISE)
    await told.until(PlatformEvent, 2)
    assert asked(server, "GET_CONVERSATIONS") == 0
    await connector.close()


async def test_on_the_first_day_nothing_is_safe_before_it_is_told(server: ScriptedServer) -> None:
    """Two messages come while the bot starts; its process may die between them."""
    conversations(server)
    moments = [AT, AT + 20]

    def newest(request: Request) -> Response | str | None:
        at = moments.pop(0)
        record = {"convId": "K1", "type": "GROUP", "participants": [], "lastItemModificationTime": at}
        return ok({"getConversations": {"conversations": [record]}})(request)

    server.answers["GET_CONVERSATIONS"] = newest
    server.answers["GET_CONVERSATION_BY_ID"] = ok(
        {"getConversationById": {"conversation": {"convId": "K1", "type": "GROUP", "participants": []}}}
    )
    told, gate = Told(), asyncio.Event()

    async def slow(event: Event) -> None:
        await told(event)
        if isinstance(event, MessageReceived):
            await gate.wait()

    connector = CircuitConnector(server.session())
    await connector.start(slow)
    for number in (1, 2):
        await server.say(added(item(f"I{number}", creationTime=AT + 10 * number)))
    (message,) = await told.until(MessageReceived)
    assert connector.heard_until is not None
    assert connector.heard_until <= message.at
    gate.set()
    await told.until(MessageReceived, 2)
    await connector.close()
