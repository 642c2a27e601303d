"""Several versions of a flow at once, and who goes on with which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from botkit.flow.flowset import FlowSet, OnChange
from botkit.flow.library import VERB, FlowLibrary
from botkit.flow.loader import load_flows
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.effects import Ask, Run, Say
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
from botkit.model.session import Channel, Person, Session, Status

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def flows(**files: str) -> FlowSet:
    return load_flows([], texts={f"{name}.yaml": text for name, text in files.items()})


def lunch(*, on_change: str = "pin", ask: str = "What would you like?", rest: str = "") -> FlowSet:
    text = f"""
flow: lunch
on_change: {on_change}
slots:
  name: {{ask: "What is your name?"}}
  dish: {{ask: "{ask}"}}
steps:
  - collect: [name]
    as: questions
  - id: dish
    collect: [dish]
    as: questions
  - say: "{{{{ name }}}} gets {{{{ dish }}}}."
{rest}"""
    return flows(a=text)


class Guest:
    """Somebody in a flow, whose versions come and go."""

    def __init__(self, first: FlowSet, channel: Channel = Channel.CHAT, flow: str = "lunch") -> None:
        self.library = FlowLibrary(first)
        self.now = NOW
        self.session = Session(id="s", channel=channel, flow=flow, person=Person(id="ann"))
        self.said: list[str] = []
        self.branch = ""
        self.give(Begin())

    def give(self, event: Input) -> Guest:
        turn = self.library.step(self.session, event, self.now)
        assert turn == self.library.step(self.session, event, self.now), "not deterministic"
        assert codec.load(codec.dump(turn.session)) == turn.session
        assert turn.session.revision == self.session.revision + 1
        self.session, self.turn = turn.session, turn
        texts = [effect for effect in turn.effects if isinstance(effect, Say | Ask)]
        self.said = [each.text if isinstance(each, Say) else each.question.prompt for each in texts]
        self.branch = turn.why[0].branch if turn.why[0].verb == VERB else ""
        return self

    def says(self, text: str) -> Guest:
        return self.give(TextReceived(text=text))

    def changes(self, new: FlowSet, *, lost: bool = False) -> Guest:
        self.library.replace(new)
        if lost:
            self.library.forget(but=())
        return self


class TestPin:
    def test_who_is_in_it_goes_on_with_what_it_began_with(self) -> None:
        guest = Guest(lunch()).changes(lunch(ask="Which dish?"))
        assert guest.says("Ann").said == ["What would you like?"]
        assert guest.branch == "pinned"
        assert guest.says("Soup").said == ["Ann gets Soup."]
        assert guest.session.status is Status.ENDED

    def test_who_comes_later_begins_with_the_new_one(self) -> None:
        library = Guest(lunch()).changes(lunch(ask="Which dish?")).library
        late = Guest(library.current)
        assert late.says("Bob").said == ["Which dish?"]
        assert late.branch == ""

    def test_a_change_elsewhere_is_none(self) -> None:
        bot = flows(a="flow: lunch\nsteps:\n  - collect: [n]\nslots: {n: {ask: Who?}}\n", b=OTHER)
        same = flows(
            a="flow: lunch\nsteps:\n  - collect: [n]\nslots: {n: {ask: Who?}}\n", b=OTHER + "  - end\n"
        )
        assert Guest(bot).changes(same).says("Ann").branch == ""

    def test_a_change_that_is_taken_back_is_none(self) -> None:
        guest = Guest(lunch()).changes(lunch(ask="Which dish?")).changes(lunch())
        assert guest.library.older == {lunch(ask="Which dish?").flows["lunch"].hash}
        assert guest.says("Ann").branch == ""

    def test_a_flow_that_is_gone_is_finished(self) -> None:
        guest = Guest(lunch()).changes(flows(b=OTHER))
        assert guest.says("Ann").branch == "pinned"
        assert guest.says("Soup").said == ["Ann gets Soup."]

    def test_a_dialled_call_runs_on_the_version_of_who_dialled(self) -> None:
        first = flows(
            a="flow: lunch\nsteps:\n  - dial: o@example.com\n    flow: ask\n",
            b="flow: ask\nsteps:\n  - say: Old.\n",
        )
        second = flows(a="flow: lunch\nsteps:\n  - end\n")
        guest = Guest(first).changes(second)
        child = Session(id="s:1:0:call", channel=Channel.CALL, flow="ask", parent="s:1:0")
        turn = guest.library.step(guest.library.begins(child, guest.session), Begin(), NOW)
        assert [effect.text for effect in turn.effects if isinstance(effect, Say)] == ["Old."]
        assert turn.session.flow_hash == first.flows["ask"].hash


QUESTION = "  - id: one\n    collect: [a]\n    as: questions\nslots: {a: {ask: A?}}\n"
OTHER = "flow: other\nsteps:\n  - say: Hello.\n"


class TestMigrate:
    def test_an_answer_to_a_question_that_reads_as_before_is_taken(self) -> None:
        guest = Guest(lunch()).changes(lunch(on_change="migrate", ask="Which dish?"))
        assert guest.says("Ann").said == ["Which dish?"]
        assert guest.branch == "migrated"
        assert guest.session.flow_hash == guest.library.current.flows["lunch"].hash
        assert guest.says("Soup").branch == ""

    def test_a_question_that_reads_otherwise_is_put_again_once(self) -> None:
        guest = Guest(lunch()).says("Ann").changes(lunch(on_change="migrate", ask="Which dish?"))
        assert guest.says("Soup").said == ["Which dish?"]
        assert guest.branch == "asked_again"
        assert guest.says("Salad").said == ["Ann gets Salad."]

    def test_a_secret_answer_that_is_not_taken_is_secret_all_the_same(self) -> None:
        def bank(ask: str) -> FlowSet:
            text = f"""
flow: lunch
on_change: migrate
slots: {{pin: {{type: digits, length: 4, secret: true, ask: {ask}}}}}
steps:
  - collect: [pin]
    as: questions
"""
            return flows(a=text)

        guest = Guest(bank("Your PIN?")).changes(bank("Your new PIN?")).says("1234")
        assert guest.branch == "asked_again"
        assert guest.turn.secret

    def test_migrations_tell_where_a_step_is_now(self) -> None:
        new = """
flow: lunch
on_change: migrate
migrations: {dish: meal}
slots: {name: {ask: Who?}, dish: {ask: "What would you like?"}}
steps:
  - say: Welcome.
  - collect: [name]
  - id: meal
    collect: [dish]
    as: questions
  - say: "{{ dish }}, with pleasure."
"""
        guest = Guest(lunch()).says("Ann").changes(flows(a=new))
        assert guest.says("Soup").said == ["Soup, with pleasure."]
        assert guest.branch == "migrated"

    def test_a_step_that_is_gone_begins_the_flow_anew_with_its_slots(self) -> None:
        new = """
flow: lunch
on_change: migrate
slots: {name: {ask: Who?}, diet: {ask: "Any diet?"}}
steps:
  - collect: [name, diet]
    as: questions
  - say: "{{ name }}: {{ diet }}."
"""
        guest = Guest(lunch()).says("Ann").changes(flows(a=new))
        assert guest.says("Soup").said == ["Any diet?"]
        assert guest.branch == "begun_anew"
        assert guest.says("None").said == ["Ann: None."]

    def test_a_step_with_another_verb_is_another_step(self) -> None:
        guest = Guest(lunch()).says("Ann")
        new = lunch(on_change="migrate", rest="").versions["lunch"].files["a.yaml"]
        changed = new.replace("collect: [dish]\n    as: questions", "wait: 5m").replace("{{ dish }}", "all")
        assert guest.changes(flows(a=changed)).says("Soup").branch == "begun_anew"

    def test_slots_are_typed_anew_and_those_that_are_gone_are_dropped(self) -> None:
        old = """
flow: lunch
slots: {a: {ask: A?}, b: {ask: B?}, c: {ask: C?}, last: {ask: Last?}}
steps:
  - set: {a: "12", b: many, c: gone}
  - run: fetch
    into: result
  - id: last
    collect: [last]
    as: questions
"""
        new = """
flow: lunch
on_change: migrate
slots: {a: {type: number, ask: A?}, b: {type: number, ask: B?}, last: {ask: Last?}}
steps:
  - run: fetch
    into: result
  - if: result == ""
    then:
      - set: {a: "1", b: "1"}
  - id: last
    collect: [last]
    as: questions
  - say: "{{ a + 1 }}/{{ b }}/{{ result }}/{{ last }}"
"""
        guest = Guest(flows(a=old))
        run = guest.turn.effects[-1]
        guest.give(RunFinished(effect_id=run.id, value="kept")).changes(flows(a=new))
        assert guest.says("x").said == ["13//kept/x"]
        assert "gone" not in codec.dump(guest.session).decode()

    def test_called_flows_migrate_with_their_own_slots(self) -> None:
        desk = "flow: lunch\non_change: migrate\nsteps:\n  - id: sub\n    call: bill\n    into: paid\n"
        bill = """
flow: bill
outputs: [sum]
migrations: {MIGRATIONS}
slots: {sum: {type: number, ask: How much?}}
steps:
  - id: STEP
    collect: [sum]
    as: questions
"""
        first = flows(a=desk, b=bill.replace("MIGRATIONS", "").replace("STEP", "ask"))
        second = flows(
            a=desk + '  - say: "Paid {{ paid.sum }}."\n',
            b=bill.replace("MIGRATIONS", "ask: pay").replace("STEP", "pay"),
        )
        guest = Guest(first).changes(second).says("5")
        assert guest.branch == "migrated"
        assert guest.said == ["Paid 5."]

    def test_what_a_handler_returns_is_taken_where_it_was_wanted(self) -> None:
        def bot(last: str) -> FlowSet:
            text = "flow: lunch\non_change: migrate\nsteps:\n  - id: f\n    run: fetch\n    into: x\n"
            return flows(a=text + last)

        guest = Guest(bot("  - end\n")).changes(bot('  - say: "Got {{ x }}."\n'))
        assert isinstance(guest.turn.effects[-1], Run)
        assert guest.give(RunFinished(effect_id="s:1:0", value="it")).said == ["Got it."]
        assert guest.branch == "migrated"

    def test_a_time_that_is_up_begins_nothing_anew(self) -> None:
        guest = Guest(lunch()).says("Ann").changes(flows(a="flow: lunch\non_change: migrate\nsteps: [end]\n"))
        assert guest.session.deadline
        guest.now = guest.session.deadline
        assert guest.give(DeadlineReached()).branch == "pinned"
        assert guest.session.status is Status.ENDED

    def test_of_the_slots_that_are_left_those_of_the_new_version_count(self) -> None:
        def form(left: str) -> FlowSet:
            text = f"""
flow: lunch
on_change: migrate
slots: {{a: {{ask: A?}}, {left}: {{ask: "{left}?"}}}}
steps:
  - id: q
    collect: [a, {left}]
    as: questions
"""
            return flows(a=text)

        guest = Guest(form("b")).changes(form("c"))
        assert guest.says("x").said == ["c?"]
        assert guest.branch == "migrated"
        assert guest.says("y").session.status is Status.ENDED

    def test_rounds_that_were_begun_count(self) -> None:
        text = """
flow: lunch
on_change: migrate
slots: {a: {ask: A?}}
steps:
  - id: thrice
    repeat: 3
    steps:
      - id: q
        collect: [a]
        again: true
        as: questions
"""
        last = "  - say: Enough.\n"
        migrations = "migrations: {thrice: often, q: ask}\n"
        new = text.replace("id: thrice", "id: often").replace("id: q", "id: ask") + last + migrations
        guest = Guest(flows(a=text)).says("1").changes(flows(a=new))
        assert guest.says("2").said == ["A?"]
        assert guest.branch == "migrated"
        assert guest.says("3").said == ["Enough."]

    def test_a_step_that_is_in_a_loop_now_is_in_its_first_round(self) -> None:
        one = "flow: lunch\non_change: migrate\nslots: {a: {ask: A?}}\nsteps:\n"
        plain = one + "  - id: q\n    collect: [a]\n    again: true\n    as: questions\n"
        inside = "      - id: q\n        collect: [a]\n        again: true\n        as: questions\n"
        guest = Guest(flows(a=plain)).changes(flows(a=f"{one}  - repeat: 2\n    steps:\n{inside}"))
        assert guest.says("1").said == ["A?"]
        assert guest.says("2").session.status is Status.ENDED

    def test_a_call_migrates_too(self) -> None:
        guest = Guest(choosing("pin"), Channel.CALL).changes(choosing("migrate", "Well, well?"))
        keys = KeysCollected(effect_id=str(_waited(guest)["id"]), digits="1", ended=KeysEnded.DIGITS)
        assert guest.give(keys).branch == "asked_again"
        assert guest.session.status is Status.OPEN

    @pytest.mark.parametrize("digits", ["1"])
    def test_input_that_means_nothing_moves_nobody(self, digits: str) -> None:
        guest = Guest(lunch()).changes(lunch(on_change="migrate", ask="Which dish?"))
        guest.give(FormReceived(form_id="stale"))
        assert guest.branch == "pinned"
        assert guest.session.flow_hash == lunch().flows["lunch"].hash


def _waited(guest: Guest) -> Mapping[str, object]:
    waited = guest.session.state["wait"]
    assert isinstance(waited, Mapping)
    return waited


def choosing(on_change: str, text: str = "Well?") -> FlowSet:
    return flows(
        a=f"""
flow: lunch
on_change: {on_change}
steps:
  - id: menu
    choose: {text}
    options:
      one: {{key: 1}}
      two: {{key: 2}}
  - say: Done.
"""
    )


class TestRestart:
    def test_the_next_answer_begins_anew_with_empty_slots(self) -> None:
        guest = Guest(lunch()).says("Ann").changes(lunch(on_change="restart", ask="Which dish?"))
        assert guest.says("Soup").said == ["What is your name?"]
        assert guest.branch == "restarted"
        assert guest.says("Bob").says("Salad").said == ["Bob gets Salad."]

    def test_until_then_it_goes_on(self) -> None:
        old = "flow: lunch\nslots: {n: {ask: N?}}\nsteps:\n  - run: f\n  - collect: [n]\n    as: questions\n"
        new = f"{old}on_change: restart\n"
        guest = Guest(flows(a=old)).changes(flows(a=new)).give(RunFinished(effect_id="s:1:0"))
        assert guest.branch == "pinned"
        assert guest.said == ["N?"]
        assert isinstance(guest.says("5").turn.effects[-1], Run)
        assert guest.branch == "restarted"

    def test_what_the_flow_was_given_is_kept(self) -> None:
        text = """
flow: lunch
on_change: restart
inputs: [who]
slots: {n: {ask: "N?"}}
steps:
  - say: "Hello {{ who }}WORD"
  - collect: [n]
    as: questions
"""
        guest = Guest(flows(a=text.replace("WORD", ".")))
        guest.session = replace(guest.session, state={}, revision=0, flow_hash="")
        guest.give(Begin(inputs={"who": "Ann"})).changes(flows(a=text.replace("WORD", "!")))
        assert guest.says("5").said[0] == "Hello Ann!"

    def test_a_call_goes_on(self) -> None:
        guest = Guest(choosing("pin"), Channel.CALL).changes(choosing("restart", "Well, well?"))
        keys = KeysCollected(effect_id=str(_waited(guest)["id"]), digits="1", ended=KeysEnded.DIGITS)
        assert guest.give(keys).branch == "pinned"
        assert guest.said == ["Done."]


class TestLost:
    def test_a_question_is_put_again_in_the_new_version(self) -> None:
        guest = Guest(lunch()).says("Ann").changes(lunch(ask="Which dish?"), lost=True)
        assert guest.says("Soup").said == ["Which dish?"]
        assert guest.branch == "asked_again"
        assert "lost" in str(guest.turn.why[0].read["began"])
        assert guest.says("Salad").said == ["Ann gets Salad."]

    def test_a_step_that_is_gone_begins_anew(self) -> None:
        guest = Guest(lunch()).changes(flows(a="flow: lunch\nsteps:\n  - say: Hi.\n"), lost=True)
        assert guest.says("Ann").said == ["Hi."]

    def test_a_wait_that_has_become_a_question_begins_anew(self) -> None:
        guest = Guest(flows(a="flow: lunch\nsteps:\n  - id: one\n    wait: message\n"))
        guest.changes(flows(a=OTHER.replace("other", "lunch") + QUESTION), lost=True)
        assert guest.says("x").said == ["Hello.", "A?"]
        assert guest.branch == "begun_anew"

    def test_a_result_that_nobody_waits_for_begins_anew(self) -> None:
        def bot(text: str) -> FlowSet:
            return flows(a=f"flow: lunch\nsteps:\n  - run: f\n  - say: {text}\n")

        guest = Guest(bot("Old.")).changes(bot("New."), lost=True).give(RunFinished(effect_id="s:1:0"))
        assert guest.branch == "begun_anew"
        assert isinstance(guest.turn.effects[-1], Run)

    def test_a_call_that_is_over_is_over(self) -> None:
        guest = Guest(choosing("pin"), Channel.CALL)
        guest.changes(flows(a="flow: lunch\nsteps:\n  - say: Hi.\n"), lost=True)
        guest.give(HungUp(cause=CallCause.HANGUP))
        assert guest.session.status is Status.ENDED
        assert guest.said == []

    def test_a_flow_that_is_gone_ends_politely(self) -> None:
        guest = Guest(lunch()).changes(flows(b=OTHER), lost=True).says("Ann")
        assert guest.session.status is Status.ENDED
        assert guest.said
        assert "there is no flow lunch" in str(guest.turn.why[0].read)

    def test_a_damaged_state_ends_the_session(self) -> None:
        guest = Guest(lunch()).changes(lunch(on_change="migrate", ask="Which dish?"))
        guest.session = replace(guest.session, state={**guest.session.state, "stack": [["nonsense"]]})
        assert guest.says("Ann").session.status is Status.ENDED


class TestForgetting:
    def test_versions_that_nobody_is_in_are_given_up(self) -> None:
        library = FlowLibrary(lunch())
        for number in range(4):
            library.replace(lunch(ask=f"Number {number}?"))
        wanted = lunch(ask="Number 1?").flows["lunch"].hash
        assert len(library.versions()) == 5
        library.forget(but=[wanted])
        assert library.older == {wanted}
        assert set(library.versions()) == {wanted, library.current.flows["lunch"].hash}


QUESTIONS = (
    "collect: [a]",
    "collect: [b, c]",
    "say: Well.",
    "wait: message",
    "if: user.name\n    then: [{say: Yes.}]",
)


@st.composite
def versions(draw: st.DrawFn) -> Callable[[], FlowSet]:
    """Versions of one flow, with whatever steps and slots."""
    ids = draw(st.permutations(["one", "two", "three", "four"]))
    verbs = draw(st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=4))
    kinds = draw(st.lists(st.sampled_from(["text", "number", "yes_no"]), min_size=3, max_size=3))
    policy = draw(st.sampled_from(list(OnChange)))
    slots = "".join(f"  {n}: {{type: {k}, ask: '{n}?'}}\n" for n, k in zip("abc", kinds, strict=True))
    steps = "".join(f"  - id: {name}\n    {verb}\n" for name, verb in zip(ids, verbs, strict=False))
    text = f"flow: lunch\non_change: {policy}\nslots:\n{slots}steps:\n{steps}"
    return lambda: flows(a=text)


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(versions(), min_size=1, max_size=4), st.lists(st.sampled_from("x157"), max_size=8), st.data())
def test_whatever_changes_nobody_is_lost(
    makers: list[Callable[[], FlowSet]], answers: list[str], data: st.DataObject
) -> None:
    guest = Guest(makers[0]())
    for answer in answers:
        if data.draw(st.booleans()):
            new = data.draw(st.sampled_from(makers))()
            guest.changes(new, lost=data.draw(st.booleans()))
        if guest.session.status is Status.ENDED:
            break
        guest.says(answer)
        broken = [why for why in guest.turn.why if why.branch == "error.internal"]
        assert not broken, broken
        open_ = guest.session.status is Status.OPEN
        assert not open_ or (guest.session.deadline and guest.session.deadline > guest.now)
        guest.now += timedelta(minutes=1)
