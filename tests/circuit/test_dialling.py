"""Calls that a session places, against a server that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from botkit.circuit import wire
from botkit.circuit.api.outgoing import OutgoingCall
from botkit.circuit.errors import CallFailed, InCall, RequestTimedOut, ServerTrouble
from botkit.circuit.session import CircuitSession
from botkit.circuit.wire import Category, ErrorInfo
from botkit.model.calls import CallCause
from tests.circuit.scripted import ScriptedServer, ok, refused, silence

CONVERSATION = {"convId": "K", "type": "DIRECT", "rtcSessionId": "R", "creatorId": "B", "participants": []}
ANSWER = "v=0\r\no=- 3 4 IN IP4 127.0.0.1\r\n"


def event(action: str, key: str, instance: str, **content: object) -> wire.Event:
    ids = {"sessionId": "R", "instanceId": instance}
    category = Category.RTC_SESSION if action.startswith("SESSION") else Category.RTC_CALL
    return wire.Event(category=category, action=action, ids=ids, payload={key: content})


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer(tmp_path)
    server.answers |= {
        "GET_CONVERSATION_BY_ID": ok({"getConversationById": {"conversation": CONVERSATION}}),
        "PREPARE": ok({"prepare": {"servers": [], "newRtcSessionId": "R"}}),
        "JOIN": ok({}),
        "TERMINATE": ok({}),
    }
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def session(server: ScriptedServer) -> AsyncIterator[CircuitSession]:
    session = server.session(request_seconds=0.5)
    await session.logon()
    yield session
    await session.close()


async def placed(session: CircuitSession) -> OutgoingCall:
    async with asyncio.timeout(30):
        return await session.calls.dial("K", "v=0\r\n")


@pytest.mark.parametrize("instance", ["new", ""], ids=["a server that tells instances", "one that does not"])
async def test_late_words_about_an_earlier_call_are_not_about_this_one(
    server: ScriptedServer, session: CircuitSession, instance: str
) -> None:
    call = await placed(session)
    await server.say(event("SESSION_TERMINATED", "sessionTerminated", "old", cause="NO_USERS_LEFT"))
    await server.say(event("ICE_CANDIDATES", "iceCandidates", "old", candidates=[], clientId="", origin=""))
    await server.say(event("SESSION_STARTED", "sessionStarted", instance))
    await server.say(event("PROGRESS", "participantProgress", instance, progressType="ALERTING"))
    answer = {"type": "answer", "sdp": ANSWER}
    await server.say(event("SDP_ANSWER", "sdpAnswer", instance, clientID=session.client_id, sdp=answer))
    async with asyncio.timeout(30):
        assert await call.answered() == ANSWER
    assert call.ringing.is_set()
    await server.say(event("SESSION_TERMINATED", "sessionTerminated", instance, cause="NO_USERS_LEFT"))
    async with asyncio.timeout(30):
        assert await call.ended() is CallCause.HANGUP


async def test_a_call_that_nobody_knows_whether_it_was_placed_is_given_up(
    server: ScriptedServer, session: CircuitSession
) -> None:
    server.answers["JOIN"] = silence
    with pytest.raises(RequestTimedOut):
        await placed(session)
    assert (await server.until("TERMINATE")).payload == {"terminate": {"rtcSessionId": "R"}}


async def test_who_stops_waiting_leaves_nothing_ringing(
    server: ScriptedServer, session: CircuitSession
) -> None:
    server.answers["JOIN"] = silence
    dialling = asyncio.create_task(placed(session))
    await server.until("JOIN")
    dialling.cancel()
    await asyncio.gather(dialling, return_exceptions=True)
    assert dialling.cancelled()
    await server.until("TERMINATE")


async def test_a_call_that_was_refused_does_not_end_the_one_that_goes_on(
    server: ScriptedServer, session: CircuitSession
) -> None:
    server.answers["JOIN"] = refused(
        "SERVICE_EXCEPTION", ErrorInfo(code="RTC_CONCURRENT_INCOMING_CALL", info="busy")
    )
    call = await session.calls.outgoing("K", "v=0\r\n")
    with pytest.raises(InCall):
        await call.place()
    with pytest.raises(CallFailed) as failed:
        await call.answered()
    assert failed.value.cause is CallCause.BUSY
    server.answers["JOIN"] = ok({})
    await placed(session)
    actions = []
    while not server.received.empty():
        frame = server.received.get_nowait()
        actions.append(frame.action if isinstance(frame, wire.Request) else "PING")
    assert "TERMINATE" not in actions


async def test_too_many_logons_are_told_in_the_servers_words(server: ScriptedServer) -> None:
    def token() -> web.Response:
        return web.json_response({"error": "too_many", "error_description": "try again in 7 s"}, status=429)

    server.token = token
    session = server.session()
    with pytest.raises(ServerTrouble, match="try again in 7 s") as caught:
        await session.logon()
    assert not caught.value.lasting
