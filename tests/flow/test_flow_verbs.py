"""Every verb on every channel it claims."""

from __future__ import annotations

import pytest

from botkit.model.effects import Answer, Ask, Decline, Hangup, Post, Run, Say
from botkit.model.forms import ControlKind
from botkit.model.inputs import DeadlineReached, EffectFailed, FormReceived, KeysEnded
from botkit.model.questions import BargeIn

MENU = """
    flow: menu
    steps:
      - id: menu
        choose: Which colour?
        options:
          red: {label: a red one, words: [crimson]}
          blue: {key: 7, go: sea}
          green: {}
        into: colour
        no_input: [Nothing heard.]
        no_match: [Not understood., "Still not, {{ user.first_name }}."]
      - end: "You took {{ colour }}."
      - id: sea
        say: The sea.
"""


def kinds(talk) -> list[type]:
    return [type(effect) for effect in talk.effects]


def test_say_on_chat_and_call(chat, call) -> None:
    text = "flow: a\nsteps:\n  - say: Hello {{ user.first_name }}.\n    barge_in: never\n"
    assert chat(text).heard == ["Hello Ann."]
    talk = call(text)
    assert kinds(talk) == [Answer, Say, Hangup]
    assert talk.effects[1].barge_in is BargeIn.NEVER
    assert talk.ended


def test_only_passes_over(chat, call) -> None:
    text = """
        flow: a
        steps:
          - say: both
          - say: phone
            only: call
          - if: "true"
            only: chat
            then:
              - say: chat
          - end
    """
    assert chat(text).heard == ["both", "chat"]
    talk = call(text)
    assert talk.heard == ["both", "phone"]
    assert "3 if passed_over" in talk.why


def test_choose_on_chat_by_button_word_and_key(chat) -> None:
    talk = chat(MENU)
    form = talk.question.form
    assert form.id == talk.session.form_id == talk.effects[-1].id
    assert form.controls[0].kind is ControlKind.BUTTON
    assert [option.text for option in form.controls[0].options] == ["a red one", "blue", "green"]
    assert talk.copy().submits(choice="red").heard == ["You took red."]
    assert talk.copy().says("Crimson!").heard == ["You took red."]
    assert talk.copy().says("i'd like the GREEN one").heard == ["You took green."]
    assert talk.copy().says("grey").heard == ["Not understood.", "Which colour?"]
    assert talk.copy().says("greeen").heard == ["You took green."]
    assert talk.copy().says("7").heard == ["The sea."]


def test_choose_on_call_by_keys(call) -> None:
    talk = call(MENU)
    assert talk.heard == [
        "Which colour? For a red one, press 1 or say crimson. For blue, press 7 or say blue. "
        "For green, press 2 or say green."
    ]
    assert talk.question.keys.choices == ("1", "7", "2")
    assert talk.question.form is None
    assert talk.session.deadline is None
    assert talk.copy().presses("1").heard == ["You took red."]
    gone = talk.copy().presses("7")
    assert gone.heard == ["The sea."]
    assert gone.hung_up


def test_failures_are_told_and_asked_again_then_given_up(call, chat) -> None:
    talk = call(MENU).is_silent()
    assert talk.heard[0] == "Nothing heard."
    assert len(talk.heard) == 2
    assert talk.presses("5").heard[0] == "Not understood."
    assert talk.presses("55", KeysEnded.PARTIAL).heard[0] == "Still not, Ann."
    talk.presses("9")
    assert talk.ended
    assert talk.hung_up
    assert talk.heard == ["Let us stop here. Goodbye."]
    assert talk.why[-1] == "menu unhandled no_match"


def test_stale_answers_mean_nothing(chat, call) -> None:
    talk = chat(MENU)
    old = talk.session.form_id
    talk.says("what?")
    state, deadline, form = talk.session.state, talk.session.deadline, talk.session.form_id
    talk.give(FormReceived(form_id=old, values={"choice": "red"}))
    assert talk.effects == []
    assert talk.why == ["menu ignored stale_form"]
    assert (talk.session.state, talk.session.deadline, talk.session.form_id) == (state, deadline, form)
    talk.give(DeadlineReached())
    assert talk.why == ["menu ignored early_deadline"]
    phone = call(MENU)
    assert phone.says("red").why == ["menu ignored no_text_awaited"]


def test_chat_waits_a_day_then_gives_up(chat) -> None:
    text = MENU.replace("no_input: [Nothing heard.]", "give_up: [{say: Nobody there.}, {go: sea}]")
    talk = chat(text)
    assert (talk.session.deadline - talk.now).total_seconds() == 24 * 3600
    assert talk.waits().heard == ["Nobody there.", "The sea."]


def test_time_limits_flow_then_step(call, chat) -> None:
    text = """
        flow: a
        asking: {timeout: {call: 9s, chat: 2h}, inter_digit_timeout: 2s, barge_in: never}
        slots:
          pin: {type: digits, length: 4, ask: PIN?}
        steps:
          - collect: [pin]
            inter_digit_timeout: 1s
          - collect: [pin]
            again: true
            timeout: 30s
            barge_in: keys
    """
    talk = call(text)
    rules = talk.question.keys
    assert (rules.timeout, rules.inter_digit_timeout, rules.minimum, rules.maximum) == (9, 1, 4, 4)
    assert talk.question.barge_in is BargeIn.NEVER
    talk.presses("1234")
    assert (talk.question.keys.timeout, talk.question.keys.inter_digit_timeout) == (30, 2)
    assert talk.question.barge_in is BargeIn.KEYS
    other = chat(text)
    assert (other.session.deadline - other.now).total_seconds() == 7200
    other.says("1234")
    assert (other.session.deadline - other.now).total_seconds() == 30


def test_prompts_per_channel(chat, call) -> None:
    text = """
        flow: a
        steps:
          - choose: Well?
            options: {up: {}, down: {}}
            prompt: {call: Press 1 or 2., chat: Up or down?}
    """
    assert call(text).heard == ["Press 1 or 2."]
    assert chat(text).heard == ["Up or down?"]


COLLECT = """
    flow: a
    slots:
      name: {ask: "Name?", length: 2..20}
      age: {type: number, ask: "Age?", min: 18, max: 120}
      size: {type: choice, ask: "Size?", options: {small: {words: [s]}, large: {key: 5, words: [l]}}}
      sure: {type: yes_no, ask: "Sure?"}
      pin: {type: digits, length: 4..6, ask: "PIN?"}
    steps:
      - collect: [name]
        only: chat
      - collect: [age, size, sure, pin]
        as: questions
      - end: "{{ name }} {{ age + 1 }} {{ size }} {{ sure }} {{ pin }}"
"""


def test_collect_questions_on_chat(chat) -> None:
    talk = chat(COLLECT)
    assert talk.heard == ["Name?"]
    assert talk.says("A").heard == ["Sorry, I did not understand.", "Name?"]
    assert talk.says("Ann").heard == ["Age?"]
    assert talk.says("twelve").heard[-1] == "Age?"
    assert talk.says("thirty-one").heard == ["Size?"]
    assert [option.value for option in talk.question.form.controls[0].options] == ["small", "large"]
    assert talk.submits(size="large").heard == ["Sure?"]
    assert talk.says("yes please").heard == ["PIN?"]
    assert talk.says("one two double three").heard == ["Ann 32 large yes 1233"]
    assert talk.ended


def test_collect_by_keys(call) -> None:
    talk = call(COLLECT)
    assert talk.heard == ["Age? Press hash to finish."]
    assert talk.presses("44").heard == [
        "Size? For small, press 1 or say small. For large, press 5 or say large."
    ]
    assert talk.presses("5").heard == ["Sure? Say yes or no, or press 1 for yes and 2 for no."]
    assert talk.presses("2").heard == ["PIN? Press hash to finish."]
    assert talk.question.keys.terminator == "#"
    assert talk.presses("123", KeysEnded.PARTIAL).heard[0] == "Sorry, I did not understand."
    assert talk.presses("12345").heard == [" 45 large no 12345"]


FORM = """
    flow: a
    slots:
      topic: {type: choice, ask: "What?", label: Topic, options: {net: {label: the network}, pc: {}}}
      text: {ask: "How?", rows: 3}
      fast: {type: yes_no, ask: "Fast?"}
    steps:
      - collect: [topic, text, fast]
        as: form
        prompt: Tell me.
      - end: "{{ topic }}: {{ text }} {{ fast }}"
"""


def test_collect_as_form(chat) -> None:
    talk = chat(FORM)
    assert talk.heard == ["Tell me."]
    controls = talk.question.form.controls
    assert [control.kind.value for control in controls] == ["dropdown", "input", "radio", "button"]
    assert controls[0].text == "Topic"
    assert controls[1].rows == 3
    done = talk.copy().submits(topic="net", text="it is down", fast="yes")
    assert done.heard == ["net: it is down yes"]
    again = talk.copy().submits(topic="net", text="", fast="no")
    assert again.heard == ["Sorry, I did not understand.", "Tell me."]
    fields = {control.name: control.value for control in again.question.form.controls if control.name}
    assert fields == {"topic": "net", "text": "", "fast": "no", "send": ""}
    assert again.submits(topic="net", text="x", fast="no").heard == ["net: x no"]


def test_form_answered_in_words(chat) -> None:
    talk = chat(FORM).says("the network")
    assert [control.name for control in talk.question.form.controls] == ["text", "fast", "send"]
    talk.says("broken cable")
    assert talk.says("nope").heard == ["net: broken cable no"]


def test_filled_slots_are_skipped_unless_again(chat) -> None:
    text = """
        flow: a
        slots: {name: {ask: "Name?"}}
        steps:
          - set: {name: Bob}
          - collect: [name]
          - say: "{{ name }}"
          - collect: [name]
            again: true
          - set: {name: ""}
          - collect: [name]
    """
    talk = chat(text)
    assert talk.heard == ["Bob", "Name?"]
    assert talk.says("Carl").heard == ["Name?"]


def test_text_slot_cannot_be_keyed_in(call) -> None:
    text = "flow: a\nasking: {listen: keys}\nslots: {name: {ask: Name?}}\nsteps:\n  - collect: [name]\n"
    talk = call(text)
    assert talk.ended
    assert talk.heard == ["Sorry, something went wrong here. Please try again later."]


def test_set_if_switch_go(chat) -> None:
    text = """
        flow: a
        slots: {n: {type: number}, done: {type: yes_no}}
        inputs: [done]
        steps:
          - set: {n: 3, who: "{{ user.email }}", copy: "{{ [1, 2] }}"}
          - id: top
            set: {n: "{{ n - 1 }}"}
          - if: n > 0 and not done
            then:
              - say: "{{ n }} left"
              - wait: 1m
              - go: top
            else:
              - say: none left
          - switch: copy[1]
            cases:
              1: [{say: one}]
              2: [{say: two}]
          - switch: who
            cases:
              otherwise: [{end: "{{ who }}"}]
    """
    talk = chat(text)
    assert talk.heard == ["2 left"]
    assert talk.why[2] == "3 if then"
    assert dict(talk.turn.why[2].read) == {"n": 2, "done": None}
    assert talk.turn.why[2].condition == "n > 0 and not done"
    assert talk.waits().heard == ["1 left"]
    assert talk.waits().heard == ["none left", "two", "ann@example.com"]
    assert talk.ended


def test_set_that_does_not_fit_is_an_error_event(chat) -> None:
    text = """
        flow: a
        slots: {n: {type: number, max: 3}}
        when:
          error.set: [{end: "bad: {{ event.name }}"}]
        steps:
          - set: {n: 4}
    """
    assert chat(text).heard == ["bad: error.set"]


def test_post(chat, call) -> None:
    text = """
        flow: a
        config: {desk: {default: desk@example.com}}
        steps:
          - post: "Hello from {{ user.name }}"
            to: "{{ config.desk }}"
            subject: News
          - post: here
    """
    talk = chat(text)
    assert talk.posts == [("desk@example.com", "Hello from Ann Lee"), ("", "here")]
    assert talk.effects[0].subject == "News"
    assert kinds(call(text)) == [Post, Post, Hangup]


def test_end_in_a_called_flow_ends_all(chat) -> None:
    text = """
        flow: a
        steps:
          - call: inner
          - say: never
        flows:
          inner:
            steps:
              - end: Bye.
    """
    assert chat(text).heard == ["Bye."]


BILLING = """
    flow: billing
    slots: {amount: {type: number}, note: {}}
    inputs: [amount]
    outputs: [total]
    steps:
      - set: {total: "{{ amount * 2 }}"}
    flows:
      refund:
        inputs: [amount]
        outputs: [note]
        steps:
          - choose: Refund {{ amount }}?
            options: {yes: {}, no: {}}
            no_match: []
          - set: {note: refunded}
"""


def test_call_other_files_with_inputs_and_outputs(chat) -> None:
    text = """
        flow: a
        slots: {amount: {type: number}}
        steps:
          - set: {amount: 7}
          - call: billing
            with: {amount: "{{ amount + 1 }}"}
            into: bill
          - say: "{{ bill.total }} {{ amount }}"
          - call: billing/refund
            with: {amount: 5}
            into: refund
            outcomes:
              no_match: [{say: That was no answer.}]
              done: [{say: Done.}]
          - end: "{{ refund.note if refund else 'nothing' }}"
    """
    talk = chat(text, BILLING)
    assert talk.heard == ["16 7", "Refund 5?"]
    assert talk.copy().says("yes").heard == ["Done.", "refunded"]
    assert talk.copy().says("perhaps").heard == ["That was no answer.", "nothing"]


def test_inner_flows_share_slots(chat) -> None:
    text = """
        flow: a
        slots: {name: {ask: "Name?"}}
        steps:
          - call: ask
          - end: "{{ name }} {{ more }}"
        flows:
          ask:
            steps:
              - collect: [name]
              - set: {more: "!"}
    """
    assert chat(text).says("Ann").heard == ["Ann !"]


RUN = """
    flow: a
    steps:
      - run: find
        with: {topic: net, deep: "{{ [1, {'a': true}] }}"}
        into: agent
        timeout: 5s
        outcomes:
          expired: [{end: too slow}]
      - end: "{{ agent.name }}"
"""


def test_run(chat, call) -> None:
    talk = chat(RUN)
    assert kinds(talk) == [Run]
    assert (talk.run.handler, talk.run.timeout) == ("find", 5.0)
    assert talk.run.arguments == {"topic": "net", "deep": [1, {"a": True}]}
    assert talk.copy().returns({"name": "Olivia"}).heard == ["Olivia"]
    assert talk.copy().returns(error="x", timed_out=True).heard == ["too slow"]
    assert talk.copy().waits().heard == ["too slow"]
    failed = talk.copy().returns(error="ValueError: no")
    assert failed.heard == ["Sorry, something went wrong here. Please try again later."]
    assert failed.why[-1] == "1 unhandled error.run.failed"
    assert call(RUN).returns({"name": "Otto"}).heard == ["Otto"]


def test_wait_message(chat) -> None:
    text = """
        flow: a
        steps:
          - wait: message
            timeout: 10m
            into: said
            from: anyone
            give_up: [{end: Nothing came.}]
          - end: "{{ said }}!"
    """
    talk = chat(text)
    assert talk.session.awaits_text
    assert talk.session.from_anyone
    assert talk.copy().says("hey").heard == ["hey!"]
    assert talk.copy().waits().heard == ["Nothing came."]


def test_detached_can_post_run_and_wait_but_not_talk(detached) -> None:
    text = "flow: a\nsteps:\n  - post: one\n    to: x\n  - wait: 1h\n  - run: f\n  - say: hello\n"
    talk = detached(text)
    assert talk.posts == [("x", "one")]
    talk.waits()
    talk.returns()
    assert talk.ended
    assert talk.effects == []
    assert talk.why[-1].endswith("unhandled error.nobody")


def test_a_question_that_could_not_be_posted(chat) -> None:
    talk = chat(MENU.replace("steps:", "when: {error.ask: [{post: lost, to: x}]}\n    steps:", 1))
    talk.give(EffectFailed(effect_id="s:9:9", error="gone"))
    assert not talk.ended
    talk.give(EffectFailed(effect_id=talk.asked_id, error="gone"))
    assert talk.posts == [("x", "lost")]
    assert talk.ended


@pytest.mark.parametrize("kind", [Ask, Decline])
def test_no_call_is_answered_without_sound(call, kind) -> None:
    talk = call("flow: a\nsteps:\n  - set: {x: 1}\n")
    assert kinds(talk) == [Hangup]
    assert kind not in kinds(talk)
