"""The flows that ship, walked on both channels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from botkit.flow.loader import load_flows
from botkit.model.effects import Http, Post, Transfer
from botkit.model.inputs import CallOutcome, HttpOutcome, RecordEnded
from botkit.model.session import Channel

FLOWS = Path(__file__).parents[2] / "flows"
CONFIG = {
    "reception": {"operator": "olivia@example.com"},
    "helpdesk": {"desk": "desk@example.com", "api": "https://tickets.example.com"},
}


@pytest.fixture(scope="module")
def flows():
    files = [FLOWS / f"{name}.yaml" for name in CONFIG]
    return load_flows(files, config=CONFIG, handlers={"find_agent"}, secrets={"helpdesk"})


@pytest.fixture
def reception(flows, dialogue):
    return lambda channel: dialogue(flows, channel, "reception").begin()


def test_they_start_as_they_say(flows) -> None:
    assert flows.start_for("call_incoming") == "reception"
    assert flows.start_for("mention", "when are your hours?") == "reception"
    assert flows.start_for("mention", "my laptop is broken") == "helpdesk"
    assert flows.start_for("mention", "good morning") == "reception"


def test_reception_chat_hours(reception) -> None:
    talk = reception(Channel.CHAT)
    assert talk.heard == ["Welcome to Example Ltd.", "What can I do for you?"]
    talk.submits(choice="hours")
    assert talk.heard == ["We are open from nine to five, Monday to Friday.", "Goodbye."]
    assert talk.ended


def test_reception_chat_message(reception) -> None:
    talk = reception(Channel.CHAT).says("Please call back")
    assert talk.heard == ["What is your name?"]
    assert talk.says("Bea").heard == ["Which number may we call back?"]
    assert talk.says("911").heard[0] == "A number has six to fifteen digits."
    talk.says("0151 2345 678")
    assert talk.posts == [("olivia@example.com", "Bea asks for a call back: 01512345678")]
    assert talk.heard == ["Thank you, we will call you back.", "Goodbye."]


@pytest.mark.parametrize("words", ["speaking to somebody", "operator", "I need a person"])
def test_reception_chat_person(reception, words: str) -> None:
    talk = reception(Channel.CHAT).says(words)
    (transfer,) = talk.effects
    assert transfer == Transfer(id=transfer.id, to="olivia@example.com", ring=25)
    joined = talk.copy().reaches()
    assert joined.heard == ["You are not alone any more."]
    assert joined.ended
    talk.reaches(CallOutcome.FAILED)
    assert talk.heard == ["Nobody is free right now. I will take a message.", "What is your name?"]


def test_reception_chat_forgotten(reception) -> None:
    talk = reception(Channel.CHAT).waits()
    assert talk.heard == ["I have heard nothing from you. Write to me at any time."]
    assert talk.ended
    talk = reception(Channel.CHAT).says("call back").waits()
    assert talk.heard == ["Let us stop here. Goodbye."]
    assert talk.ended


def test_reception_call_hours(reception) -> None:
    talk = reception(Channel.CALL)
    assert talk.heard == [
        "Welcome to Example Ltd.",
        "What can I do for you? For opening hours, press 1 or say hours. For leaving a message, press 2 or "
        "say message. For speaking to somebody, press 3 or say somebody.",
    ]
    talk.presses("1")
    assert talk.heard == ["We are open from nine to five, Monday to Friday.", "Goodbye."]
    assert talk.hung_up


def test_reception_call_message_and_repeat(reception) -> None:
    talk = reception(Channel.CALL).presses("9")
    assert talk.heard[0].startswith("What can I do for you?")
    assert talk.presses("2").heard == ["What is your name?"]
    assert talk.is_silent().heard == ["Which number may we call back? Press hash to finish."]
    assert talk.presses("0301234567").heard == ["Please speak after the tone, then press hash."]
    talk.records(ended=RecordEnded.NOTHING)
    assert talk.posts == [("olivia@example.com", "Ann Lee asks for a call back: 0301234567")]
    assert talk.heard == ["Thank you, we will call you back.", "Goodbye."]
    assert talk.hung_up


def test_reception_call_spoken_message(reception) -> None:
    talk = reception(Channel.CALL).speaks("A message, please.")
    assert talk.heard == ["What is your name?"]
    talk.speaks("Bea Miller.")
    talk.speaks("Oh three oh, one two three four.")
    assert talk.heard == ["I heard 0, 3, 0, 1, 2, 3, 4. Is that right?"]
    assert talk.speaks("Yes.").heard == ["Please speak after the tone, then press hash."]
    gone = talk.copy().hangs_up().records("voice.wav", 4.2, RecordEnded.HANGUP)
    for left in (gone, talk.records("voice.wav", 4.2)):
        post = next(effect for effect in left.effects if isinstance(effect, Post))
        assert post.text == "Bea Miller asks for a call back: 0301234"
        assert post.files == ("voice.wav",)
        assert left.ended
    assert gone.heard == []


def test_reception_call_silence_then_nobody(reception) -> None:
    talk = reception(Channel.CALL).is_silent()
    assert talk.heard[0] == "I did not hear anything."
    assert talk.is_silent().heard[0] == "Are you still there?"
    assert talk.is_silent().heard == ["I put you through. One moment, please."]
    accepted = talk.copy().reaches()
    assert accepted.heard == []
    assert accepted.hung_up
    assert talk.reaches(CallOutcome.NO_ANSWER).heard[0] == "Nobody is free right now. I will take a message."
    for _ in range(3):
        talk.is_silent()
    assert talk.is_silent().heard == ["Please try again later. Goodbye."]
    assert talk.hung_up


def test_reception_call_hung_up_anywhere(reception) -> None:
    talk = reception(Channel.CALL)
    for key in ("", "2"):
        if key:
            talk.presses(key)
        gone = talk.copy().hangs_up()
        assert gone.ended
        assert gone.effects == []


@pytest.fixture
def helpdesk(flows, dialogue):
    return lambda: dialogue(flows, Channel.CHAT, "helpdesk").begin("my laptop is broken")


def test_helpdesk_form_to_ticket(helpdesk) -> None:
    talk = helpdesk()
    form = talk.question.form
    assert [control.kind.value for control in form.controls] == ["dropdown", "input", "button"]
    assert talk.submits(topic="network", details="no wifi").heard == ["Does it keep you from working?"]
    assert talk.submits(blocked="yes").heard == ["no wifi: shall I send that?"]
    talk.submits(choice="send")
    (request,) = talk.effects
    assert isinstance(request, Http)
    assert (request.method, request.url) == ("POST", "https://tickets.example.com/tickets")
    assert request.secret_headers == {"Authorization": "Bearer {helpdesk}"}
    assert json.loads(request.body) == {
        "topic": "network", "details": "no wifi", "person": "Ann Lee", "urgent": True
    }  # fmt: skip
    talk.is_answered({"id": 4711})
    assert talk.run.handler == "find_agent"
    talk.returns("otto@example.com")
    assert talk.posts == [("otto@example.com", "Ann Lee needs help with network: no wifi")]
    assert talk.effects[0].subject == "Urgent: ticket 4711"
    assert talk.heard == ["I marked it as urgent.", "Your ticket is number 4711."]


def test_helpdesk_in_words_with_a_change_of_mind(helpdesk) -> None:
    talk = helpdesk().says("laptop").says("it burns").says("no")
    assert talk.says("change it").question.form.id == talk.session.form_id
    talk.submits(topic="account", details="locked out")
    assert talk.heard == ["locked out: shall I send that?"]
    talk.says("yes")
    talk.is_answered({"id": 1})
    talk.returns(error="no agent")
    assert talk.posts[0][0] == "desk@example.com"
    assert talk.heard == ["Your ticket is number 1."]


@pytest.mark.parametrize("outcome", [outcome for outcome in HttpOutcome if outcome is not HttpOutcome.DONE])
def test_helpdesk_without_a_ticket_system(helpdesk, outcome: HttpOutcome) -> None:
    talk = helpdesk().submits(topic="network", details="no wifi").says("no").says("yes please")
    talk.is_answered(outcome=outcome)
    assert talk.posts == [
        ("desk@example.com", "The ticket system does not answer. Ann Lee has a problem: no wifi")
    ]
    assert talk.heard == ["The ticket system does not answer. I told the desk."]


def test_helpdesk_odd_result_cancel_and_silence(helpdesk) -> None:
    asked = helpdesk().submits(topic="network", details="no wifi")
    assert asked.copy().says("never mind").heard == ["All right, cancelled."]
    assert helpdesk().waits().ended
    odd = asked.says("yes").says("yes").is_answered("no id").returns("x")
    assert odd.heard == ["I cannot make a ticket just now. Please write to the desk."]
