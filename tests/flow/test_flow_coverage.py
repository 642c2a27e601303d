"""What conversations came by, and flows with a branch that leads elsewhere."""

from __future__ import annotations

import pytest

from botkit.flow.coverage import Coverage, Share
from botkit.flow.engine import FlowSet
from botkit.flow.mutation import Mutant, mutants
from botkit.model.reasons import Reason
from botkit.model.session import Channel

from .conftest import Loader, Talk

FLOW = """
    flow: shop
    start: [call_incoming, mention]
    slots:
      count: {type: number, ask: How many?}
    globals:
      human: {key: 0, go: person}
      repeat: {}
    when:
      hangup:
        - post: gone
          to: desk@example.com
    steps:
      - id: menu
        choose: Buy or leave?
        options:
          buy: {key: 1}
          leave: {key: 2, go: out}
        no_input: [Hello?]
        give_up:
          - go: person
      - collect: [count]
      - if: count > 10
        then:
          - say: That is a lot.
      - end: Thank you.
      - id: out
        end: Goodbye.
      - id: person
        say: Somebody comes.
        only: call
      - call: rest
    flows:
      rest:
        steps:
          - say: The rest.
    """


def talked(flows: FlowSet, channel: Channel, *answers: str) -> list[Reason]:
    talk = Talk(flows, channel).begin()
    reasons = [*talk.turn.why]
    for answer in answers:
        if answer == "-":
            talk.hangs_up()
        elif not answer:
            talk.is_silent()
        elif channel is Channel.CALL:
            talk.presses(answer)
        else:
            talk.says(answer)
        reasons += talk.turn.why
    return reasons


def missing(coverage: Coverage, channel: Channel | None = None) -> list[str]:
    return [f"{place.step}:{place.way}".rstrip(":") for place in coverage.missing(channel)]


def test_nothing_is_come_by_at_first(load: Loader) -> None:
    coverage = Coverage(load(FLOW))
    assert coverage.lines() == Share(hit=0, all=10)
    assert coverage.branches().percent == 0
    assert len(coverage.missing()) == len(coverage.places)


def test_chats_and_calls_are_counted_apart(load: Loader) -> None:
    flows = load(FLOW)
    coverage = Coverage(flows)
    coverage.add(talked(flows, Channel.CHAT, "buy", "3"), Channel.CHAT)
    coverage.add(talked(flows, Channel.CALL, "", ""), Channel.CALL)
    assert missing(coverage) == [
        "menu:leave",
        "3:then",
        "out",
        "3.then.1",
        "when.hangup.1",
        "when.hangup",
        "globals.human",
        "globals.repeat",
    ]
    silent = missing(coverage, Channel.CHAT)
    assert "menu:no_input" not in silent, "silence is no failure on chat"
    assert not {"when.hangup", "when.hangup.1"} & set(silent), "nobody hangs up on chat"
    assert "person" not in silent, "that step is for calls"
    assert "menu:give_up" in silent


def test_a_global_is_a_branch_of_its_file(load: Loader) -> None:
    flows = load(FLOW)
    coverage = Coverage(flows)
    met = coverage.add(talked(flows, Channel.CALL, "0"), Channel.CALL)
    assert "globals.human" in {place.step for place in met}
    assert [place for place in met if place.flow == "shop/rest"]


def test_what_was_passed_over_is_not_come_by(load: Loader) -> None:
    flows = load(FLOW)
    coverage = Coverage(flows)
    coverage.add(talked(flows, Channel.CHAT, "0"), Channel.CHAT)
    assert "person" in missing(coverage)


def test_everything_can_be_come_by(load: Loader) -> None:
    flows = load(FLOW)
    coverage = Coverage(flows)
    for channel, answers in (
        (Channel.CHAT, ("buy", "3")),
        (Channel.CHAT, ("repeat", "leave")),
        (Channel.CALL, ("1", "11")),
        (Channel.CALL, ("", "")),
        (Channel.CALL, ("", "0")),
        (Channel.CALL, ("-",)),
    ):
        coverage.add(talked(flows, channel, *answers), channel)
    assert missing(coverage) == []
    assert coverage.lines().percent == coverage.branches().percent == 100


def changes(found: list[Mutant]) -> set[tuple[str, str]]:
    return {(mutant.step, mutant.change) for mutant in found}


def test_each_branch_is_bent_once(load: Loader) -> None:
    found = list(mutants(load(FLOW)))
    assert changes(found) == {
        ("menu", "`give_up` leads where `go.leave` leads"),
        ("menu", "`go.leave` leads where `give_up` leads"),
        ("3", "`then` leads where `else` leads"),
        ("3", "`else` leads where `then` leads"),
        ("when.hangup", "nothing handles `hangup`"),
        ("globals.human", "there is no global `human`"),
        ("globals.repeat", "there is no global `repeat`"),
        ("menu.give_up.1", "`go` leads where the end leads"),
    }
    assert all(mutant.line > 0 for mutant in found)


def test_a_mutant_goes_the_other_way_and_the_original_does_not(load: Loader) -> None:
    flows = load(FLOW)
    (mutant,) = (each for each in mutants(flows) if (each.step, each.change[1:5]) == ("3", "then"))
    assert Talk(mutant.of(flows), Channel.CHAT).begin().says("buy").says("11").heard == ["Thank you."]
    said = Talk(flows, Channel.CHAT).begin().says("buy").says("11").heard
    assert said == ["That is a lot.", "Thank you."]


def test_a_single_way_out_is_bent_to_the_end(load: Loader) -> None:
    flow = """
        flow: a
        steps:
          - choose: Well?
            options:
              on: {go: next}
          - id: next
            say: Done.
        """
    flows = load(flow)
    (mutant,) = mutants(flows)
    assert Talk(mutant.of(flows), Channel.CHAT).begin().says("on").heard == []


@pytest.mark.parametrize(
    ("cases", "cocoa", "otherwise"),
    [
        ("{tea: [], cocoa: []}", "", False),
        ("{tea: []}", "", True),
        ("{tea: []}", "go: sweet", False),
        ("{tea: []}", "go: again", True),
    ],
)
def test_a_switch_over_all_that_can_be_chosen_has_no_other_way(
    load: Loader, cases: str, cocoa: str, otherwise: bool
) -> None:
    flow = f"""
        flow: a
        globals: {{one: {{go: sweet}}, two: {{go: again}}}}
        steps:
          - choose: Well?
            options: {{tea: {{}}, cocoa: {{{cocoa}}}}}
            into: drink
          - id: pick
            switch: drink
            cases: {cases}
          - say: Done.
          - end
          - id: sweet
            end: Sweet.
          - id: again
            choose: Really?
            options: {{"yes": {{go: pick}}}}
        """
    ways = {place.way for place in Coverage(load(flow)).places if place.step == "pick"}
    assert ("otherwise" in ways) is otherwise


def test_ways_to_one_place_are_not_bent_to_each_other(load: Loader) -> None:
    flow = """
        flow: a
        steps:
          - choose: Well?
            options:
              leave: {go: bye}
            give_up:
              - go: bye
          - id: bye
            end
        """
    bent = {
        mutant.change for mutant in mutants(load(flow.replace("            end", "            end: Bye.")))
    }
    assert bent == {"`go` leads where the end leads"}
