"""Bad input is answered in the protocol's codes, and never with silence or a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botkit.circuit.wire import MAX_FRAME_BYTES
from botkit.sandbox import allowance
from botkit.sandbox.circuit.api import app_messages, calls, conversations, feeds, items, logon, private, users
from botkit.sandbox.sockets import frame_limit
from tests.sandbox.wire_client import Frame, Platform


def request(container: object, category: object = "CONVERSATION", name: str = "conversation") -> str:
    body = {"requestId": 9, "type": category, name: container}
    return json.dumps({"msgType": "REQUEST", "request": body})


def add_text(**fields: object) -> str:
    return request({"type": "ADD_TEXT_ITEM", "addTextItem": fields})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "PONG",
        "PING|x",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"msgType":"EVENT"}',
        '{"msgType":"REQUEST"}',
        '{"msgType":"REQUEST","request":[]}',
        '{"msgType":"REQUEST","request":{"requestId":"9","type":"USER"}}',
        '{"msgType":"REQUEST","request":{"requestId":true,"type":"USER"}}',
        '{"msgType":"REQUEST","request":{"requestId":NaN}}',
        "[" * 100_000,
        '{"msgType":"REQUEST","request":{"requestId":' + "9" * 5000 + "}}",
        '{"a":"\\ud800"}',
        b"\x00\xff",
    ],
    ids=range(18),
)
async def test_what_is_no_request_is_answered_and_the_socket_lives(
    platform: Platform, text: str | bytes
) -> None:
    client = await platform.logon("ann")
    frame = await client.raw(text)
    assert frame["response"]["code"] == "CONVERSION_EXCEPTION"
    assert frame["response"]["errorInfo"]["info"]
    assert frame["response"]["requestId"] == -1
    await client.ok("VERSION", "version", "GET_VERSION")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("CONVERSION_EXCEPTION", request(None)),
        ("CONVERSION_EXCEPTION", request("x")),
        ("CONVERSION_EXCEPTION", request({})),
        ("CONVERSION_EXCEPTION", request({"type": 7})),
        ("CONVERSION_EXCEPTION", request({"type": "GET_STUFF"}, 7)),
        ("CONVERSION_EXCEPTION", request({"type": "ADD_TEXT_ITEM"})),
        ("CONVERSION_EXCEPTION", request({"type": "ADD_TEXT_ITEM", "addTextItem": []})),
        ("CONVERSION_EXCEPTION", add_text()),
        ("CONVERSION_EXCEPTION", add_text(convId="")),
        ("CONVERSION_EXCEPTION", add_text(convId=7)),
        ("CONVERSION_EXCEPTION", add_text(convId="K", content=["x"])),
        ("CONVERSION_EXCEPTION", add_text(convId="K", contentType="HTML")),
        ("CONVERSION_EXCEPTION", add_text(convId="K", mentionedUsers=[1])),
        ("CONVERSION_EXCEPTION", add_text(convId="K", mentionedUsers=["x"] * 1001)),
        ("CONVERSION_EXCEPTION", add_text(convId="K", formMetaData="f1")),
        ("CONVERSION_EXCEPTION", add_text(convId="K", formMetaData={"id": "f", "x": "y" * 70_000})),
        ("CONVERSION_EXCEPTION", add_text(convId="K", formMetaData={"id": 0}).replace("0", "1e999")),
        ("CONVERSION_EXCEPTION", add_text(convId="K", attachmentMetaData="f1")),
        ("CONVERSION_EXCEPTION", add_text(convId="K", attachmentMetaData=[{"fileId": 7}])),
        ("NO_RESULT", add_text(convId="K")),
        ("NO_MESSAGE_HANDLER", request({"type": "EXPLODE"})),
        ("NO_MESSAGE_HANDLER", request({"type": "ADD_TEXT_ITEM", "addTextItem": {}}, "SPACE", "space")),
        ("NO_MESSAGE_HANDLER", request({"type": "X" * 10_000}, "Y" * 10_000, "y" * 10_000)),
    ],
    ids=range(23),
)
async def test_a_bad_request_is_answered_by_its_id(platform: Platform, code: str, text: str) -> None:
    client = await platform.logon("ann")
    frame = await client.raw(text)
    assert frame["response"]["requestId"] == 9
    assert frame["response"]["code"] == code


@pytest.mark.parametrize(
    "moment", ["yesterday", True, 1e300, -1e300, 10**400, [], {}], ids=["text", "bool", *"abcde"]
)
async def test_times_that_are_none(platform: Platform, moment: object) -> None:
    client = await platform.logon("ann")
    read = {"convId": platform.room, "lastReadTimestamp": moment}
    response = await client.ask("CONVERSATION", "conversation", "SET_READ_POINTER", setReadPointer=read)
    assert response["code"] == "CONVERSION_EXCEPTION"


async def test_others_things_are_denied(platform: Platform) -> None:
    ann, ben = await platform.logon("ann"), await platform.logon("ben")
    made = await ann.conversation("CREATE", create={"type": "GROUP", "topic": "Mine"})
    conversation = made["create"]["conversation"]["convId"]
    text = {"convId": conversation, "content": "x"}
    item = (await ann.conversation("ADD_TEXT_ITEM", addTextItem=text))["addTextItem"]["item"]
    table: list[tuple[str, Frame]] = [
        ("ADD_TEXT_ITEM", {"addTextItem": text}),
        ("GET_CONVERSATION_BY_ID", {"getConversationById": {"convId": conversation}}),
        ("GET_ITEMS_BY_CONVERSATION", {"getItemsByConversation": {"convId": conversation}}),
        ("GET_ITEM_BY_ID", {"getItemById": {"itemId": item["itemId"]}}),
        ("JOIN_OPEN_CONVERSATION", {"joinOpenConversation": {"convId": conversation}}),
        ("SUBSCRIBE", {"subscribe": {"conversationId": conversation}}),
    ]
    for action, data in table:
        response = await ben.ask("CONVERSATION", "conversation", action, **data)
        assert response["code"] == "SERVICE_EXCEPTION", action
        assert response["errorInfo"]["errorCode"] == "PERMISSION_DENIED"
    update = {"userId": platform.user("ann"), "firstName": "Eve"}
    response = await ben.ask("USER", "user", "UPDATE", update=update)
    assert response["errorInfo"]["errorCode"] == "PERMISSION_DENIED"


async def test_an_oversized_frame_is_told_so_a_huge_one_ends_the_connection(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    client, other = await platform.logon("ann"), await platform.logon("ben")
    frame = await client.raw("x" * (MAX_FRAME_BYTES + 1))
    assert frame["response"]["code"] == "FRAME_SIZE_TO_LONG"
    await client.ok("VERSION", "version", "GET_VERSION")
    await client.websocket.send_str("x" * (frame_limit + 1))
    assert await client.closed() in (1006, 1009)
    await other.ok("VERSION", "version", "GET_VERSION")
    assert "exceeds limit" in caplog.text


async def test_a_flood_is_told_and_then_cut(platform: Platform) -> None:
    """The clock stands still, so no allowance comes back."""
    client, other = await platform.logon("ann"), await platform.logon("ben")
    for _ in range(int(allowance.burst)):
        await client.websocket.send_str("PING|1")
        await client.websocket.receive()
    response = await client.ask("VERSION", "version", "GET_VERSION")
    assert response["code"] == "OVERLOADED"
    assert (await client.raw("PING|3"))["response"] == {"requestId": 3, "type": "KEEPALIVE", "code": "OK"}
    await other.ok("VERSION", "version", "GET_VERSION")
    for _ in range(allowance.patience):
        await client.websocket.send_str("PING|1")
    assert await client.closed() == 1008


async def test_a_client_that_does_not_read_is_dropped_and_harms_nobody(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    ann, deaf, ben = [await platform.logon(name) for name in ("ann", "ben", "ben")]
    text = {"convId": platform.room, "content": "x" * 65_000}
    sent = 0
    while "does not read" not in caplog.text:
        await ann.conversation("ADD_TEXT_ITEM", addTextItem=text)
        await ann.event("ADD_ITEM")
        await ben.event("ADD_ITEM")
        sent += 1
        assert sent < 2000
    async with asyncio.timeout(30):
        while len(platform.sandbox.hub.state.devices_of(deaf.user_id)) > 1:
            await ben.ok("VERSION", "version", "GET_VERSION")


async def test_the_keepalive_is_answered(platform: Platform) -> None:
    client = await platform.logon("ann")
    frame = await client.raw("PING|17")
    assert frame["msgType"] == "RESPONSE"
    assert frame["response"] == {"requestId": 17, "code": "OK", "type": "KEEPALIVE"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
AREAS = (logon, users, conversations, items, feeds, private, calls, app_messages)
ACTIONS = [action for area in AREAS for action in area.handlers if action.name != "LOGOUT"]
NAMES = st.sampled_from(
    ["convId", "itemId", "userId", "userIds", "rtcSessionId", "sdp", "number", "timestamp", "participants"]
)


async def test_no_request_whatever_breaks_the_sandbox(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox = platform.sandbox
    client = await platform.logon("ann")
    dialect = sandbox._sockets._dialect
    (socket,) = sandbox._sockets._open.values()

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(action=st.sampled_from(ACTIONS), data=st.dictionaries(NAMES, anything) | anything)
    def ask(action: Any, data: object) -> None:
        container = {"type": action.name, action.key: data}
        name = "".join(part.capitalize() for part in action.category.split("_"))
        text = request(container, action.category, name[0].lower() + name[1:])
        reply = dialect.answer(text, client.client_id, socket.credential, sandbox._clock.now())
        code = json.loads(reply.text)["response"]["code"]
        assert code in {
            "OK",
            "NO_RESULT",
            "CONVERSION_EXCEPTION",
            "SERVICE_EXCEPTION",
            "OPERATION_NOT_SUPPORTED",
            "ENTITY_ALREADY_EXISTS",
        }

    with caplog.at_level(logging.ERROR):
        ask()
    assert caplog.records == []
