"""Keys and words of menus that callers could not tell apart."""

from __future__ import annotations

import pytest

from botkit.flow.loader import FlowFileError

FLOW = """
    flow: a
    start: [{start}]
    language: {language}
    asking: {{inter_digit_timeout: {pause}, listen: {listen}}}
    globals: {{stop: {{key: {key}, words: [{words}], go: over}}}}
    slots:
      sure: {{type: yes_no, ask: Sure?}}
      size: {{type: choice, ask: Size?, options: {{{sizes}}}}}
    steps:
      - {step}
      - id: over
        end: Goodbye.
"""
USUAL = {
    "start": "call_incoming",
    "language": "en-GB",
    "pause": "3s",
    "listen": "both",
    "key": "9",
    "words": "enough",
    "sizes": "small: {}, large: {}",
    "step": "collect: [sure, size]",
}


@pytest.fixture
def told(load):
    def told(**changes: str) -> list[str]:
        text = FLOW.format(**{**USUAL, **changes})
        try:
            return [finding.code for finding in load(text).warnings]
        except FlowFileError as error:
            return [finding.code for finding in error.findings]

    return told


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"key": "1"}, ["key-clash"] * 2),
        ({"key": "1", "step": "confirm: Right?"}, ["key-clash"]),
        ({"key": "3", "step": "confirm: Right?"}, []),
        ({"key": "1", "listen": "speech"}, []),
        ({"key": "1", "start": "mention"}, []),
        ({"key": "12"}, []),
        ({"key": "12", "pause": "0s"}, ["key-clash"] * 2),
        ({"words": "large"}, ["sounds-alike"]),
        ({"sizes": "week: {}, weak: {}"}, ["sounds-alike"]),
        ({"sizes": "week: {}, weak: {}", "language": "de"}, []),
        ({"sizes": "week: {}, weak: {}", "listen": "keys"}, []),
        ({"sizes": "week: {}, month: {}"}, []),
        ({"step": "{choose: '?', options: {flight: {}, fright: {}}}"}, ["sounds-alike"]),
        ({"step": "{choose: '?', options: {flight: {}, train: {words: [enough], go: over}}}"}, []),
        ({"step": "{choose: '?', options: {flight: {}, train: {words: [enough]}}}"}, ["sounds-alike"]),
        ({"step": "{choose: '?', options: {one: {key: 3}, two: {key: 34}}}"}, []),
        (
            {"step": "{choose: '?', options: {one: {key: 3}, two: {key: 34}}, inter_digit_timeout: 0s}"},
            ["key-clash"],
        ),
    ],
)
def test_what_clashes(told, changes: dict[str, str], expected: list[str]) -> None:
    assert told(**changes) == expected
