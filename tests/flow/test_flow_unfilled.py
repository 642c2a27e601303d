"""Names that are read before anything can have filled them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from botkit.flow.loader import FlowFileError

HEAD = """
flow: a
start: [{start}]
slots:
  name: {{ask: Who?}}
  n: {{type: number, ask: "How many, {{{{ name }}}}?"}}
steps:
"""


@pytest.fixture
def told(load):
    """(code, line of the steps) of each finding about names."""

    def told(steps: str, start: str = "mention") -> list[tuple[str, int]]:
        text = HEAD.format(start=start) + dedent(steps).strip("\n")
        first = HEAD.count("\n")
        try:
            findings = load(text, handlers=["f"]).warnings
        except FlowFileError as error:
            findings = error.findings
        return [(finding.code, finding.place.line - first) for finding in findings]

    return told


NEVER, PERHAPS = "never-filled", "perhaps-unfilled"


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("- say: '{{ name }}'", [(NEVER, 1)]),
        ("- say: '{{ name }}'\n- say: '{{ name }}'\n- say: '{{ n }}'", [(NEVER, 1), (NEVER, 3)]),
        ("- collect: [name]\n- say: '{{ name }}'", []),
        ("- collect: [name, n]\n- say: '{{ n }}'", []),
        ("- say: '{{ name or user.name }} {{ n | default(0) }}'", []),
        ("- say: '{{ name if name is defined else n }}'", [(NEVER, 1)]),
        ("- say: '{{ name if n else 1 }}'", [(NEVER, 1), (NEVER, 1)]),
        ("- say: '{% if name %}{{ name }}{% endif %}'\n- collect: [name]", [(NEVER, 1)]),
        ("- if: name\n  then: [{say: '{{ name }}'}]\n- collect: [name]", [(NEVER, 1)]),
        ("- if: now.hour > 9\n  then: [{collect: [name]}]\n- say: '{{ name }}'", [(PERHAPS, 3)]),
        ("- if: now.hour > 9\n  then: [{collect: [name]}]\n- if: name\n  then: [{say: x}]", []),
        ("- if: now.hour > 9\n  then: [{collect: [name]}]\n- say: '{% if name %}{{ name }}{% endif %}'", []),
        (
            "- if: now.hour > 9\n  then: [{collect: [name]}]\n- if: name > 3\n  then: [{say: x}]",
            [(PERHAPS, 3)],
        ),
        (
            "- if: user.name\n  then: [{collect: [name]}]\n- if: name\n  then: [{say: '{{ name }}'}]\n"
            "  else: [{say: Nobody.}]",
            [],
        ),
        (
            "- if: user.name\n  then: [{collect: [name]}]\n- if: not name\n  then: [{say: '{{ name }}'}]",
            [(PERHAPS, 4)],
        ),
        (
            "- if: user.name\n  then: [{collect: [name]}]\n- if: name == none or now.hour > 9\n"
            "  then: [{say: Nobody.}]\n  else: [{say: '{{ name }}'}]\n- say: '{{ name }}'",
            [(PERHAPS, 6)],
        ),
        (
            "- if: user.name\n  then: [{collect: [name]}]\n"
            "- say: '{% if user.name %}{{ name }}{% endif %}{{ name if user.name else 1 }}'",
            [],
        ),
        ("- collect: [name]\n  only: call\n- say: '{{ name }}'", [("never-here", 1), (NEVER, 3)]),
        ("- collect: [name]\n  give_up: [{say: '{{ name }}'}, {end: Bye.}]", [(PERHAPS, 2)]),
        ("- run: f\n  into: r\n  outcomes: {failed: [{say: '{{ r }}'}]}", [(PERHAPS, 3)]),
        ("- run: f\n  into: r\n  outcomes: {failed: [{end: Bye.}]}\n- say: '{{ r }}'", []),
        ("- run: f\n  into: r\n  outcomes: {failed: [{say: Hm.}]}\n- say: '{{ r }}'", [(PERHAPS, 4)]),
        ("- set: {x: 1, y: '{{ x }}', z: '{{ w }}', w: 2}", [(NEVER, 1)]),
        ("- set: {x: '{{ x + 1 }}'}", [(NEVER, 1)]),
        ("- id: top\n  say: '{{ x }}'\n- wait: 1m\n- set: {x: 1}\n- go: top", [(PERHAPS, 2)]),
        ("- if: user.name\n  then: [{set: {x: 1}}]\n  else: [{set: {x: 2}}]\n- say: '{{ x }}'", []),
        ("- switch: user.name\n  cases: {a: [{set: {x: 1}}], otherwise: [end]}\n- say: '{{ x }}'", []),
        ("- switch: user.name\n  cases: {a: [{set: {x: 1}}]}\n- say: '{{ x }}'", [(PERHAPS, 3)]),
        ("- repeat: 2\n  steps: [{wait: 1m}, {set: {x: 1}}]\n- say: '{{ x }}'", []),
        ("- repeat: 2\n  steps: [{repeat: 2, steps: [{set: {x: 1}}]}]\n- say: '{{ x }}'", []),
        ("- repeat: {while: user.name, max: 2}\n  steps: [{set: {x: 1}}]\n- say: '{{ x }}'", [(PERHAPS, 3)]),
        ("- repeat: 2\n  as: x\n  steps: [{say: '{{ x }}'}]", []),
        ("- choose: Which?\n  options: {red: {}}\n  into: x\n  no_match: ['{{ x }}']", [(NEVER, 4)]),
        ("- confirm: '{{ name }}?'\n  slots: [name]", [(NEVER, 1)]),
        ("- say: Hello.\nwhen: {error: [{say: '{{ name }}'}]}", [(NEVER, 2)]),
        ("- collect: [name]\nwhen: {error: [{say: '{{ name }}'}]}", []),
        ("- collect: [name]\nglobals: {stop: {go: over}}\nflows: {}", [("unknown-step", 2)]),
        ("- call: b\n- say: '{{ x }}'\nflows: {b: {steps: [{set: {x: 1}}]}}", []),
        (
            "- call: b\n- say: '{{ x }}'\nflows: {b: {steps: [{if: user.name, then: [{set: {x: 1}}]}]}}",
            [(PERHAPS, 2)],
        ),
        ("- call: b\nflows: {b: {steps: [{say: '{{ name }}'}]}}", [(NEVER, 2)]),
        ("- call: b\n  with: {name: Ann}\nflows: {b: {steps: [{say: '{{ name }}'}]}}", []),
        (
            "- call: b\n- collect: [name]\n- call: b\nflows: {b: {steps: [{say: '{{ name }}'}]}}",
            [(PERHAPS, 4)],
        ),
        ("- dial: ann\n  flow: b\nflows: {b: {steps: [{say: '{{ name }}'}]}}", [(NEVER, 3)]),
        ("- dial: ann\n  flow: b\n  with: {name: Ann}\nflows: {b: {steps: [{say: '{{ name }}'}]}}", []),
        ("- say: Hello.\nflows: {b: {steps: [{say: '{{ name }}'}]}}", []),
        ("- say: '{{ name }}'\ninputs: [name]", []),
        (
            "- post: '{{ r.seconds }}'\n- record: Speak.\n  only: call\n  into: r",
            [(NEVER, 1), ("never-here", 2)],
        ),
    ],
)
def test_on_chat(told, steps: str, expected: list[tuple[str, int]]) -> None:
    assert told(steps) == expected


def test_a_channel_that_fills_it_not_leaves_a_doubt(told) -> None:
    steps = "- record: Speak.\n  only: call\n  into: r\n- post: '{{ r.seconds }} seconds'"
    assert told(steps, "call_incoming") == []
    assert told(steps, "call_incoming, mention") == [(PERHAPS, 4)]
    assert (
        told(
            "- record: Speak.\n  only: call\n  into: r\n- post: Voice\n  files: [r]", "call_incoming, mention"
        )
        == []
    )


def test_flows_of_other_files_have_names_of_their_own(load) -> None:
    slots = "slots: {name: {ask: Who?}}"
    caller = f"flow: a\n{slots}\nsteps: [{{collect: [name]}}, {{call: b, into: r}}, {{say: '{{{{ r }}}}'}}]\n"
    other = "flow: b\noutputs: [x]\nslots: {name: {}}\nsteps: [{set: {x: 1}}, {say: '{{ name }}'}]\n"
    with pytest.raises(FlowFileError, match="Nothing fills `name`"):
        load(caller, other)
    assert not load(caller, other.replace("outputs", "inputs: [name]\noutputs")).warnings
