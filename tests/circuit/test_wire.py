from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.circuit import actions
from botkit.circuit.wire import (
    MAX_FRAME_BYTES,
    Category,
    Code,
    ErrorInfo,
    Event,
    Ping,
    Request,
    Response,
    WireError,
    container_name,
    decode,
    decode_request,
    encode,
)

# The table of the protocol notes, section 2 (envelope).
CONTAINERS = {
    "CONVERSATION": "conversation",
    "USER": "user",
    "USER_DATA": "userData",
    "VERSION": "version",
    "SEARCH": "search",
    "CPAAS": "cpaas",
    "ACCOUNT": "account",
    "USER_TO_USER": "userToUser",
    "RTC_SESSION": "rtcSession",
    "RTC_CALL": "rtcCall",
    "SYSTEM": "system",
    "GUEST": "guest",
    "ADMINISTRATION": "administration",
    "ACTIVITYSTREAM": "activityStream",
    "SPACE": "space",
    "TEAM": "team",
    "INSTRUMENTATION": "instrumentation",
    "THIRDPARTYCONNECTORS": "thirdpartyconnectors",
    "CONVERSATION_USER_DATA": "conversationUserData",
}

texts = st.text(st.characters(codec="utf-8"), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
keys = texts.filter(lambda key: key != "type")
objects = st.dictionaries(keys, values, max_size=3)
things = st.dictionaries(keys, values.filter(lambda value: not isinstance(value, str)), max_size=3)
categories = st.sampled_from([category for category in Category if category != Category.KEEPALIVE])
words = st.sampled_from(["GET_STUFF", "ADD_ITEM", "SOMETHING_NEW"])


def test_containers() -> None:
    assert {name: container_name(name) for name in CONTAINERS} == CONTAINERS
    assert container_name("ACTIVITYSTREAM", event=True) == "activity"
    assert container_name("THIRDPARTYCONNECTORS", event=True) == "thirdParty"
    assert container_name("CONVERSATION", event=True) == "conversation"


@given(st.integers(0, 2**31), categories, words, objects)
@settings(deadline=None)
def test_a_request_comes_back_as_it_went(
    number: int, category: str, action: str, payload: dict[str, object]
) -> None:
    request = Request(request_id=number, category=category, action=action, payload=payload)
    assert decode_request(encode(request)) == request


@given(st.integers(0, 2**31), categories, words, objects, texts)
@settings(deadline=None)
def test_a_response_comes_back_as_it_went(
    number: int, category: str, action: str, payload: dict[str, object], info: str
) -> None:
    response = Response(
        request_id=number,
        category=category,
        action=action,
        code=Code.SERVICE_EXCEPTION,
        payload=payload,
        error=ErrorInfo(code="CIRCUIT_EXCEPTION", info=info, circuit_exception="INWEB-00001C"),
        client_id="C1",
    )
    assert decode(encode(response)) == response


@given(categories, words, things)
@settings(deadline=None)
def test_an_event_comes_back_as_it_went(category: str, action: str, payload: dict[str, object]) -> None:
    ids = {key: "x" for key in ("convId", "sessionId") if key not in payload}
    event = Event(category=category, action=action, ids=ids, payload=payload, client_id="C1")
    assert decode(encode(event)) == event


def test_a_request_as_it_looks() -> None:
    request = Request(
        request_id=17,
        category=Category.CONVERSATION,
        action="ADD_TEXT_ITEM",
        payload={"addTextItem": {"convId": "K1"}},
    )
    assert json.loads(encode(request)) == {
        "msgType": "REQUEST",
        "request": {
            "requestId": 17,
            "type": "CONVERSATION",
            "conversation": {"type": "ADD_TEXT_ITEM", "addTextItem": {"convId": "K1"}},
        },
    }


def test_the_mention_event_is_read_from_its_own_container() -> None:
    text = (
        '{"msgType":"EVENT","clientId":"C2","event":{"type":"ACTIVITYSTREAM","activity":{"type":'
        '"ACTIVITY_CREATED","create":{"item":{"itemId":"A1"}}}}}'
    )
    event = decode(text)
    assert isinstance(event, Event)
    assert (event.action, event.payload, event.client_id) == (
        "ACTIVITY_CREATED",
        {"create": {"item": {"itemId": "A1"}}},
        "C2",
    )


def test_pings() -> None:
    assert encode(Ping(request_id=9)) == "PING|9"
    assert decode_request("PING|9") == Ping(request_id=9)
    assert decode("PING") == Ping()
    answer = Response(request_id=9, category=Category.KEEPALIVE, code=Code.OK)
    assert json.loads(encode(answer))["response"] == {"requestId": 9, "code": "OK", "type": "KEEPALIVE"}
    assert decode(encode(answer)) == answer
    short = decode('{"msgType":"RESPONSE","response":{"requestId":9,"code":"OK"}}')
    assert isinstance(short, Response)
    assert short.request_id == 9


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "no JSON object"),
        ("null", "no JSON object"),
        ("{}", "msgType None"),
        ('{"msgType":"EVENT","event":{"type":"USER","user":{}}}', "msgType 'EVENT'"),
        ('{"msgType":"REQUEST"}', "without `request`"),
        ('{"msgType":"REQUEST","request":{"type":"USER"}}', "`requestId`"),
        ('{"msgType":"REQUEST","request":{"requestId":true,"type":"USER"}}', "`requestId`"),
        ('{"msgType":"REQUEST","request":{"requestId":1}}', "without `type`"),
        ('{"msgType":"REQUEST","request":{"requestId":1,"type":"USER"}}', "without `user`"),
        ('{"msgType":"REQUEST","request":{"requestId":1,"type":"USER","user":{}}}', "`user.type`"),
        ('{"msgType":"REQUEST","request":{"requestId":NaN}}', "not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":"\\ud800"}', "not JSON"),
        ('{"a":' + "9" * 5000 + "}", "not JSON"),
        ("PING|", "a ping"),
        ("PING|x", "a ping"),
        ("PONG", "not JSON"),
        (b"{}", "binary"),
    ],
)
def test_what_is_no_request_is_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(WireError, match=words.replace("|", r"\|")):
        decode_request(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"msgType":"REQUEST","request":{}}', "msgType 'REQUEST'"),
        ('{"msgType":"RESPONSE"}', "without `response`"),
        ('{"msgType":"RESPONSE","response":{"code":"OK"}}', "`requestId`"),
        ('{"msgType":"RESPONSE","response":{"requestId":1}}', "without `code`"),
        ('{"msgType":"EVENT","event":[]}', "without `event`"),
        ('{"msgType":"EVENT","event":{}}', "without `type`"),
        ('{"msgType":"EVENT","event":{"type":"CONVERSATION"}}', "without `conversation`"),
    ],
)
def test_what_no_server_says_is_refused(text: str, words: str) -> None:
    with pytest.raises(WireError, match=words):
        decode(text)


def test_a_malformed_request_can_still_be_answered() -> None:
    with pytest.raises(WireError) as caught:
        decode_request('{"msgType":"REQUEST","request":{"requestId":5,"type":"USER","user":7}}')
    assert (caught.value.request_id, caught.value.category, caught.value.code) == (
        5,
        "USER",
        Code.CONVERSION_EXCEPTION,
    )


def test_a_frame_may_be_just_so_long() -> None:
    frame = '{"msgType":"REQUEST","request":{"requestId":1,"type":"USER","user":{"type":"A"}},"pad":"%s"}'
    decode_request(frame % ("x" * (MAX_FRAME_BYTES - len(frame) + 2)))
    with pytest.raises(WireError) as caught:
        decode_request(frame % ("\u20ac" * (MAX_FRAME_BYTES // 3)))
    assert caught.value.code == Code.FRAME_SIZE_TO_LONG


def test_a_server_may_answer_with_more() -> None:
    answer = decode(
        '{"msgType":"RESPONSE","response":{"requestId":1,"code":"OK"},"pad":"%s"}' % ("x" * (3 << 20))
    )
    assert isinstance(answer, Response)


def test_of_half_a_character_a_client_loses_no_more_than_that() -> None:
    whole = encode(Response(request_id=1, category="USER", action="A", payload={"said": "HERE"}))
    answer = decode(whole.replace("HERE", "a\\uD800b \\ud83d\\ude00 \u00e9"))
    assert isinstance(answer, Response)
    assert answer.payload == {"said": "a?b \U0001f600 \u00e9"}


@given(st.text() | st.binary())
@settings(deadline=None)
def test_anything_else_is_an_error_and_never_a_crash(text: str | bytes) -> None:
    for read in (decode, decode_request):
        with pytest.raises(WireError):
            read(text)


@given(values)
@settings(deadline=None)
def test_any_json_is_a_frame_or_an_error(value: object) -> None:
    for kind, key in (("REQUEST", "request"), ("RESPONSE", "response"), ("EVENT", "event")):
        text = json.dumps({"msgType": kind, key: value, "clientId": value})
        for read in (decode, decode_request):
            with pytest.raises(WireError):
                read(text)


def test_actions_are_told_apart_by_category_and_name() -> None:
    table = actions.known()
    constants = [value for value in vars(actions).values() if isinstance(value, actions.Action)]
    assert len(table) == len(constants)
    assert table["CONVERSATION", "ADD_TEXT_ITEM"] is actions.ADD_TEXT_ITEM
