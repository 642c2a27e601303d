"""The session against a server that misbehaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from botkit.circuit import actions, errors
from botkit.circuit.event_decoding import decode
from botkit.circuit.events import CircuitEvent, Mentioned, OtherEvent, StateChanged
from botkit.circuit.link import Keepalive
from botkit.circuit.session import CircuitSession
from botkit.circuit.transport import Transport
from botkit.circuit.wire import Category, ErrorInfo, Event, Request, Response
from botkit.model.errors import UsageError
from botkit.model.events import ConnectionState
from botkit.model.secret import Secret
from tests.circuit.scripted import ManualClock, ScriptedServer, ok, refused, silence


@pytest.fixture
async def session(server: ScriptedServer) -> AsyncIterator[CircuitSession]:
    session = server.session()
    await session.logon()
    yield session
    await session.close()


async def test_the_logon_sequence(server: ScriptedServer, session: CircuitSession) -> None:
    names = [server.received.get_nowait() for _ in range(4)]
    assert [getattr(frame, "action", "") for frame in names] == [
        "GET_USER_DATA",
        "GET_VERSION",
        "GET_STUFF",
        "GET_ACTIVE_SESSIONS",
    ]
    assert session.me.id == "B"
    assert session.client_id == "C3"


async def test_an_answer_that_does_not_come(server: ScriptedServer) -> None:
    server.answers["GET_USER_BY_ID"] = silence
    session = server.session(request_seconds=0.2)
    await session.logon()
    with pytest.raises(errors.RequestTimedOut, match="GET_USER_BY_ID") as caught:
        await session.users.get("U1")
    assert not caught.value.lasting
    await session.close()


async def test_requests_under_way_fail_when_the_socket_closes(
    server: ScriptedServer, session: CircuitSession
) -> None:
    server.answers["GET_USER_BY_ID"] = silence
    asking = asyncio.create_task(session.users.get("U1"))
    await server.until("GET_USER_BY_ID")
    await server.hang_up()
    with pytest.raises(errors.Disconnected) as caught:
        await asking
    assert not caught.value.lasting
    async with asyncio.timeout(30):
        while server.logons < 2:
            await server.until("GET_ACTIVE_SESSIONS")
        await session.ready()


async def test_a_closed_session_asks_nothing(server: ScriptedServer) -> None:
    session = server.session()
    with pytest.raises(errors.Disconnected):
        await session.users.get("U1")
    await session.logon()
    await session.close()
    with pytest.raises(errors.Disconnected):
        await session.users.get("U1")


@pytest.mark.parametrize("action", ["GET_USER_DATA", "GET_VERSION", "GET_STUFF"])
async def test_a_logon_that_the_server_breaks_off(server: ScriptedServer, action: str) -> None:
    server.answers[action] = refused("BACKEND_UNAVAILABLE")
    session = server.session()
    with pytest.raises(errors.ServerTrouble):
        await session.logon()
    assert session.state is ConnectionState.CLOSED


async def test_a_server_that_does_not_say_who_logged_on(server: ScriptedServer) -> None:
    server.answers["GET_STUFF"] = ok({"getStuff": {"tenant": {"secId": "T"}}})
    with pytest.raises(errors.MalformedAnswer, match="who logged on"):
        await server.session().logon()


async def test_no_active_sessions_is_no_error(server: ScriptedServer) -> None:
    server.answers["GET_ACTIVE_SESSIONS"] = refused("NO_RESULT")
    session = server.session()
    await session.logon()
    assert session.active_calls == {}
    await session.close()


async def test_calls_at_this_socket_are_told_from_those_elsewhere(server: ScriptedServer) -> None:
    """The account's own participant, by this socket's name; who is in a call may not be told at all."""
    whose = {
        "here": [{"userId": "A", "clientId": "c1"}, {"userId": "B", "clientId": "C3"}],
        "elsewhere": [{"userId": "B", "clientId": "another"}, {"userId": "A", "clientId": "C3"}],
        "rings": [{"userId": "A", "clientId": "c1"}],
        "untold": None,
        "unreadable": "B",
    }
    listed = [{"rtcSessionId": name, "participants": people} for name, people in whose.items()]
    server.answers["GET_ACTIVE_SESSIONS"] = ok({"activeSessions": {"session": listed}})
    session = server.session()
    await session.logon()
    assert session.client_id == "C3"
    assert session.active_calls.keys() == whose.keys()
    assert session.handed_over == {"here"}
    await session.close()


@pytest.mark.parametrize(
    ("code", "info", "error", "public", "lasting"),
    [
        ("NO_RESULT", None, errors.NotFound, "NO_RESULT", True),
        ("CONVERSION_EXCEPTION", None, errors.RequestRefused, "CONVERSION_EXCEPTION", True),
        ("OVERLOADED", None, errors.ServerTrouble, "OVERLOADED", False),
        ("SOMETHING_NEW", None, errors.CircuitError, "SOMETHING_NEW", True),
        (
            "SERVICE_EXCEPTION",
            ErrorInfo(code="PERMISSION_DENIED", info="not a participant"),
            errors.PermissionDenied,
            "PERMISSION_DENIED",
            True,
        ),
        (
            "SERVICE_EXCEPTION",
            ErrorInfo(code="CIRCUIT_EXCEPTION", info="no webhook", circuit_exception="INWEB-00001C"),
            errors.WebhookNotFound,
            "INWEB-00001C",
            True,
        ),
    ],
)
async def test_codes_become_errors(
    server: ScriptedServer,
    session: CircuitSession,
    code: str,
    info: ErrorInfo | None,
    error: type[errors.CircuitError],
    public: str,
    lasting: bool,
) -> None:
    server.answers["GET_USER_BY_ID"] = refused(code, info)
    with pytest.raises(errors.CircuitError) as caught:
        await session.users.get("U1")
    assert type(caught.value) is error
    assert caught.value.code == public
    assert caught.value.lasting is lasting
    if info:
        assert info.info in str(caught.value)


def test_no_code_means_two_errors() -> None:
    codes = [code for error in errors.CircuitError.__subclasses__() for code in error.codes]
    assert len(codes) == len(set(codes)) == len(errors.by_code())


@pytest.mark.parametrize(
    "payload", [{}, {"getById": []}, {"getById": {"user": {}}}, {"getById": {"user": {"userId": 7}}}]
)
async def test_an_ok_without_its_content(
    server: ScriptedServer, session: CircuitSession, payload: dict[str, object]
) -> None:
    server.answers["GET_USER_BY_ID"] = ok(payload)
    with pytest.raises(errors.MalformedAnswer):
        await session.users.get("U1")


async def test_nonsense_is_left_out_and_the_session_lives(
    server: ScriptedServer, session: CircuitSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with session.events() as heard:
        for text in ("", "nonsense", "{}", "PING", "PING|x", '{"msgType":"RESPONSE","response":{}}'):
            await server.say(text)
        await server.say(Event(category=Category.CONVERSATION, action="ADD_ITEM", payload={"addItem": {}}))
        await server.say(
            Event(
                category=Category.RTC_CALL,
                action="ICE_CANDIDATES",
                ids={"sessionId": "R"},
                payload={"iceCandidates": {"candidates": ["no json"]}},
            )
        )
        await server.say(Event(category="NEW", action="THING", ids={"a": "1"}, payload={"b": {}}))
        async with asyncio.timeout(30):
            assert await heard.get() == OtherEvent(name="NEW.THING", data={"a": "1", "b": {}})
        assert heard.empty()
    assert caplog.text.count("left out") == 7


async def test_a_listener_that_fails_stops_nobody(
    server: ScriptedServer, session: CircuitSession, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: CircuitEvent) -> None:
        raise RuntimeError("bug")

    session.listen(broken)
    async with session.events() as heard:
        await server.say(Event(category="NEW", action="THING"))
        async with asyncio.timeout(30):
            await heard.get()
    assert "a listener failed" in caplog.text


async def test_the_session_is_renewed_when_it_expires(
    server: ScriptedServer, session: CircuitSession
) -> None:
    server.answers["RENEW_TOKEN"] = ok({})
    await server.say(Event(category=Category.USER, action="SESSION_EXPIRES"))
    await server.until("RENEW_TOKEN")


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (
            lambda: web.json_response({"error": "invalid_client", "error_description": "no such bot"}),
            errors.LogonRefused,
            "no such bot",
        ),
        (lambda: web.json_response({"error": "invalid_client"}, status=401), errors.LogonRefused, "invalid"),
        (lambda: web.Response(status=401, text="<html>"), errors.LogonRefused, "status 401"),
        (lambda: web.Response(status=500, text="{"), errors.ServerTrouble, "status 500"),
        (lambda: web.Response(text="<html>hello</html>"), errors.MalformedAnswer, "no Bearer token"),
        (lambda: web.Response(text="x" * 100_000), errors.MalformedAnswer, "too long"),
        (
            lambda: web.json_response({"access_token": "t", "token_type": "bearer"}),
            errors.MalformedAnswer,
            "no Bearer token",
        ),
    ],
)
async def test_token_endpoints_that_give_none(
    server: ScriptedServer, reply: object, error: type[errors.CircuitError], words: str
) -> None:
    server.token = reply  # type: ignore[assignment]
    with pytest.raises(error, match=words) as caught:
        await server.session().logon()
    assert caught.value.where == f"127.0.0.1:{server.port}"


async def test_a_logon_without_a_cookie(server: ScriptedServer) -> None:
    server.cookie = False
    with pytest.raises(errors.MalformedAnswer, match=r"connect\.sess"):
        await server.session().logon()


@pytest.mark.parametrize("status", [401, 404, 500])
async def test_a_refused_upgrade_tells_no_secret(
    server: ScriptedServer, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.upgrade_status = status
    with pytest.raises(errors.CircuitError) as caught:
        await server.session().logon()
    assert caught.value.__suppress_context__
    told = caplog.text + str(caught.value)
    for secret in ("the-token", "the-cookie", "the-secret"):
        assert secret not in told


async def test_a_server_that_falls_silent_is_left(
    server: ScriptedServer,
) -> None:
    clock = ManualClock()
    session = server.session(clock=clock, keepalive=Keepalive(answer=0.1))
    await session.logon()
    states: asyncio.Queue[ConnectionState] = asyncio.Queue()

    def note(event: CircuitEvent) -> None:
        if isinstance(event, StateChanged):
            states.put_nowait(event.state)

    session.listen(note)
    await clock.asleep(2)
    clock.move(60)
    assert (await server.until_ping()).request_id
    await clock.asleep(2)
    assert states.empty()
    server.answers_pings = False
    clock.move(60)
    await server.until_ping()
    async with asyncio.timeout(30):
        assert await states.get() is ConnectionState.RECONNECTING
        assert await states.get() is ConnectionState.READY
    await session.close()


async def test_a_subscription_that_is_refused_does_not_keep_the_session_down(
    server: ScriptedServer, session: CircuitSession, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers["SUBSCRIBE"] = ok({})
    await session.conversations.subscribe_typing("K1")
    server.answers["SUBSCRIBE"] = refused("PERMISSION_DENIED")
    with pytest.raises(errors.PermissionDenied):
        await session.conversations.subscribe_typing("K2")
    await server.until("SUBSCRIBE")
    await server.until("SUBSCRIBE")
    async with session.events() as events, asyncio.timeout(30):
        await server.hang_up()
        await until_ready(events)
    repeated = await server.until("SUBSCRIBE")
    assert repeated.payload == {"subscribe": {"conversationId": "K1"}}
    assert "K1" in caplog.text
    async with session.events() as events, asyncio.timeout(30):
        await server.hang_up()
        await until_ready(events)
    assert not any(isinstance(each, Request) and each.action == "SUBSCRIBE" for each in drained(server))


async def until_ready(events: asyncio.Queue[CircuitEvent]) -> StateChanged:
    while True:
        event = await events.get()
        if isinstance(event, StateChanged) and event.state is ConnectionState.READY:
            return event


def drained(server: ScriptedServer) -> list[object]:
    return [server.received.get_nowait() for _ in range(server.received.qsize())]


async def test_a_token_with_which_the_server_only_hangs_up_is_not_used_for_ever(
    server: ScriptedServer, session: CircuitSession
) -> None:
    asked = 0
    token = server.token

    def counted() -> web.Response:
        nonlocal asked
        asked += 1
        server.answers.pop("GET_USER_DATA", None)
        return token()

    server.token = counted
    server.answers["GET_USER_DATA"] = refused("AUTHORIZATION_REQUIRED")
    async with session.events() as events, asyncio.timeout(30):
        await server.hang_up()
        await until_ready(events)
    assert asked == 1


async def test_a_fault_while_reconnecting_is_not_the_end(
    server: ScriptedServer, session: CircuitSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [RuntimeError("a bug")]
    open_socket = Transport.open_socket

    async def sometimes(*arguments: Any) -> Any:
        if faults:
            raise faults.pop()
        return await open_socket(*arguments)

    monkeypatch.setattr(Transport, "open_socket", sometimes)
    async with session.events() as events, asyncio.timeout(30):
        await server.hang_up()
        await until_ready(events)
    assert not faults


async def test_a_host_that_does_not_stand_in_the_certificate_is_refused(tmp_path: Path) -> None:
    server = ScriptedServer(tmp_path, host="127.0.0.2")
    await server.start()
    with pytest.raises(errors.CertificateRefused, match="mismatch") as caught:
        await server.session().logon()
    assert caught.value.lasting
    await server.close()


async def test_an_existing_entity_is_a_success(server: ScriptedServer, session: CircuitSession) -> None:
    def existing(request: Request) -> Response:
        conversation = {"convId": "K1", "type": "DIRECT", "participants": [{"userId": "U1"}]}
        answer = ok({"create": {"conversation": conversation}})(request)
        assert isinstance(answer, Response)
        return replace(answer, code="ENTITY_ALREADY_EXISTS")

    server.answers["GET_CONVERSATION_BY_USER"] = refused("NO_RESULT")
    server.answers["CREATE"] = existing
    record = await session.conversations.direct("U1")
    assert record.conversation.id == "K1"


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"client_secret": Secret("s"), "access_token": Secret("t")},
        {"username": "ann"},
        {"password": Secret("p")},
        {"client_secret": Secret("s"), "client_id": ""},
    ],
)
def test_credentials_that_do_not_say_how_to_log_on(how: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="Circuit credentials"):
        CircuitSession("localhost", **{"client_id": "x", **how})  # type: ignore[arg-type]


async def test_requests_beyond_the_limit_wait(server: ScriptedServer) -> None:
    clock = ManualClock()
    session = server.session(clock=clock)
    await session.logon()
    server.answers["RENEW_TOKEN"] = ok({})
    clock.move(2)
    asked = [asyncio.create_task(session.request(actions.RENEW_TOKEN)) for _ in range(25)]
    for _ in range(20):
        await server.until("RENEW_TOKEN")
    async with asyncio.timeout(30):
        await asyncio.gather(*asked[:20])
        assert not any(task.done() for task in asked[20:])
        clock.move(2)
        await asyncio.gather(*asked)
    await session.close()


def test_a_mention_event_is_decoded() -> None:
    item = {
        "itemId": "A1",
        "type": "NAVIGABLE",
        "navigableItem": {
            "type": "MENTION",
            "mention": {"itemReference": {"convId": "K1", "itemId": "I1"}, "userReference": {"userId": "U1"}},
        },
    }
    event = Event(
        category=Category.ACTIVITYSTREAM, action="ACTIVITY_CREATED", payload={"create": {"item": item}}
    )
    assert decode(event) == Mentioned(conversation_id="K1", item_id="I1")
