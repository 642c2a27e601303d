"""`answer` and `decline`, on every channel, and what is known of them before the bot runs."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError
from botkit.model.calls import DeclineCause
from botkit.model.effects import Answer, Decline, Hangup, Post, Run, Say

GATE = """
    flow: a
    steps:
      - run: f
        into: free
      - if: not free
        then:
          - decline: busy
      - say: Come in.
"""


def kinds(talk) -> list[type]:
    return [type(effect) for effect in talk.effects]


def faults(load, text: str) -> list[tuple[str, int]]:
    try:
        load(text)
    except FlowFileError as error:
        return [(finding.code, finding.place.line) for finding in error.findings]
    return []


def test_answer_picks_up_before_anything_is_heard(call) -> None:
    talk = call("flow: a\nsteps:\n  - answer\n  - run: f\n  - say: Done.\n")
    assert kinds(talk) == [Answer, Run]
    assert talk.why[0] == "1 answer answered"
    assert kinds(talk.returns()) == [Say, Hangup], "a call is answered once"


def test_answer_after_the_first_words_changes_nothing(call) -> None:
    talk = call("flow: a\nsteps:\n  - say: Hello.\n  - answer\n  - answer\n")
    assert kinds(talk) == [Answer, Say, Hangup]
    assert talk.why[1:3] == ["2 answer passed_over", "3 answer passed_over"]


def test_answer_alone_is_a_call_without_a_word(call) -> None:
    talk = call("flow: a\nsteps: [answer]\n")
    assert kinds(talk) == [Answer, Hangup]
    assert talk.ended


def test_answer_is_for_who_is_still_there(call) -> None:
    talk = call("flow: a\nwhen: {hangup: [answer, {post: Gone., to: x}]}\nsteps: [{run: f}]\n").hangs_up()
    assert talk.posts == [("x", "Gone.")]
    assert Answer not in kinds(talk)


@pytest.mark.parametrize("cause", DeclineCause)
def test_decline_refuses_and_ends(call, cause: DeclineCause) -> None:
    talk = call(f"flow: a\nsteps:\n  - decline: {cause}\n")
    assert talk.effects == [Decline(id="s:1:0", cause=cause)]
    assert talk.ended
    assert talk.why == [f"1 decline {cause}"]
    assert talk.hangs_up().why == ["ignored ended"]


def test_decline_after_something_that_took_time(call) -> None:
    talk = call(GATE)
    assert kinds(talk) == [Run]
    refused = talk.copy().returns(False)
    assert kinds(refused) == [Decline]
    assert refused.ended
    assert kinds(talk.returns(True)) == [Answer, Say, Hangup]


def test_decline_ends_the_flows_that_called_it_too(call) -> None:
    talk = call("flow: a\nsteps: [{call: b}, {say: Hello.}]\nflows: {b: {steps: [{decline: rejected}]}}\n")
    assert kinds(talk) == [Decline]
    assert talk.ended


def test_decline_hangs_up_what_turns_out_to_be_answered(call) -> None:
    talk = call("flow: a\nsteps: [{say: Hello.}, {call: b}]\nflows: {b: {steps: [{decline: busy}]}}\n")
    assert kinds(talk) == [Answer, Say, Hangup]
    assert talk.why[-1] == "1 decline hung_up"


def test_decline_when_the_caller_has_hung_up_does_nothing_more(call) -> None:
    talk = call("flow: a\nwhen: {hangup: [{decline: busy}]}\nsteps: [{run: f}]\n").hangs_up()
    assert talk.effects == []
    assert talk.ended


@pytest.mark.parametrize("channel", ["chat", "detached"])
def test_without_a_call(channel: str, request: pytest.FixtureRequest) -> None:
    """A handler may start any flow anywhere; that no finding can tell."""
    begun = request.getfixturevalue(channel)
    passed = begun("flow: a\nsteps: [answer, {post: Written., to: x}]\n")
    assert kinds(passed) == [Post]
    assert passed.why == ["1 answer passed_over", "2 post x"]
    ended = begun("flow: a\nsteps: [{decline: busy}]\n")
    assert ended.effects == []
    assert ended.ended
    assert ended.why == ["1 decline no_call"]


def test_only_call_goes_on_on_chat(chat, call) -> None:
    text = """
        flow: a
        start: [call_incoming, mention]
        steps:
          - decline: rejected
            only: call
          - say: Hello.
    """
    assert chat(text).heard == ["Hello."]
    assert kinds(call(text)) == [Decline]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("[answer, {decline: busy}]", ["call-answered"]),
        ("[{choose: Well?, options: {a: {}, b: {}}}, {decline: busy}]", ["call-answered"]),
        ("[{choose: Well?, options: {a: {}, b: {}}, give_up: [{decline: busy}]}]", ["call-answered"]),
        ("[{say: Hello., only: chat}, {decline: busy}]", []),
        ("[{say: '{{ user.name }}'}, {decline: busy}]", []),
        ("[{say: ' '}, {decline: busy}]", []),
        ("[{if: now.hour, then: [answer]}, {decline: busy}]", []),
        ("[{decline: busy}, {say: Hello.}]", ["dead-step"]),
        ("[{end: Bye.}, {decline: busy}]", ["dead-step"]),
        ("[decline]", ["wrong-value"]),
        ("[{decline: away}]", ["wrong-value"]),
        ("[{answer: Hello.}]", ["wrong-value"]),
    ],
)
def test_what_is_found(load, steps: str, expected: list[str]) -> None:
    assert [code for code, _ in faults(load, f"flow: a\nsteps: {steps}\n")] == expected


def test_a_global_is_obeyed_only_when_answered(load) -> None:
    text = """\
        flow: a
        globals: {away: {key: 0, go: refuse}}
        steps:
          - choose: Well?
            options: {a: {}, b: {}}
          - end
          - id: refuse
            decline: busy
    """
    assert faults(load, text) == [("call-answered", 7)]


def test_a_message_that_leads_here_through_another_flow_is_found(load) -> None:
    text = "flow: a\nstart: [item_added]\nsteps: [{call: b}]\nflows:\n  b: {steps: [{decline: busy}]}\n"
    assert faults(load, text) == [("not-on-chat", 5)]
    found = faults(load, text.replace("{call: b}", "{call: b, only: call}"))
    assert found == [("never-here", 3), ("not-on-chat", 5)]
    assert faults(load, text.replace("item_added", "call_incoming")) == []
