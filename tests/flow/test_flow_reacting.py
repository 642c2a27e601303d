"""`react`: which message it is at, and where there is none."""

from __future__ import annotations

import pytest

from botkit.flow.library import FlowLibrary
from botkit.flow.loader import FlowFileError
from botkit.model.effects import React
from botkit.model.inputs import DeadlineReached, TextReceived
from botkit.model.items import Reaction
from botkit.model.session import Channel

FLOW = """
flow: report
start: [mention, call_incoming]
slots:
  text: {ask: What has happened?}
steps:
  - id: first
    react: like
  - collect: [text]
    as: questions
  - react: like
  - wait: 1h
  - react: like
  - end: Thank you.
"""


def reactions(talk) -> list[tuple[str, Reaction]]:
    return [(each.item_id, each.reaction) for each in talk.effects if isinstance(each, React)]


@pytest.fixture
def begun(load, dialogue):
    return lambda text: dialogue(load(FLOW), Channel.CHAT).begin(text)


def test_it_is_at_the_message_that_came_last(begun) -> None:
    talk = begun("Help!")
    assert reactions(talk) == [("i0", Reaction.LIKE)]
    assert reactions(talk.says("The lift is broken.")) == [("i1", Reaction.LIKE)]
    assert reactions(talk.waits()) == [("i1", Reaction.LIKE)], "time has passed, and nothing was written"


def test_what_nobody_waited_for_is_not_it(begun) -> None:
    talk = begun("Help!").says("The lift is broken.")
    assert not talk.session.awaits_text
    talk.says("Hello?")
    assert reactions(talk.waits()) == [("i1", Reaction.LIKE)]


def test_without_a_message_it_is_passed_over(begun, call) -> None:
    talk = begun("")
    assert reactions(talk) == []
    assert "first react passed_over" in talk.why
    assert reactions(talk.says("It rains in.")) == [("i1", Reaction.LIKE)]
    assert "first react passed_over" in call(FLOW).why


def test_where_the_platform_has_no_reactions_it_is_passed_over(begun) -> None:
    talk = begun("Help!").give(TextReceived(text="It rains in."))
    assert reactions(talk) == []
    assert "3 react passed_over" in talk.why
    assert talk.session.deadline is not None, "the flow goes on"


def test_it_reacts_as_it_can(load) -> None:
    with pytest.raises(FlowFileError) as caught:
        load("flow: a\nsteps:\n  - react: applaud\n")
    (finding,) = caught.value.findings
    assert (finding.code, finding.place.line, finding.place.column) == ("wrong-value", 3, 12)
    assert "`like`" in finding.message + finding.remedy


@pytest.mark.parametrize(("on_change", "at"), [("migrate", ["i7"]), ("restart", ["i7"])])
def test_the_message_is_known_when_the_flow_has_changed(load, dialogue, on_change, at) -> None:
    talk = dialogue(load(FLOW), Channel.CHAT).begin("Help!")
    library = FlowLibrary(talk.flows)
    library.replace(load(FLOW.replace("start:", f"on_change: {on_change}\nstart:")))
    turn = library.step(talk.session, TextReceived(text="It rains in.", item_id="i7"), talk.now)
    assert [each.item_id for each in turn.effects if isinstance(each, React)] == at


def test_a_flow_that_begins_anew_keeps_it(load, dialogue) -> None:
    talk = dialogue(load(FLOW), Channel.CHAT).begin("Help!").says("It rains in.")
    library = FlowLibrary(talk.flows)
    library.replace(load(FLOW.replace("start:", "on_change: restart\nstart:")))
    assert talk.session.deadline is not None
    turn = library.step(talk.session, DeadlineReached(), talk.session.deadline)
    assert [each.item_id for each in turn.effects if isinstance(each, React)] == ["i1"]
