"""`enqueue`: a flow fills the time until it is the caller's turn."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from botkit.flow.engine import enter
from botkit.flow.loader import FlowFileError
from botkit.model.calls import CallCause
from botkit.model.effects import Enqueue, Hush, LeaveQueue, Say, Transfer
from botkit.model.inputs import (
    CallFinished,
    CallOutcome,
    DeadlineReached,
    EffectFailed,
    HungUp,
    KeysCollected,
    KeysEnded,
    QueueMoved,
    QueueTurn,
)
from botkit.model.session import Channel, EndedBy

HOTLINE = """
    flow: hotline
    start: [call_incoming]
    config:
      agents: {type: list, default: [olivia, otto]}
    globals:
      away: {key: "*", words: [away], go: aside}
      cancel: {key: 9, words: [cancel]}
    steps:
      - say: Welcome.
      - enqueue: support
        agents: config.agents
        flow: waiting
        ring: 15s
        limit: 10m
        into: place
        outcomes:
          accepted: [{end: Bye.}]
          left: [{end: As you like.}]
          expired: [{end: Too long.}]
          otherwise: [{end: "{{ event.detail }}"}]
      - id: aside
        end: Aside.
    flows:
      waiting:
        outputs: [leave]
        slots: {stay: {type: yes_no, ask: Will you stay?, secret: true}}
        steps:
          - say: You are number {{ place.position }}, {{ place.waited }} s.
          - wait: 20s
          - collect: [stay]
            again: true
          - set: {leave: "{{ not stay }}"}
"""


def queue_id(talk) -> str:
    return str(talk.session.state["queue"]["id"])


def moves(talk, position: int):
    return talk.give(QueueMoved(effect_id=queue_id(talk), position=position))


def turn(talk, agent: str = "olivia"):
    return talk.give(QueueTurn(effect_id=queue_id(talk), agent=agent))


def kinds(talk) -> list[str]:
    return [type(effect).__name__ for effect in talk.effects]


@pytest.fixture
def waiting(call):
    """A caller who is third."""
    return moves(call(HOTLINE), 3)


def test_who_need_not_wait_hears_nothing_of_a_queue(call) -> None:
    talk = call(HOTLINE)
    assert kinds(talk) == ["Answer", "Say", "Enqueue"]
    entered = talk.effects[-1]
    assert entered == Enqueue(id=entered.id, queue="support", agents=("olivia", "otto"))
    turn(talk)
    assert talk.effects == [Transfer(id=talk.effects[0].id, to="olivia", ring=15)]
    assert talk.reaches().heard == ["Bye."]
    assert talk.ended


def test_the_flow_fills_the_time_and_knows_the_place(waiting) -> None:
    assert waiting.heard == ["You are number 3, 0 s."]
    deadline = waiting.session.deadline
    moves(waiting.after(5), 2)
    assert waiting.effects == []
    assert waiting.session.deadline == deadline
    waiting.waits()
    assert waiting.heard == ["Will you stay? For yes, press 1. For no, press 2."]
    waiting.presses("1")
    assert waiting.question.prompt == ""
    waiting.after(10).is_silent()
    assert waiting.heard == ["You are number 2, 30 s."]


def test_at_ones_turn_all_else_is_cut(waiting) -> None:
    waiting.waits()
    turn(waiting)
    assert kinds(waiting) == ["Hush", "Transfer"]
    assert len(waiting.session.state["stack"]) == 1
    assert "queue" not in waiting.session.state
    assert waiting.reaches().heard == ["Bye."]


@pytest.mark.parametrize("outcome", [CallOutcome.BUSY, CallOutcome.DECLINED, CallOutcome.NO_ANSWER])
def test_an_agent_who_does_not_take_it_comes_last_and_the_caller_first(waiting, outcome) -> None:
    turn(waiting).after(10).reaches(outcome)
    again = waiting.effects[-1]
    assert again == Enqueue(id=again.id, queue="support", agents=("otto", "olivia"), front=True)
    assert moves(waiting, 1).heard == ["You are number 1, 10 s."]
    assert kinds(turn(waiting, "otto")) == ["Hush", "Transfer"]


def test_an_agent_who_cannot_be_called_is_left_out(waiting) -> None:
    turn(waiting).reaches(CallOutcome.FAILED)
    assert waiting.effects[-1].agents == ("otto",)
    moves(waiting, 1)
    turn(waiting, "otto").reaches(CallOutcome.FAILED)
    assert waiting.ended


def test_the_time_is_over(waiting) -> None:
    waiting.after(590).give(DeadlineReached())
    waiting.presses("1").is_silent()
    assert (waiting.session.deadline - waiting.now).total_seconds() == 10
    entered = queue_id(waiting)
    waiting.waits()
    assert kinds(waiting) == ["Hush", "LeaveQueue", "Say", "Hangup"]
    assert waiting.effects[1] == LeaveQueue(id=waiting.effects[1].id, entered=entered)
    assert waiting.heard == ["Too long."]


def test_the_time_is_over_when_an_agent_does_not_take_it(waiting) -> None:
    turn(waiting.after(595)).after(10).reaches(CallOutcome.NO_ANSWER)
    assert waiting.heard == ["Too long."]


def test_the_talk_may_be_longer_than_the_limit(waiting) -> None:
    turn(waiting).after(3600).give(DeadlineReached())
    assert waiting.why == ["2 ignored early_deadline"]
    assert waiting.reaches().heard == ["Bye."]


@pytest.mark.parametrize(("key", "heard"), [("2", "As you like."), ("9", "As you like."), ("*", "Aside.")])
def test_ways_to_leave(waiting, key: str, heard: str) -> None:
    waiting.waits().presses(key)
    assert [effect for effect in waiting.effects if isinstance(effect, LeaveQueue)]
    assert waiting.heard == [heard]
    assert waiting.ended


def test_silence_throws_nobody_out(waiting) -> None:
    waiting.waits()
    for _ in range(3):
        waiting.is_silent()
    assert waiting.question.prompt == ""
    assert waiting.is_silent().heard == ["You are number 3, 20 s."]


def test_an_hour_in_a_queue_is_no_long_dialogue(call) -> None:
    text = HOTLINE.replace("limit: 10m", "limit: 2h").replace(
        "flow: hotline", "flow: hotline\n    limits: {turns: 10}", 1
    )
    talk = moves(call(text), 1)
    for _ in range(30):
        talk.waits().presses("1").is_silent()
    assert not talk.ended
    assert talk.heard == ["You are number 1, 600 s."]


def test_the_caller_hangs_up(waiting) -> None:
    waiting.hangs_up()
    assert waiting.effects == []
    assert waiting.session.ended_by is EndedBy.HANGUP


def test_news_of_a_queue_that_was_left_mean_nothing(waiting) -> None:
    old = queue_id(waiting)
    turn(waiting)
    assert waiting.give(QueueTurn(effect_id=old, agent="otto")).why == ["2 ignored stale_queue"]
    waiting.reaches(CallOutcome.BUSY)
    assert waiting.give(QueueMoved(effect_id=old, position=1)).why == ["2 ignored stale_queue"]


def test_a_queue_that_says_nothing_has_failed(call) -> None:
    assert call(HOTLINE).waits().heard == ["nothing was heard any more"]


def test_nobody_to_wait_for(call) -> None:
    talk = call(HOTLINE.replace("[olivia, otto]", "[]"))
    assert talk.heard == ["Welcome.", "there is nobody to wait for"]


def test_a_fault_in_the_flow_that_fills_the_time(waiting, call) -> None:
    text = HOTLINE.replace("wait: 20s", "set: {stay: perhaps}")
    talk = moves(call(text), 1)
    assert talk.heard[-1] == "the value does not fit the slot stay"
    assert any(isinstance(effect, LeaveQueue) for effect in talk.effects)
    assert not any(isinstance(effect, Hush) for effect in talk.effects)


def test_keys_while_everything_is_heard_begin_it_anew(waiting) -> None:
    waiting.waits().presses("1")
    assert waiting.presses("5", KeysEnded.DIGITS).heard == ["You are number 3, 20 s."]


def test_a_step_that_is_entered_once_more_keeps_the_place(waiting) -> None:
    waiting.waits().presses("1")
    keys = KeysCollected(effect_id=waiting.asked_id, digits="", ended=KeysEnded.NONE)
    again = enter(waiting.flows, waiting.session, keys, waiting.now)
    assert [type(effect) for effect in again.effects] == [Say]
    assert again.session.state["queue"] == waiting.session.state["queue"]


def test_a_queue_inside_of_a_queue_is_an_error(call) -> None:
    text = HOTLINE.replace(
        "- wait: 20s", "- enqueue: other\n            agents: config.agents\n            flow: still"
    )
    text = text.rstrip() + "\n      still:\n        steps: [{say: Still here.}]\n"
    assert moves(call(text), 1).heard[-1] == "the caller waits in a queue already"


def test_a_flow_that_takes_no_time_cannot_fill_it(load) -> None:
    steps = HOTLINE.partition("          - say: You are")
    text = steps[0] + "          - set: {leave: no}\n"
    with pytest.raises(FlowFileError) as caught:
        load(text)
    assert [finding.code for finding in caught.value.findings] == ["idle-queue"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_comes_in_whatever_order(load, dialogue, data: st.DataObject) -> None:
    talk = dialogue(load(HOTLINE), Channel.CALL).begin()
    for _ in range(data.draw(st.integers(1, 25))):
        state = talk.session.state
        known = [state.get("queue", {}).get("id", ""), state.get("wait", {}).get("id", ""), "s:1:2"]
        name = str(data.draw(st.sampled_from(known)))
        after = data.draw(st.sampled_from([0, 1, 20, 700]))
        event = data.draw(
            st.sampled_from(
                [
                    QueueMoved(effect_id=name, position=2),
                    QueueTurn(effect_id=name, agent="olivia"),
                    CallFinished(effect_id=name, outcome=CallOutcome.BUSY),
                    CallFinished(effect_id=name, outcome=CallOutcome.FAILED),
                    KeysCollected(effect_id=name, digits="1", ended=KeysEnded.DIGITS),
                    KeysCollected(effect_id=name, digits="9", ended=KeysEnded.DIGITS),
                    KeysCollected(effect_id=name, digits="", ended=KeysEnded.NONE),
                    EffectFailed(effect_id=name, error="no"),
                    DeadlineReached(),
                    HungUp(cause=CallCause.HANGUP),
                ]
            )
        )
        talk.after(after).give(event)
        state = talk.session.state
        assert "error.internal" not in " ".join(talk.why), talk.turn.why
        if not talk.ended:
            assert talk.session.deadline is not None
            assert ("queue" in state) or state["wait"]["kind"] == "call"


def test_whose_place_is_told_when_the_time_is_over_is_due_at_once(call) -> None:
    talk = call(HOTLINE).after(601)
    moves(talk, 2)
    assert talk.session.deadline == talk.now
    assert talk.waits().heard == ["Too long."]
