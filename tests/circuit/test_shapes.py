from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.circuit import event_decoding, events, read, shapes
from botkit.circuit.event_decoding import candidate_text
from botkit.circuit.wire import Category, Event, Json, WireError
from botkit.model.conversations import ConversationKind

ITEM = {
    "itemId": "I1",
    "convId": "K1",
    "type": "TEXT",
    "creatorId": "U1",
    "creationTime": 1_700_000_000_123,
    "text": {"content": "hello"},
}
KINDS = {
    "DIRECT": ConversationKind.DIRECT,
    "GROUP": ConversationKind.GROUP,
    "OPEN": ConversationKind.OPEN,
    "COMMUNITY": ConversationKind.OPEN,
    "LARGE": ConversationKind.GROUP,
}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"userId": "U1", "displayName": "Ann Lee", "firstName": "A"}, "Ann Lee"),
        ({"userId": "U1", "firstName": "Ann", "lastName": "Lee"}, "Ann Lee"),
        ({"userId": "U1", "emailAddress": "a@x.test"}, "a@x.test"),
        ({"userId": "U1", "displayName": None}, "U1"),
    ],
)
def test_everybody_has_a_name(data: Json, name: str) -> None:
    assert shapes.user(data).display_name == name


@pytest.mark.parametrize(
    ("wire", "locale"),
    [("EN_US", "en-US"), ("ZH_HANS_CN", "zh-Hans-CN"), ("de_DE", "de-DE"), ("DE", "de"), (None, ""), (7, "")],
)
def test_the_language_of_an_account(wire: object, locale: str) -> None:
    assert shapes.user({"userId": "U1", "locale": wire}).locale == locale


@pytest.mark.parametrize(("wire", "kind"), KINDS.items())
def test_kinds_of_conversation(wire: str, kind: ConversationKind) -> None:
    record = shapes.conversation({"convId": "K1", "type": wire, "participants": [{"userId": "U1"}, {}, 7]})
    assert record.conversation.kind is kind
    assert record.conversation.members == ("U1",)


def test_a_message_by_itself_is_its_own_thread() -> None:
    found = shapes.text_item(ITEM)
    assert found is not None
    assert found.item.thread_id == "I1"
    assert found.item.created_at == datetime(2023, 11, 14, 22, 13, 20, 123_000, UTC)
    assert found.modified_at == found.item.created_at
    reply = shapes.text_item({**ITEM, "parentItemId": "I0"})
    assert reply is not None
    assert reply.item.thread_id == "I0"


def test_people_listed_and_people_in_the_text_are_both_mentioned() -> None:
    text = {"content": '<span class="mention" abbr="U2">@Ben</span>', "mentionedUsers": ["U3", "U2", 7]}
    found = shapes.text_item({**ITEM, "text": text})
    assert found is not None
    assert found.item.mentions == ("U2", "U3")


def test_a_broken_form_does_not_cost_the_message() -> None:
    found = shapes.text_item({**ITEM, "text": {"content": "hello", "formMetaData": {"controls": 7}}})
    assert found is not None
    assert (found.item.text, found.form) == ("hello", None)


@pytest.mark.parametrize(
    "change", [{"itemId": ""}, {"creationTime": -1}, {"creationTime": 1e20}, {"text": 7}]
)
def test_what_is_no_message(change: dict[str, object]) -> None:
    with pytest.raises(WireError):
        shapes.text_item({**ITEM, **change})


@given(st.floats(0, 253_000_000_000))
@settings(deadline=None)
def test_time_comes_back_to_the_millisecond(seconds: float) -> None:
    time = datetime.fromtimestamp(seconds, UTC)
    back = read.moment({"at": read.milliseconds(time)}, "at")
    assert 0 <= (time - back).total_seconds() < 0.001


def test_candidates_there_and_back() -> None:
    candidates = (("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 1), ("", "", 0))
    ice = {"clientId": "C1", "origin": "o=- 1", "candidates": [candidate_text(*each) for each in candidates]}
    event = Event(
        category=Category.RTC_CALL,
        action="ICE_CANDIDATES",
        ids={"sessionId": "R1"},
        payload={"iceCandidates": ice},
    )
    assert event_decoding.decode(event) == events.CandidatesReceived(
        rtc_session_id="R1", client_id="C1", origin="o=- 1", candidates=candidates
    )


# Actions whose events carry an object, after the protocol notes: messaging section 6, calls section 2.3.
NEEDY = [
    (Category.CONVERSATION, "ADD_ITEM"),
    (Category.CONVERSATION, "UPDATE_ITEM"),
    (Category.CONVERSATION, "CREATE"),
    (Category.CONVERSATION, "UPDATE"),
    (Category.CONVERSATION, "DELETE"),
    (Category.ACTIVITYSTREAM, "ACTIVITY_CREATED"),
    (Category.CPAAS, "SUBMIT_FORM_DATA"),
    (Category.USER, "USER_UPDATED"),
    (Category.RTC_CALL, "INVITE"),
    (Category.RTC_CALL, "SDP_ANSWER"),
    (Category.RTC_CALL, "SDP_FAILED"),
    (Category.RTC_CALL, "INVITE_FAILED"),
    (Category.RTC_CALL, "INVITE_CANCEL"),
    (Category.RTC_CALL, "ICE_CANDIDATES"),
    (Category.RTC_CALL, "CHANGE_MEDIA_TYPE_REQUESTED"),
    (Category.RTC_SESSION, "SESSION_TERMINATED"),
]


@pytest.mark.parametrize(("category", "action"), NEEDY)
def test_an_event_without_its_object_is_an_error_and_never_a_crash(category: Category, action: str) -> None:
    with pytest.raises(WireError):
        event_decoding.decode(Event(category=category, action=action))
