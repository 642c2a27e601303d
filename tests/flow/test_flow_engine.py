"""Events, globals, the end of calls, limits, and days of virtual time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from botkit.flow.engine import step
from botkit.flow.events import FlowEvent
from botkit.flow.extensions import Extensions
from botkit.flow.flowset import WAIT
from botkit.flow.steps.base import Step
from botkit.flow.wording import Wording
from botkit.model.calls import CallCause
from botkit.model.effects import Hangup, Post
from botkit.model.inputs import Begin, DeadlineReached, HungUp, RunFinished
from botkit.model.session import Channel, Session, Status

GLOBALS = """
    flow: a
    slots: {pin: {type: digits, length: 4, ask: "PIN?"}}
    globals:
      operator: {key: 0, words: [a person], go: human}
      repeat: {key: "#"}
      cancel: {key: "*", words: [never mind]}
    steps:
      - choose: Well?
        options: {one: {}, two: {}}
      - call: inner
      - end: Done.
      - id: human
        say: A person comes.
    flows:
      inner:
        steps:
          - collect: [pin]
"""


def test_globals_on_chat(chat) -> None:
    talk = chat(GLOBALS)
    assert talk.copy().says("operator").heard == ["A person comes."]
    assert talk.copy().says("could I talk to a person").heard == ["A person comes."]
    assert talk.copy().says("repeat").heard == ["Well?"]
    cancelled = talk.copy().says("never mind")
    assert cancelled.heard == ["All right, cancelled."]
    assert cancelled.ended


def test_globals_reach_inner_flows(chat, call) -> None:
    talk = chat(GLOBALS).says("one")
    assert talk.heard == ["PIN?"]
    assert talk.says("a person").heard == ["A person comes."]
    assert talk.session.state["stack"] == []
    phone = call(GLOBALS)
    assert phone.question.keys.choices == ("1", "2", "0", "#", "*")
    phone.presses("1")
    assert phone.copy().presses("0", "partial").heard[-1].startswith("PIN?")
    assert phone.copy().presses("*").heard == ["All right, cancelled."]


EVENTS = """
    flow: a
    when:
      error: [{say: "any: {{ event.name }}"}]
      error.run: [{say: "run: {{ event.detail }}"}, {go: after}]
      no_match: [{say: outer}]
    steps:
      - call: inner
      - end: not here
      - id: after
        end: After.
    flows:
      inner:
        when: {no_match: [{say: inner}]}
        steps:
          - choose: Well?
            options: {run: {go: run}, fault: {go: fault}, other: {}}
            no_match: []
          - end
          - id: run
            run: f
          - id: fault
            say: "{{ event.nothing if false else nothing.at_all }}"
            only: chat
    slots: {nothing: {}}
    inputs: [nothing]
"""


def test_longest_prefix_and_innermost_flow_win(chat) -> None:
    talk = chat(EVENTS.replace("event.nothing if false else ", ""))
    assert talk.copy().says("nonsense").heard == ["inner", "not here"]
    assert talk.copy().says("fault").heard == ["any: error.template"]
    run = talk.copy().says("run")
    assert run.returns(error="it broke").heard == ["run: it broke", "After."]


def test_outcomes_of_a_call_take_its_events(chat) -> None:
    text = """
        flow: a
        when: {error: [{end: when}]}
        steps:
          - call: inner
            outcomes:
              failed: [{say: "{{ event.name }}"}]
          - end: went on
        flows:
          inner:
            steps:
              - run: f
    """
    assert chat(text).returns(error="x").heard == ["error.run.failed", "went on"]


HANGUP = """
    flow: a
    when:
      hangup:
        - say: nobody hears this
        - choose: Nobody answers?
          options: {a: {}, b: {}}
        - run: store
        - post: "gone: {{ event.detail }}"
          to: x
    steps:
      - choose: Well?
        options: {a: {}, b: {}}
"""


def test_after_hangup_only_steps_without_a_person_run(call) -> None:
    talk = call(HANGUP).hangs_up()
    assert talk.heard == []
    assert not talk.ended
    assert talk.session.deadline is not None
    assert talk.copy().hangs_up().why == ["ignored over"]
    talk.returns()
    assert [type(effect) for effect in talk.effects] == [Post]
    assert talk.posts == [("x", "gone: hangup")]
    assert talk.ended


def test_hangup_before_anything_and_on_chat(load, dialogue) -> None:
    flows = load(HANGUP)
    talk = dialogue(flows, Channel.CALL).give(HungUp(cause=CallCause.CANCELLED))
    assert talk.ended
    assert talk.effects == []
    chat = dialogue(flows, Channel.CHAT).begin().give(HungUp(cause=CallCause.HANGUP))
    assert not chat.ended
    assert chat.effects == []


def test_an_ended_session_stays_ended(chat) -> None:
    talk = chat("flow: a\nsteps: [{end: Bye.}]\n")
    talk.says("hello?")
    assert talk.ended
    assert talk.effects == []
    assert talk.why == ["ignored ended"]


@pytest.mark.parametrize(
    "handler",
    ["[{say: Oops.}, {set: {x: '{{ 1 / 0 }}'}}]", "[{say: Oops.}, {go: first}]"],
    ids=["fails itself", "goes back to what fails"],
)
def test_a_handler_that_leads_to_its_own_event_floods_nobody(chat, handler: str) -> None:
    talk = chat(
        f"flow: a\nwhen: {{error: {handler}}}\nsteps: [{{id: first, set: {{x: '{{{{ 1 / 0 }}}}'}}}}]\n"
    )
    assert talk.ended
    assert talk.heard == ["Oops."] * 5 + [Wording().text("apology")]
    assert talk.why[-1].endswith("unhandled error.limit")


def test_steps_per_turn_are_limited(chat) -> None:
    text = """
        flow: a
        limits: {steps_per_turn: 20}
        slots: {n: {ask: "N?"}}
        when: {error: [{say: never}]}
        steps:
          - id: top
            set: {n: x}
          - collect: [n]
          - go: top
    """
    talk = chat(text)
    assert talk.heard == ["Sorry, something went wrong here. Please try again later."]
    assert talk.why[-1].endswith("unhandled error.limit")


def test_turns_are_limited(chat) -> None:
    text = """
        flow: a
        limits: {turns: 5}
        steps:
          - id: top
            choose: Again?
            options: {yes: {go: top}, no: {}}
    """
    talk = chat(text)
    for _ in range(4):
        assert not talk.says("yes").ended
    assert talk.says("yes").ended


def test_an_error_in_its_own_handler_ends(chat) -> None:
    text = """
        flow: a
        slots: {x: {}}
        inputs: [x]
        when: {error: [{say: "{{ x.y }}"}]}
        steps: [{say: "{{ x.y }}"}]
    """
    talk = chat(text)
    assert talk.ended
    assert len(talk.effects) == 1


def test_values_are_bounded(chat) -> None:
    text = """
        flow: a
        limits: {turns: 2000}
        steps:
          - id: top
            run: big
            into: x
          - set: {y: "{{ x }}", z: "{{ y ~ x }}"}
          - wait: 1m
          - go: top
        when: {error.too_large: [{end: too much}]}
        slots: {y: {}}
    """
    assert chat(text).returns(["v" * 30_000]).heard == ["too much"]


def test_a_session_of_an_unknown_flow_or_a_damaged_state_ends(load, dialogue, chat) -> None:
    talk = dialogue(load("flow: a\nsteps: [{say: x}]\n"), Channel.CHAT, "gone").begin()
    assert talk.ended
    asking = chat("flow: a\nsteps: [{choose: a?, options: {b: {}, c: {}}}]\n")
    for state in (
        {"v": 1},
        {"stack": [["a", "1", 5]]},
        {"stack": [["a", "9", 0]], "scopes": [{}]},
        {"stack": 7},
    ):
        broken = replace(asking.session, state=state)
        turn = step(asking.flows, broken, Begin(), asking.now)
        turn = step(asking.flows, broken, DeadlineReached(), asking.now + timedelta(days=9))
        assert turn.session.status is Status.ENDED or turn.session.revision == broken.revision + 1
    call = replace(asking.session, state={"v": 1}, channel=Channel.CALL)
    assert isinstance(step(asking.flows, call, RunFinished(effect_id="x"), asking.now).effects[-1], Hangup)


def test_three_days(chat) -> None:
    text = """
        flow: reminder
        slots: {answer: {type: yes_no, ask: "Have you done it?"}, rounds: {type: number}}
        steps:
          - set: {rounds: 0}
          - id: again
            wait: 8h
          - set: {rounds: "{{ rounds + 1 }}"}
          - collect: [answer]
            again: true
            timeout: 2h30m
            give_up:
              - say: "No answer, reminder {{ rounds }}."
          - if: answer is none and rounds < 6
            then:
              - go: again
          - wait: message
            timeout: 8h
            give_up: [{end: "Closed at {{ now | date }} {{ now | time }} after {{ rounds }} reminders."}]
    """
    talk = chat(text)
    begun = talk.now
    said: list[str] = []
    while not talk.ended:
        said += talk.waits().heard
    assert said.count("Have you done it?") == 6
    assert said[-1] == "Closed at Mar 5, 2026 8:00 AM after 6 reminders."
    assert talk.now - begun == timedelta(days=2, hours=23)


def test_answer_in_the_middle_of_three_days(chat) -> None:
    text = """
        flow: a
        steps:
          - wait: 2d
          - choose: Still there?
            options: {yes: {}, no: {}}
          - wait: 1d
          - end: Good.
    """
    talk = chat(text)
    assert talk.says("hello").why == ["1 ignored no_text_awaited"]
    talk.waits().after(3600).says("yes")
    assert talk.waits().heard == ["Good."]


class Shout(Step):
    """A plugin's verb."""

    verb = "shout"
    waits = True
    shout: str

    def enter(self, run) -> int:
        if self.shout == "fail":
            raise RuntimeError("inside")
        if self.shout == "event":
            raise FlowEvent("error.shout")
        if self.shout == "wait":
            return run.wait_for("shout", "", {})
        run.why()
        run.say(self.shout.upper())
        return WAIT if self.shout == "odd" else run.next


@pytest.mark.parametrize(
    ("word", "heard"),
    [("hey", ["HEY"]), ("fail", ["error.internal RuntimeError: inside"]), ("event", ["error.shout "])],
)
def test_a_plugin_verb(chat, word: str, heard: list[str]) -> None:
    text = f"""
        flow: a
        when: {{error: [{{say: "{{{{ event.name }}}} {{{{ event.detail }}}}"}}]}}
        steps: [{{shout: {word}}}]
    """
    assert chat(text, extensions=Extensions(verbs=[Shout])).heard == heard


def test_begin_takes_the_text_and_the_hash(chat, load, dialogue) -> None:
    flows = load("flow: a\nsteps: [{say: 'You wrote {{ event.text }}'}]\n")
    talk = dialogue(flows, Channel.CHAT).begin("hello")
    assert talk.heard == ["You wrote hello"]
    assert talk.session.flow_hash == flows.flows["a"].hash != ""


def test_a_sign_that_is_no_word_chooses_nothing(chat) -> None:
    text = "flow: a\nglobals: {cancel: {words: [🛑, '']}}\n"
    text += "steps: [{choose: 'Well?', options: {good: {label: 👍}, bad: {words: ['']}}}, {say: Chosen.}]\n"
    assert chat(text).says("?!").heard[0] == Wording().text("no_match")
    assert chat(text).says("👍").heard == ["Chosen."]
    assert chat(text).says("🛑").heard == [Wording().text("cancelled")]


def test_what_began_the_session_can_be_read_to_its_end(load, dialogue) -> None:
    text = "flow: a\nwhen: {error: [{end: '{{ event.name }} after {{ event.text }}'}]}\n"
    talk = dialogue(load(text + "steps: [{say: '{{ 1 / 0 }}'}]\n"), Channel.CHAT)
    assert talk.begin("help").heard == ["error.template after help"]


def test_people_are_data_not_templates(chat) -> None:
    text = "flow: a\nslots: {n: {ask: 'N?'}}\nsteps: [{collect: [n]}, {say: 'Hi {{ n }}'}]\n"
    assert chat(text).says("{{ config }} {% for x in n %}").heard == ["Hi {{ config }} {% for x in n %}"]


def test_starts(load) -> None:
    flows = load(
        "flow: a\nstart: [mention, call_incoming]\nsteps: [{say: a}]\n",
        "flow: b\nstart: [{mention: {words: [help, opening hours]}}]\nsteps: [{say: b}]\n",
    )
    assert flows.start_for("mention", "Help!") == "b"
    assert flows.start_for("mention", "your opening  HOURS?") == "b"
    assert flows.start_for("mention", "helper") == "a"
    assert flows.start_for("call_incoming", "") == "a"
    assert flows.start_for("item_added", "help") is None


def test_without_forms_the_offer_is_worded(chat) -> None:
    class NoForms:
        forms = False

    text = "flow: a\nsteps: [{choose: Which?, options: {a: {label: an apple}, b: {}}}]\n"
    talk = chat(text, capabilities=NoForms())
    assert talk.heard == ["Which?\n1: an apple\n2: b"]
    assert talk.question.form is None
    assert talk.says("1").ended


def test_session_is_never_changed_in_place(chat) -> None:
    talk = chat("flow: a\nslots: {n: {ask: N?}, m: {ask: M?}}\nsteps: [{collect: [n, m]}, {say: x}]\n")
    before = talk.session
    assert isinstance(before, Session)
    talk.says("one")
    assert before.state["scopes"] == [{}]
    assert before.revision == 1


def test_what_a_secret_was_copied_to_stays_out_of_the_reasons(chat) -> None:
    talk = chat(
        """
        flow: bank
        slots: {pin: {type: digits, ask: PIN?, secret: true}, name: {ask: Who?}}
        steps:
          - collect: [pin, name]
          - set: {copy: "{{ pin }}", note: "code {{ pin }} of {{ name }}"}
          - call: inner
            with: {given: "{{ pin }}"}
          - if: copy == note or name == "Ann"
            then: [{end: Bye.}]
        flows:
          inner:
            inputs: [given]
            steps: [{if: given == "1", then: [{say: Hm.}]}]
        """
    )
    talk.says("5823").says("Ann")
    read = {name: value for reason in talk.turn.why for name, value in reason.read.items()}
    assert read == {"given": "***", "copy": "***", "note": "code *** of Ann", "name": "Ann"}
