"""`dial` and `transfer`, and the session that talks to whom the bot called."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from botkit.flow.engine import outputs_of
from botkit.flow.loader import FlowFileError
from botkit.model.effects import Answer, Dial, Transfer
from botkit.model.inputs import Begin, CallFinished, CallOutcome, DeadlineReached
from botkit.model.session import Channel, Status

ALARM = """
    flow: alarm
    start: [mention]
    slots:
      coming: {type: yes_no, ask: Coming?}
    steps:
      - dial: "{{ user.email }}"
        ring: 40s
        flow: wake
        with: {place: the store, count: "{{ 2 }}"}
        into: answer
      - say: "{{ answer.coming }} {{ coming is none }}"
    flows:
      wake:
        inputs: [place, count]
        outputs: [coming, note]
        steps:
          - say: Alarm in {{ place }}, {{ count + 1 }}.
          - collect: [coming]
          - set: {note: noted}
"""
BAD = [CallOutcome.BUSY, CallOutcome.DECLINED, CallOutcome.NO_ANSWER, CallOutcome.FAILED]


@pytest.mark.parametrize("channel", Channel)
def test_dial_and_its_outputs(load, dialogue, channel: Channel) -> None:
    talk = dialogue(load(ALARM.replace("- say:", "- post:")), channel).begin()
    (dial,) = talk.effects
    assert dial == Dial(
        id=dial.id,
        to="ann@example.com",
        ring=40,
        flow="alarm/wake",
        inputs={"place": "the store", "count": 2},
    )
    assert talk.session.deadline is not None
    assert not talk.session.busy
    talk.reaches(outputs={"coming": True, "note": "noted"})
    assert talk.posts == [("", "yes yes")]


def child(load, dialogue):
    talk = dialogue(load(ALARM), Channel.CALL, "alarm/wake")
    talk.session = replace(talk.session, parent="s:1:0")
    return talk


def test_the_called_session_has_been_answered(load, dialogue) -> None:
    talk = child(load, dialogue).give(Begin(inputs={"place": "the store", "count": 2}))
    assert not any(isinstance(effect, Answer) for effect in talk.effects)
    assert talk.heard == ["Alarm in the store, 3.", "Coming? Say yes or no, or press 1 for yes and 2 for no."]
    assert talk.session.parent == "s:1:0"
    talk.speaks("yes")
    assert talk.hung_up
    assert talk.session.parent == "s:1:0"
    assert outputs_of(talk.flows, talk.session) == {"coming": True, "note": "noted"}


def test_outputs_of_a_call_that_broke_off(load, dialogue) -> None:
    talk = child(load, dialogue).give(Begin(inputs={"place": "x", "count": 1})).hangs_up()
    assert talk.ended
    assert outputs_of(talk.flows, talk.session) == {"coming": None, "note": None}
    unknown = replace(talk.session, flow="gone")
    assert outputs_of(talk.flows, unknown) == {}


def test_inputs_that_do_not_fit_end_the_child_politely(load, dialogue) -> None:
    talk = child(load, dialogue).give(Begin(inputs={"coming": "perhaps"}))
    assert talk.ended
    assert talk.heard == ["Sorry, something went wrong here. Please try again later."]


@pytest.mark.parametrize("outcome", BAD)
@pytest.mark.parametrize("verb", ["dial", "transfer"])
def test_bad_ends_are_events_unless_listed(call, verb: str, outcome: CallOutcome) -> None:
    text = f"""
        flow: a
        when:
          error.{verb}: [{{end: "{{{{ event.name }}}}"}}]
        steps:
          - {verb}: olivia
    """
    text = text.rstrip() + "\n"
    assert call(text).reaches(outcome).heard == [f"error.{verb}.{outcome}"]
    otherwise = text + "            outcomes: {otherwise: [{end: Nobody.}]}\n"
    assert call(otherwise).reaches(outcome).heard == ["Nobody."]
    own = text + f"            outcomes: {{{outcome}: [{{end: So.}}], otherwise: [{{end: Nobody.}}]}}\n"
    assert call(own).reaches(outcome).heard == ["So."]


@pytest.mark.parametrize("verb", ["dial", "transfer"])
def test_nobody_to_call_fails_at_once(call, verb: str) -> None:
    talk = call(f"""
        flow: a
        slots: {{who: {{}}}}
        inputs: [who]
        steps:
          - {verb}: "{{{{ who }}}}"
            outcomes: {{failed: [{{end: To whom?}}]}}
    """)
    assert talk.heard == ["To whom?"]


@pytest.mark.parametrize("verb", ["dial", "transfer"])
def test_a_call_that_is_never_heard_of_again_fails(call, verb: str) -> None:
    talk = call(f"flow: a\nsteps: [{{{verb}: olivia, outcomes: {{failed: [{{end: Lost.}}]}}}}]")
    talk.after(3600).give(DeadlineReached())
    assert talk.why == ["1 ignored early_deadline"]
    assert talk.waits().heard == ["Lost."]


TRANSFER = """
    flow: desk
    steps:
      - transfer: olivia
        ring: 25s
      - say: Do you need anything else?
"""


def test_transfer_answers_a_call_that_rings(call) -> None:
    talk = call(TRANSFER)
    answer, transfer = talk.effects
    assert isinstance(answer, Answer)
    assert transfer == Transfer(id=transfer.id, to="olivia", ring=25)
    assert talk.copy().reaches().heard == ["Do you need anything else?"]
    talk.hangs_up()
    assert talk.ended
    assert talk.effects == []


def test_transfer_on_chat_ends_the_session(chat) -> None:
    talk = chat(TRANSFER)
    assert not talk.session.awaits_text
    assert talk.copy().reaches().ended
    assert talk.copy().reaches().heard == []
    listed = chat(TRANSFER.replace("ring: 25s", "outcomes: {accepted: [{say: Here.}]}"))
    assert listed.reaches().heard == ["Here.", "Do you need anything else?"]


def test_nobody_can_be_transferred_without_a_person(detached) -> None:
    assert detached(TRANSFER).ended


def test_results_of_other_calls_are_stale(call) -> None:
    talk = call(TRANSFER).give(CallFinished(effect_id="s:9:9", outcome=CallOutcome.ANSWERED))
    assert talk.why == ["1 ignored stale_result"]
    assert talk.session.status is Status.OPEN


def findings(load, *texts: str) -> list[str]:
    with pytest.raises(FlowFileError) as caught:
        load(*texts)
    return [f"{finding.code}: {finding.message}" for finding in caught.value.findings]


def test_what_a_dial_names_is_checked(load) -> None:
    assert findings(load, ALARM.replace("flow: wake", "flow: wakes")) == [
        "unknown-flow: There is no flow `wakes`."
    ]
    assert findings(load, ALARM.replace("with: {place", "with: {palce")) == [
        "undeclared-name: `wake` takes no input `palce`."
    ]
    assert findings(load, ALARM.replace("        flow: wake\n", "")) == [
        "missing-key: `with` and `into` are for a flow that talks, and none is named."
    ]


def test_a_dialled_flow_is_on_a_call(load) -> None:
    keys_only = "inputs: [place, count]\n        slots: {name: {ask: Name?}}"
    text = ALARM.replace("inputs: [place, count]", keys_only).replace(
        "[coming]\n          - set", "[name]\n            listen: keys\n          - set"
    )
    assert findings(load, text) == [
        "not-by-keys: `name` cannot be keyed in, and `listen: keys` hears no speech."
    ]


def test_a_circle_may_hold_what_waits_for_people(load) -> None:
    assert load("flow: a\nsteps: [{id: top, dial: olivia}, {go: top}]")
    assert load("flow: a\nsteps: [{id: top, transfer: olivia}, {go: top}]")
    assert load("flow: a\nstart: [call_incoming]\nsteps: [{id: top, record: Speak.}, {go: top}]")
