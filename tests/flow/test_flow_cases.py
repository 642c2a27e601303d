"""Cases of a `switch` that its value never has, and those that it may have."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError

FLOW = """
    flow: a
    slots:
      size: {{type: choice, ask: Size?, options: {{small: {{}}}}}}
      ok: {{type: yes_no, ask: OK?}}
      free: {{ask: What?}}
    inputs: [given]
    steps:
      - collect: [size, ok, free]
      - choose: Which?
        options: {{red: {{}}, blue: {{}}}}
        into: colour
      - call: more
      - run: paint
        into: painted
      - set: {{chosen: red}}
      - choose: Really?
        options: {{ever: {{}}}}
        into: chosen
      - switch: {value}
        cases:
          {case}: []
    flows:
      more:
        steps:
          - choose: Or?
            options: {{green: {{}}}}
            into: colour
"""


@pytest.mark.parametrize(
    ("value", "case"),
    [
        ("colour", "red"), ("colour", "green"), ("colour", "otherwise"), ("size", "small"), ("ok", "yes"),
        ("free", "x"), ("given", "x"), ("painted", "x"), ("chosen", "x"), ("colour ~ size", "x"),
    ],
)  # fmt: skip
def test_what_a_value_may_be(load, value: str, case: str) -> None:
    assert load(FLOW.format(value=value, case=case))


@pytest.mark.parametrize(("value", "case"), [("colour", "rde"), ("size", "large"), ("ok", "true")])
def test_what_a_value_never_is(load, value: str, case: str) -> None:
    with pytest.raises(FlowFileError) as caught:
        load(FLOW.format(value=value, case=case))
    assert [finding.code for finding in caught.value.findings] == ["unknown-case"]
