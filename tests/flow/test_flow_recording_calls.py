"""`record_call`: a whole call, both sides."""

from __future__ import annotations

import pytest

from botkit.flow.engine import learns_of_loss
from botkit.flow.loader import FlowFileError
from botkit.model.calls import CallCause
from botkit.model.effects import Ask, CallRecordingSwitch, Post, RecordCall, Say
from botkit.model.inputs import CallRecorded, HungUp

FLOW = """
    flow: hotline
    steps:
      - record_call: on
        into: tape
        stereo: true
        max: 30m
      - choose: What?
        id: what
        options: {a: {key: 1}, b: {key: 2}}
        into: wish
      - record_call: pause
      - say: One moment.
      - record_call: on
      - record_call: off
      - if: tape
        then:
          - post: "{{ tape.seconds }} seconds"
            files: [tape]
            to: desk
        else:
          - post: nothing
            to: desk
    when:
      hangup:
        - post: "{% if tape %}{{ tape.seconds }} seconds, then gone{% else %}nothing{% endif %}"
          files: [tape]
          to: desk
"""


def switches(talk) -> list[RecordCall]:
    return [effect for effect in talk.effects if isinstance(effect, RecordCall)]


def posts(talk) -> list[tuple[str, tuple[str, ...]]]:
    return [(effect.text, effect.files) for effect in talk.effects if isinstance(effect, Post)]


def test_it_is_switched_on_and_off(call) -> None:
    talk = call(FLOW)
    (on,) = switches(talk)
    assert on == RecordCall(id=on.id, switch=CallRecordingSwitch.ON, stereo=True, maximum=1800)
    assert not any(isinstance(effect, Say) for effect in talk.effects), "it announces nothing"
    talk.presses("1")
    assert [(each.switch, each.began) for each in switches(talk)] == [
        ("pause", on.id),
        ("on", on.id),
        ("off", on.id),
    ]
    assert [type(effect).__name__ for effect in talk.effects] == [
        "RecordCall",
        "Say",
        "RecordCall",
        "RecordCall",
    ]
    assert talk.asked_id == on.id
    talk.give(CallRecorded(effect_id=on.id, file="call-1.wav", seconds=12.34))
    assert posts(talk) == [("12.3 seconds", ("call-1.wav",))]
    assert talk.hung_up
    assert not switches(talk)


def test_one_that_could_not_be_kept(call) -> None:
    talk = call(FLOW).presses("1")
    talk.give(CallRecorded(effect_id=talk.asked_id, detail="the disk is full"))
    assert posts(talk) == [("nothing", ())]


def test_one_of_which_nothing_is_heard(call) -> None:
    assert posts(call(FLOW).presses("1").waits()) == [("nothing", ())]


def test_whoever_hangs_up_has_been_recorded(call) -> None:
    """It comes before the end of the call; the question is still open."""
    talk = call(FLOW)
    (on,) = switches(talk)
    asked = talk.asked_id
    talk.give(CallRecorded(effect_id=on.id, file="call-1.wav", seconds=3.5))
    assert talk.asked_id == asked
    assert talk.effects == []
    assert talk.why == ["what recorded kept"]
    talk.hangs_up()
    assert posts(talk) == [("3.5 seconds, then gone", ("call-1.wav",))]


def test_what_is_no_recording_of_this_session_means_nothing(call) -> None:
    talk = call(FLOW)
    talk.give(CallRecorded(effect_id="other", file="call-1.wav"))
    assert talk.slot("tape") is None
    assert posts(talk.hangs_up()) == []
    talk.give(CallRecorded(effect_id="other", file="call-1.wav"))
    assert posts(talk) == []
    assert posts(talk.waits()) == [("nothing", ())]


def test_pause_and_off_without_a_recording(call) -> None:
    talk = call("""
        flow: a
        steps:
          - record_call: pause
          - record_call: off
          - say: Hello.
    """)
    assert talk.heard == ["Hello."]
    assert switches(talk) == []
    assert talk.why[:2] == ["1 record_call not_recorded", "2 record_call not_recorded"]


def test_one_that_has_ended_can_begin_anew(call) -> None:
    talk = call("""
        flow: a
        steps:
          - record_call: on
          - record_call: off
          - record_call: on
            into: tape
          - say: Hello.
          - record_call: off
    """)
    first = talk.asked_id
    talk.give(CallRecorded(effect_id=first, file="one.wav", seconds=1))
    assert [each.began for each in switches(talk)] == ["", talk.asked_id]
    assert talk.asked_id != first


INNER = """
    flow: main
    steps:
      - call: other
      - choose: What?
        options: {a: {key: 1}, b: {key: 2}}
        into: wish
    when:
      hangup:
        - post: gone
          to: desk
"""
OTHER = """
    flow: other
    steps:
      - record_call: on
        into: tape
      - wait: 5s
"""


def test_the_flow_that_wanted_it_may_be_over(call) -> None:
    talk = call(INNER, OTHER)
    (on,) = switches(talk)
    talk.waits()
    assert isinstance(talk.effects[-1], Ask)
    talk.give(CallRecorded(effect_id=on.id, file="call-1.wav", seconds=3.0))
    assert talk.slot("tape") is None
    assert posts(talk.hangs_up()) == [("gone", ())]


def test_it_does_not_pick_up_by_itself(call) -> None:
    talk = call("flow: a\nsteps: [record_call: on, {wait: 5s}]")
    assert [type(effect).__name__ for effect in talk.effects] == ["RecordCall"]


def test_there_is_nothing_to_record_on_chat(chat) -> None:
    talk = chat("flow: a\nsteps: [record_call: on, record_call: off, say: Hello.]")
    assert talk.heard == ["Hello."]
    assert switches(talk) == []


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("{record_call: maybe}", "wrong-value"),
        ("{record_call: off, into: tape}", "wrong-value"),
        ("{record_call: pause, max: 5m}", "wrong-value"),
        ("{record_call: on, max: 2h}", "wrong-value"),
        ("{record_call: on, seconds: 5}", "unknown-key"),
    ],
)
def test_what_it_takes(load, step: str, code: str) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(f"flow: a\nsteps: [{step}]")
    (finding,) = caught.value.findings
    assert finding.code == code


def test_a_chat_that_comes_by_it_is_told(load) -> None:
    with pytest.raises(FlowFileError) as caught:
        load("flow: a\nstart: [call_incoming, mention]\nsteps: [record_call: on, say: Hello.]")
    assert [finding.code for finding in caught.value.findings] == ["not-on-chat"]


def test_a_tape_that_may_be_lost_is_asked_for_as_the_remedy_says(load) -> None:
    recorded = "flow: a\nsteps:\n  - record_call: on\n    into: tape\n  - record_call: off\n"
    (doubt,) = load(recorded + "  - say: '{{ tape.seconds }}'").warnings
    assert doubt.code == "perhaps-unfilled"
    assert "ask `if: tape` first" in doubt.remedy
    assert load(recorded + "  - if: tape\n    then: [say: '{{ tape.seconds }}']").warnings == ()


def test_a_step_that_reads_it_behind_the_call_waits_for_it(call) -> None:
    talk = call(FLOW)
    (on,) = switches(talk)
    assert posts(talk.hangs_up()) == []
    talk.give(CallRecorded(effect_id=on.id, file="call-1.wav", seconds=3.5))
    assert posts(talk) == [("3.5 seconds, then gone", ("call-1.wav",))]
    assert talk.why[:2] == ["when.hangup.1 recorded kept", "when.hangup.1 post desk"]


def test_one_that_died_with_the_process_is_waited_for_by_nobody(call) -> None:
    assert posts(call(FLOW).give(HungUp(cause=CallCause.CALL_LOST))) == [("nothing", ())]


def test_a_process_that_dies_while_somebody_waits_for_it_ends_the_wait(call) -> None:
    talk = call(FLOW)
    talk.hangs_up()
    talk.give(HungUp(cause=CallCause.HANGUP))
    assert posts(talk) == []
    talk.give(HungUp(cause=CallCause.CALL_LOST))
    assert posts(talk) == [("nothing", ())]


def test_nor_by_a_step_that_comes_later(call) -> None:
    talk = call("""
        flow: hotline
        steps:
          - record_call: on
            into: tape
          - wait: 5s
        when:
          hangup:
            - wait: 5s
            - post: "{% if tape %}{{ tape.seconds }} seconds{% else %}nothing{% endif %}"
              to: desk
    """)
    assert learns_of_loss(talk.session)
    talk.hangs_up()
    assert learns_of_loss(talk.session), "the recording was not kept yet"
    talk.give(HungUp(cause=CallCause.CALL_LOST))
    assert talk.why == ["when.hangup.1 recorded lost"]
    assert posts(talk) == []
    assert not learns_of_loss(talk.session)
    assert posts(talk.waits()) == [("nothing", ())]
