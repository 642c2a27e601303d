"""The connector where the server, or the sink, does what the sandbox never does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from botkit.circuit.connector import CircuitConnector
from botkit.circuit.errors import ServerTrouble
from botkit.circuit.read import milliseconds
from botkit.circuit.wire import Category, Event, Json, Request, Response
from botkit.model.calls import CallCause
from botkit.model.events import (
    CallChangeOffered,
    CallEnded,
    CallOffered,
    CaughtUp,
    ConnectionState,
    MessageReceived,
    PlatformEvent,
)
from botkit.model.events import ConnectionChanged as Changed
from botkit.model.events import Event as Fact
from botkit.ports.store import StoreError
from botkit.ports.system_clock import SystemClock
from tests.circuit.scripted import ManualClock, ScriptedServer, ok, refused
from tests.circuit.world import Told

NOW = milliseconds(SystemClock().now())
TEAM = {
    "convId": "K1",
    "type": "GROUP",
    "topic": "Team",
    "participants": [{"userId": "B"}, {"userId": "U1"}],
    "rtcSessionId": "R1",
    "lastItemModificationTime": NOW,
}
OFFER = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"


def item(item_id: str, *, content: str = "hello", creator: str = "U1", **more: object) -> Json:
    return {
        "itemId": item_id,
        "convId": "K1",
        "type": "TEXT",
        "creatorId": creator,
        "creationTime": NOW + 500,
        "text": {"state": "CREATED", "contentType": "RICH", "content": content},
        **more,
    }


def added(data: Json) -> Event:
    payload = {"addItem": {"item": data}}
    return Event(category=Category.CONVERSATION, action="ADD_ITEM", ids={"convId": "K1"}, payload=payload)


def mention(item_id: str) -> Event:
    reference = {"itemReference": {"convId": "K1", "itemId": item_id}, "userReference": {"userId": "U1"}}
    navigable = {"type": "MENTION", "mention": reference}
    activity = {"item": {"itemId": "A1", "type": "NAVIGABLE", "navigableItem": navigable}}
    return Event(category=Category.ACTIVITYSTREAM, action="ACTIVITY_CREATED", payload={"create": activity})


def call(action: str, instance: str, category: Category = Category.RTC_CALL, **payload: object) -> Event:
    ids = {"sessionId": "R1", "instanceId": instance}
    return Event(category=category, action=action, ids=ids, payload=payload)


def invite(instance: str, offer: str = OFFER) -> Event:
    data = {
        "convId": "K1",
        "userId": "U1",
        "sdp": {"type": "offer", "sdp": offer} if offer else {"type": "nooffer", "sdp": ""},
        "mediaType": ["AUDIO"],
        "transactionId": "T1",
    }
    return call("INVITE", instance, invite=data)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer(tmp_path)
    server.answers["GET_CONVERSATION_BY_ID"] = ok({"getConversationById": {"conversation": TEAM}})
    server.answers["GET_USER_BY_ID"] = ok({"getById": {"user": {"userId": "U1", "displayName": "Ann"}}})
    server.answers["GET_CONVERSATIONS"] = ok({"getConversations": {"conversations": [TEAM]}})
    for action in ("ANSWER", "INVITE_REJECT", "TERMINATE", "CHANGE_MEDIA_REJECT"):
        server.answers[action] = ok({})
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def told(server: ScriptedServer) -> AsyncIterator[tuple[CircuitConnector, Told]]:
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told)
    yield connector, told
    await connector.close()


async def test_a_mention_that_comes_first(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    server.answers["GET_ITEM_BY_ID"] = ok({"getItemById": {"item": item("I1")}})
    await server.say(mention("I1"))
    await server.say(added(item("I1")))
    await server.say(added(item("I2")))
    messages = await told[1].until(MessageReceived, 2)
    assert [(each.event_id, each.mentioned) for each in messages] == [("item:I1", True), ("item:I2", False)]


async def test_a_mention_that_comes_last_is_not_told_again(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    content = '<span class="mention" abbr="B">@Bot</span> hello'
    await server.say(added(item("I1", content=content)))
    await server.say(mention("I1"))
    await server.say(added(item("I2")))
    messages = await told[1].until(MessageReceived, 2)
    assert [(each.event_id, each.mentioned, each.text) for each in messages] == [
        ("item:I1", True, "hello"),
        ("item:I2", False, "hello"),
    ]


async def test_what_is_no_message_of_others_is_not_told(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    deleted = {**item("I1"), "text": {"state": "DELETED"}}
    system = {**item("I2"), "type": "SYSTEM", "system": {"type": "PARTICIPANT_ADDED"}}
    for data in (deleted, system, item("I3", creator="B"), item("I4")):
        await server.say(added(data))
    assert (await told[1].first(MessageReceived)).item.id == "I4"


async def test_an_author_nobody_knows_is_known_by_id(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    server.answers["GET_USER_BY_ID"] = refused("NO_RESULT")
    await server.say(added(item("I1")))
    message = await told[1].first(MessageReceived)
    assert (message.author.id, message.author.display_name) == ("U1", "U1")


async def test_a_profile_and_a_conversation_stay_fresh(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    await server.say(added(item("I1")))
    await told[1].until(MessageReceived, 1)
    server.answers["GET_USER_BY_ID"] = ok({"getById": {"user": {"userId": "U1", "displayName": "Anna"}}})
    user = {"user": {"userId": "U1", "displayName": "Anna"}}
    await server.say(Event(category=Category.USER, action="USER_UPDATED", payload={"userUpdated": user}))
    changed = {"conversation": {**TEAM, "topic": "Renamed"}}
    await server.say(Event(category=Category.CONVERSATION, action="UPDATE", payload={"update": changed}))
    await server.say(added(item("I2")))
    message = (await told[1].until(MessageReceived, 2))[1]
    assert message.author.display_name == "Anna"
    assert message.conversation.topic == "Renamed"


async def test_what_only_circuit_knows_is_passed_on(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    await server.say(Event(category="NEW", action="THING", ids={"a": "1"}, payload={"b": {"c": 2}}))
    event = await told[1].first(PlatformEvent)
    assert (event.name, event.data) == ("NEW.THING", {"a": "1", "b": {"c": 2}})


@pytest.mark.parametrize(("fault", "failures"), [(OSError("a bug"), 2), (StoreError("disk full"), 20)])
async def test_a_sink_that_fails_is_asked_again(
    server: ScriptedServer, fault: Exception, failures: int
) -> None:
    clock, told = ManualClock(), Told()

    async def sink(event: Fact) -> None:
        nonlocal failures
        if isinstance(event, MessageReceived) and failures:
            failures -= 1
            raise fault
        await told(event)

    connector = CircuitConnector(server.session(clock=clock))
    await connector.start(sink)
    # The catch-up after the logon is through once its request is.
    await server.until("GET_CONVERSATIONS")
    await server.say(added(item("I1")))
    await server.say(added(item("I2")))
    async with asyncio.timeout(30):
        while len(told.all(MessageReceived)) < 2:
            clock.move(60)
            await clock.somebody_sleeps()
            await asyncio.sleep(0)
    assert [event.item.id for event in told.all(MessageReceived)] == ["I1", "I2"]
    await connector.close()


async def test_nothing_is_missed_while_the_link_is_down(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    await server.say(added(item("I1")))
    await told[1].until(MessageReceived, 1)
    later = {**TEAM, "lastItemModificationTime": NOW + 900}
    server.answers["GET_CONVERSATIONS"] = ok({"getConversations": {"conversations": [later]}})
    missed = item("I2", content="while you were out", creationTime=NOW + 900)
    page = {"getItemsByConversation": {"items": [item("I1"), missed]}}
    server.answers["GET_ITEMS_BY_CONVERSATION"] = ok(page)
    await server.hang_up()
    messages = await told[1].until(MessageReceived, 2)
    assert [each.text for each in messages] == ["hello", "while you were out"]
    caught_up = await told[1].first(CaughtUp)
    assert (milliseconds(caught_up.since), caught_up.delivered, caught_up.left_out) == (NOW + 500, 1, ())


async def test_a_server_without_a_list_of_conversations_is_no_trouble(tmp_path: Path) -> None:
    server = ScriptedServer(tmp_path)
    await server.start()
    told = Told()
    connector = CircuitConnector(server.session())
    await connector.start(told)
    await server.say(Event(category="NEW", action="THING"))
    await told.first(PlatformEvent)
    await connector.close()
    await server.close()


async def test_a_second_call_in_one_conversation_has_its_own_id_and_end(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    connector, sink = told
    await server.say(invite("N1"))
    await server.say(invite("N1"))
    first = await sink.first(CallOffered)
    await connector.calls.answer(first.call.id, "v=0")
    await server.say(call("SESSION_TERMINATED", "N1", Category.RTC_SESSION, sessionTerminated={}))
    await server.say(invite("N2"))
    # A late word about the first call, which bears the same session id.
    await server.say(call("SESSION_TERMINATED", "N1", Category.RTC_SESSION, sessionTerminated={}))
    await server.say(call("INVITE_CANCEL", "N2", inviteCancel={"clientID": "X", "cause": "ACCEPT"}))
    ended = await sink.until(CallEnded, 2)
    second = sink.all(CallOffered)[1]
    assert len(sink.all(CallOffered)) == 2
    assert [(each.call_id, each.cause) for each in ended] == [
        (first.call.id, CallCause.HANGUP),
        (second.call.id, CallCause.ANSWERED_ELSEWHERE),
    ]


async def test_an_answered_call_lives_through_a_reconnect_if_the_server_knows_it(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    connector, sink = told
    await server.say(invite("N1"))
    offered = await sink.first(CallOffered)
    await connector.calls.answer(offered.call.id, "v=0")
    known = {"activeSessions": {"session": [{"rtcSessionId": "R1", "instanceId": "N1"}]}}
    server.answers["GET_ACTIVE_SESSIONS"] = ok(known)
    await server.hang_up()
    await sink.until(Changed, 4)
    assert sink.all(CallEnded) == []
    server.answers["GET_ACTIVE_SESSIONS"] = refused("NO_RESULT")
    await server.hang_up()
    ended = await sink.first(CallEnded)
    assert ended.cause is CallCause.HANGUP
    assert sink.all(Changed)[-1].state is ConnectionState.READY


async def test_a_lost_call_is_ended_once_unless_it_ended_by_itself(server: ScriptedServer) -> None:
    """Its session id is the next call's, too, so that a late word would end that one."""
    here = [{"userId": "B", "clientId": "C3"}]
    listed = [{"rtcSessionId": name, "participants": here} for name in ("R0", "R1", "R2")]
    ended: list[object] = []

    def refuse(request: Request) -> Response | str | None:
        ended.append(request.payload["terminate"])
        return refused("OVERLOADED")(request)

    server.answers["GET_ACTIVE_SESSIONS"] = ok({"activeSessions": {"session": listed}})
    server.answers["TERMINATE"] = refuse
    connector, sink = CircuitConnector(server.session()), Told()
    await connector.start(sink)
    await server.say(call("SESSION_TERMINATED", "N1", Category.RTC_SESSION, sessionTerminated={}))
    await server.say(added(item("I1")))
    await sink.first(MessageReceived)
    with pytest.raises(ServerTrouble):
        await connector.calls.hang_up_lost()
    await connector.calls.hang_up_lost()
    await connector.close()
    assert ended == [{"rtcSessionId": "R0"}, {"rtcSessionId": "R2"}]


async def test_an_invitation_to_a_conference_is_refused(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    await server.say(invite("N1", offer=""))
    request = await server.until("INVITE_REJECT")
    assert request.payload["inviteReject"] == {
        "convId": "K1",
        "rtcSessionId": "R1",
        "cause": "DECLINE",
        "transactionId": "T1",
    }
    assert told[1].all(CallOffered) == []


async def test_a_wish_for_an_offer_of_ours_is_refused_and_that_of_another_socket_is_not_heard(
    server: ScriptedServer, told: tuple[CircuitConnector, Told]
) -> None:
    connector, sink = told
    await server.say(invite("N1"))
    offered = await sink.first(CallOffered)
    await connector.calls.answer(offered.call.id, "v=0")
    for client, transaction, sdp in (("another", "T7", OFFER), ("", "T8", "")):
        change = {"clientID": client, "transactionId": transaction, "sdp": {"type": "offer", "sdp": sdp}}
        await server.say(call("CHANGE_MEDIA_TYPE_REQUESTED", "N1", changeMediaRequested=change))
    request = await server.until("CHANGE_MEDIA_REJECT")
    assert request.payload["changeMediaReject"] == {"rtcSessionId": "R1", "transactionId": "T8"}
    assert sink.all(CallChangeOffered) == []
