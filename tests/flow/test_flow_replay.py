"""Sessions run again on other flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botkit.flow.engine import step
from botkit.flow.flowset import FlowSet
from botkit.flow.loader import load_flows
from botkit.flow.replay import Happened, Replay, replay
from botkit.model.calls import CallCause
from botkit.model.effects import Ask, Effect, Say
from botkit.model.inputs import (
    Begin,
    DeadlineReached,
    FormReceived,
    HungUp,
    Input,
    KeysCollected,
    KeysEnded,
    RunFinished,
    TextReceived,
)
from botkit.model.reasons import Reason
from botkit.model.session import Channel, Person, Session, Status
from botkit.runtime import journal

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)

LUNCH = """
flow: lunch
slots:
  name: {ask: "What is your name?"}
steps:
  - say: Welcome.
  - id: menu
    choose: Soup or salad?
    options:
      soup: {key: 1}
      salad: {key: 2}
    into: dish
  - collect: [name]
    as: form
  - if: dish == "soup"
    then:
      - say: Mind, it is hot.
  - run: cook
    with: {dish: "{{ dish }}", id: "{{ name }}"}
    into: price
  - end: "{{ price }} euros, {{ name }}."
"""


def flows(text: str) -> FlowSet:
    return load_flows([], texts={"lunch.yaml": text})


class Recorded:
    """A session as a bot lives through it and writes it down."""

    def __init__(self, text: str = LUNCH, channel: Channel = Channel.CHAT) -> None:
        self.flows = flows(text)
        self.began = Session(id="s", channel=channel, flow="lunch", person=Person(id="ann"))
        self.session = self.began
        self.now = NINE
        self.turns: list[Happened] = []
        self.effects: tuple[Effect, ...] = ()
        self.give(Begin())

    def give(self, event: Input) -> Recorded:
        turn = step(self.flows, self.session, event, self.now)
        self.session, self.effects = turn.session, turn.effects
        self.turns.append(journal.turn_of(journal.turn_taken(turn, event, self.now)))
        self.now += timedelta(seconds=10)
        return self

    def says(self, *texts: str) -> Recorded:
        for text in texts:
            self.give(TextReceived(text=text))
        return self

    def submits(self, values: Mapping[str, str]) -> Recorded:
        return self.give(FormReceived(form_id=self.session.form_id, values=values))

    def returns(self, value: object) -> Recorded:
        waited = self.session.state["wait"]
        assert isinstance(waited, Mapping)
        return self.give(RunFinished(effect_id=str(waited["id"]), value=value))

    def again(self, text: str) -> Replay:
        return replay(flows(text), self.began, self.turns, hash_then=self.session.flow_hash)


@pytest.fixture
def ordered() -> Recorded:
    found = Recorded().says("soup").submits({"name": "Ann"}).returns(5)
    assert found.session.status is Status.ENDED
    return found


def said(parts: tuple[Reason | Effect, ...]) -> list[str]:
    found = (
        each.text if isinstance(each, Say) else each.question.prompt
        for each in parts
        if isinstance(each, Say | Ask)
    )
    return list(found)


class TestSame:
    def test_the_same_flow_goes_the_same_way(self, ordered: Recorded) -> None:
        told = ordered.again(LUNCH)
        assert told.first is None
        assert told.stopped == ""
        assert [each.number for each in told.rounds] == [1, 2, 3, 4]

    def test_lines_and_steps_without_a_name_may_move(self, ordered: Recorded) -> None:
        moved = LUNCH.replace("  - id: menu", '  - set: {name: ""}\n\n  - id: menu')
        assert ordered.again(moved).first is None

    def test_a_change_where_nobody_came_by_is_none(self, ordered: Recorded) -> None:
        told = ordered.again(LUNCH.replace("into: dish", "into: dish\n    no_match: [Pardon?]"))
        assert told.first is None

    def test_results_find_their_effects_though_ids_are_others(self, ordered: Recorded) -> None:
        told = ordered.again(
            LUNCH.replace("  - run: cook", "  - post: Soup!\n    to: cook@example.com\n  - run: cook")
        )
        assert told.first is not None
        assert told.first.number == 3
        assert [each.same for each in told.rounds] == [True, True, False, True]

    def test_what_comes_behind_a_hangup(self) -> None:
        call = Recorded(channel=Channel.CALL)
        asked = call.effects[-1].id
        call.give(KeysCollected(effect_id=asked, digits="1", ended=KeysEnded.DIGITS))
        call.give(HungUp(cause=CallCause.HANGUP))
        assert call.again(LUNCH).first is None


class TestDifferent:
    def test_another_text(self, ordered: Recorded) -> None:
        told = ordered.again(LUNCH.replace("it is hot", "it is cold"))
        assert told.first is not None
        assert told.first.number == 3
        assert said(told.first.then) == ["Mind, it is hot."]
        assert said(told.first.today) == ["Mind, it is cold."]
        assert told.rounds[3].same

    def test_another_condition(self, ordered: Recorded) -> None:
        told = ordered.again(LUNCH.replace('dish == "soup"', 'dish == "salad"'))
        assert told.first is not None
        branches = [
            each.branch for each in told.first.today if isinstance(each, Reason) and each.verb == "if"
        ]
        assert branches == ["else"]

    def test_an_argument_that_is_called_id_counts(self, ordered: Recorded) -> None:
        told = ordered.again(LUNCH.replace('id: "{{ name }}"', 'id: "{{ name }}!"'))
        assert told.first is not None
        assert told.first.number == 3

    def test_what_is_over_today_is_led_no_further(self, ordered: Recorded) -> None:
        told = ordered.again(
            LUNCH.replace("  - collect: [name]", "  - end: Closed.\n    only: chat\n  - collect: [name]")
        )
        assert told.first is not None
        assert told.first.number == 2
        assert told.stopped == "today it is over by then"

    def test_answers_that_fit_no_more_mean_nothing(self, ordered: Recorded) -> None:
        told = ordered.again(LUNCH.replace("soup: {key: 1}", "stew: {key: 1}").replace('"soup"', '"stew"'))
        assert told.first is not None
        assert told.first.number == 1
        assert len(told.rounds) >= 3

    def test_a_flow_that_is_gone(self, ordered: Recorded) -> None:
        told = ordered.again("flow: dinner\nsteps: [end]\n")
        assert told.first is not None
        assert told.first.number == 1

    def test_a_time_that_is_up_earlier_today(self) -> None:
        slow = Recorded()
        slow.now += timedelta(hours=3)
        slow.says("soup")
        told = slow.again(LUNCH.replace("into: dish", "into: dish\n    timeout: {chat: 1h}"))
        assert told.first is not None
        assert isinstance(told.first.given, DeadlineReached)
        assert told.first.at == NINE + timedelta(hours=1)
        assert "the time is up" in told.first.note

    def test_a_time_that_was_up_and_is_not_today(self) -> None:
        late = Recorded()
        assert late.session.deadline
        late.now = late.session.deadline
        late.give(DeadlineReached())
        told = late.again(LUNCH.replace("into: dish", "into: dish\n    timeout: {chat: 2d}"))
        assert told.first is not None
        assert told.first.number == 2


BANK = """
flow: lunch
slots:
  pin: {type: digits, length: 6, secret: true, ask: Your PIN?}
  town: {ask: Which town?}
steps:
  - collect: [pin]
    as: questions
  - collect: [town]
    as: questions
  - end: "Hello from {{ town }}."
"""


class TestSecrets:
    def banked(self, text: str = BANK, pin: str = "740518") -> Recorded:
        recorded = Recorded(text).says(pin, "Bonn")
        assert "740518" not in str([each.given for each in recorded.turns])
        return recorded

    def test_another_answer_stands_in(self) -> None:
        told = self.banked().again(BANK)
        assert told.first is None
        assert told.stopped == ""
        assert "secret" in told.rounds[1].note
        assert "111111" not in str(told)

    def test_differences_behind_it_are_seen(self) -> None:
        told = self.banked().again(BANK.replace("Which town?", "Where are you?"))
        assert told.first is not None
        assert told.first.number == 2

    def test_where_it_decides_the_replay_stops(self) -> None:
        deciding = BANK.replace("  - end", '  - if: pin == "740518"\n    then: [{say: Welcome.}]\n  - end')
        told = self.banked(deciding).again(deciding)
        assert told.first is None
        assert len(told.rounds) == 2
        assert told.stopped == "from here on it depends on an answer that is secret"

    def test_where_it_is_told_the_replay_stops(self) -> None:
        telling = BANK.replace("Hello from {{ town }}", "{{ pin }}")
        told = self.banked(BANK).again(telling)
        assert "secret" in told.stopped

    def test_one_that_was_refused_is_refused_again(self) -> None:
        recorded = Recorded(BANK).says("12", "740518", "Bonn")
        told = recorded.again(BANK)
        assert told.first is None
        assert told.stopped == ""

    def test_forms_too(self) -> None:
        form = BANK.replace("as: questions", "as: form", 1)
        recorded = Recorded(form).submits({"pin": "740518"}).says("Bonn")
        assert recorded.again(form).first is None
        assert recorded.again(form).stopped == ""

    def test_keys_too(self) -> None:
        call = Recorded(BANK, Channel.CALL)
        asked = call.effects[-1].id
        call.give(KeysCollected(effect_id=asked, digits="740518", ended=KeysEnded.DIGITS))
        told = call.again(BANK)
        assert told.first is None
        assert len(told.rounds) == 2

    def test_what_nothing_fits_is_said(self) -> None:
        long = BANK.replace("length: 6", "length: 33")
        told = self.banked(long, "7" * 33).again(long)
        assert told.stopped == "the answer is secret, and no answer that was tried leads where it went"


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(["soup", "salad", "x", "1", "Ann"]), max_size=6), st.integers(0, 3))
def test_whatever_happened_happens_again(answers: list[str], wait: int) -> None:
    recorded = Recorded(LUNCH.replace("- run: cook", "- wait: 1m\n  - run: cook"))
    for answer in answers:
        if recorded.session.status is Status.ENDED:
            break
        recorded.now += timedelta(minutes=wait)
        if recorded.session.form_id:
            recorded.submits({"name": answer, "menu": answer})
        elif recorded.session.busy:
            recorded.returns(answer)
        else:
            recorded.says(answer)
        due = recorded.session.deadline
        if due is not None and not recorded.session.awaits_text and not recorded.session.busy:
            recorded.now = max(recorded.now, due)
            recorded.give(DeadlineReached())
    told = recorded.again(recorded_text(recorded))
    assert told.first is None
    assert told.stopped == ""


def recorded_text(recorded: Recorded) -> str:
    return next(iter(recorded.flows.versions["lunch"].files.values()))


def test_a_change_of_version_then_is_noted(ordered: Recorded) -> None:
    reason = Reason(flow="lunch", step="", line=0, verb="version", branch="migrated")
    turns = [replace(ordered.turns[0], why=(reason, *ordered.turns[0].why)), *ordered.turns[1:]]
    told = replay(ordered.flows, ordered.began, turns)
    assert told.first is None
    assert "gone over" in told.rounds[0].note
