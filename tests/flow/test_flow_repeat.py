"""`repeat`: rounds are bounded, counted, and counted anew by who comes back."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError


def test_so_many_rounds_and_then_on(chat) -> None:
    talk = chat("flow: a\nsteps:\n  - repeat: 3\n    as: n\n    steps: [{say: '{{ n }}'}]\n  - say: So.")
    assert talk.heard == ["1", "2", "3", "So."]
    assert talk.why[:3] == ["1 repeat steps", "1.steps.1 say", "1 repeat steps"]
    assert "1 repeat done" in talk.why
    assert talk.ended


ASKING = """
    flow: a
    slots: {code: {ask: The code?}}
    globals: {away: {words: [away], go: aside}}
    when:
      cancelled: [{go: loop}]
    steps:
      - id: loop
        repeat: {while: code != "x", max: 3}
        as: n
        steps:
          - say: "{{ n }}"
          - collect: [code]
            again: true
          - if: code == "out"
            then: [{go: aside}]
          - if: code == "next"
            then: [{go: loop}]
      - end: "{{ code }} after {{ n }}"
      - id: aside
        say: Aside.
      - go: loop
"""


def test_it_ends_when_its_condition_does_or_at_its_bound(chat) -> None:
    talk = chat(ASKING)
    assert talk.heard == ["1", "The code?"]
    assert talk.copy().says("x").heard == ["x after 1"]
    assert talk.says("a").says("b").heard == ["3", "The code?"]
    assert talk.says("c").heard == ["c after 3"]


def test_a_jump_to_the_loop_from_inside_is_the_next_round(chat) -> None:
    assert chat(ASKING).says("next").says("next").says("next").heard == ["next after 3"]


@pytest.mark.parametrize("way_out", ["out", "away"])
def test_who_leaves_and_comes_back_begins_anew(chat, way_out: str) -> None:
    talk = chat(ASKING).says("a").says("b")
    assert talk.heard == ["3", "The code?"]
    assert talk.says(way_out).heard == ["Aside.", "1", "The code?"]
    assert talk.session.state["loops"] == [{"loop": 1}]


def test_an_event_leaves_it_too(chat) -> None:
    talk = chat(ASKING.replace("globals: {", "globals: {cancel: {words: [cancel]}, ")).says("a")
    assert talk.says("cancel").heard == ["1", "The code?"]


def test_loops_in_loops_and_in_flows_that_are_called_count_for_themselves(chat) -> None:
    talk = chat("""
        flow: a
        slots: {go_on: {ask: "?"}}
        steps:
          - repeat: 2
            as: n
            steps:
              - repeat: 2
                as: m
                steps:
                  - call: inner
        flows:
          inner:
            steps:
              - repeat: 2
                as: i
                steps:
                  - say: "{{ n }}{{ m }}{{ i }}"
                  - collect: [go_on]
                    again: true
    """)
    heard = []
    while not talk.ended:
        heard += [text for text in talk.heard if text != "?"]
        talk.says("x")
    assert heard == ["111", "112", "121", "122", "211", "212", "221", "222"]


def test_nothing_of_a_loop_is_kept_behind_it(chat) -> None:
    talk = chat("""
        flow: a
        slots: {n: {ask: "?"}}
        steps:
          - repeat: 2
            steps: [{say: Hi.}]
          - collect: [n]
    """)
    assert "loops" not in talk.session.state


@pytest.mark.parametrize("times", ["0", "1001", "often", "{while: x}", "{max: 3}", "{while: 'true', max: 0}"])
def test_a_loop_without_a_proper_bound_is_refused(load, times: str) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(f"flow: a\nslots: {{x: {{}}}}\nsteps:\n  - repeat: {times}\n    steps: [{{say: Hi.}}]")
    (finding,) = caught.value.findings
    assert finding.place.line == 4
    assert finding.code in ("wrong-value", "missing-key")


def codes(load, text: str) -> list[str]:
    try:
        load(text)
    except FlowFileError as error:
        return [finding.code for finding in error.findings]
    return []


def test_what_waits_in_every_round_may_have_many(load) -> None:
    asks = "flow: a\nslots: {n: {ask: N?}}\nsteps:\n  - repeat: 1000\n    steps:\n"
    ask = "      - collect: [n]\n        again: true\n"
    assert codes(load, asks + ask) == []
    maybe = f"      - if: n\n        then:\n{ask.replace('      ', '          ', 1)}".replace(
        "        again", "            again"
    )
    assert codes(load, asks + maybe) == ["too-many-rounds"]
    only = ask + "        only: chat\n"
    assert codes(load, asks + only) == ["too-many-rounds"]


def test_rounds_multiply(load) -> None:
    nested = """
        flow: a
        limits: {{steps_per_turn: {limit}}}
        steps:
          - repeat: 20
            steps:
              - repeat: {inner}
                steps: [{{say: Hi.}}]
    """
    assert codes(load, nested.format(limit=1000, inner=20)) == []
    assert codes(load, nested.format(limit=1000, inner=30)) == ["too-many-rounds"]
    assert codes(load, nested.format(limit=2000, inner=30)) == []


def test_a_jump_back_to_before_the_loop_is_a_circle(load) -> None:
    assert codes(
        load,
        """
        flow: a
        steps:
          - id: first
            say: Hi.
          - repeat: 2
            steps: [{go: first}]
        """,
    ) == ["endless-circle"]


def test_a_global_cannot_lead_into_a_loop(load) -> None:
    assert codes(
        load,
        """
        flow: a
        globals: {again: {words: [again], go: inside}}
        steps:
          - repeat: 2
            steps:
              - id: inside
                choose: Well?
                options: {yes: {}, no: {}}
        """,
    ) == ["jump-into-repeat"]
