"""A server that cannot tell what is new in one conversation: the others hear of theirs all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from botkit.circuit import catching_up
from botkit.circuit.connector import CircuitConnector
from botkit.circuit.shapes import TextItem
from botkit.circuit.wire import Request, Response
from botkit.model.events import CaughtUp, Event, MessageReceived
from tests.circuit.scripted import START, ScriptedServer, ok, refused
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
