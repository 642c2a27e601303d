"""`return`: leaving a flow before its end."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError
from botkit.flow.mutation import mutants
from botkit.model.session import EndedBy

from .conftest import Loader, Talker

FLOW = """
    flow: shop
    slots:
      age: {type: number, ask: How old are you?}
    steps:
      - call: check_age
        into: checked
      - end: Come in{{ ', ' ~ checked.said if checked.said }}.
    flows:
      check_age:
        outputs: [said]
        steps:
          - collect: [age]
          - if: age >= 18
            then:
              - set: {said: welcome}
              - return
          - end: Come back when you are older.
    """


def test_it_goes_back_with_the_outputs(chat: Talker) -> None:
    talk = chat(FLOW).says("20")
    assert talk.heard == ["Come in, welcome."]
    assert "2.then.2 return" in talk.why


def test_without_it_the_flow_goes_on(chat: Talker) -> None:
    assert chat(FLOW).says("9").heard == ["Come back when you are older."]


def test_in_a_flow_that_nobody_called_the_session_ends(chat: Talker) -> None:
    talk = chat("flow: a\nsteps:\n  - say: Hello.\n  - return\n")
    assert talk.heard == ["Hello."]
    assert talk.session.ended_by is EndedBy.FLOW


def test_what_stands_behind_it_is_dead(load: Loader) -> None:
    with pytest.raises(FlowFileError, match="dead-step"):
        load("flow: a\nsteps:\n  - return\n  - say: Never.\n")


def test_it_takes_nothing(load: Loader) -> None:
    with pytest.raises(FlowFileError, match="wrong-value"):
        load("flow: a\nsteps:\n  - return: home\n")


def test_a_mutant_ends_instead_of_going_back(load: Loader) -> None:
    bent = [mutant.change for mutant in mutants(load(FLOW)) if mutant.step == "2.then.2"]
    assert bent == ["`return` leads where the end leads"]
    assert list(mutants(load("flow: a\nsteps:\n  - return\n"))) == []
