"""Texts and values, as scripts write them."""

from __future__ import annotations

import pytest

from botkit.testing.scripts.judge import Wanted, nearest, same


@pytest.mark.parametrize(
    ("expected", "actual", "is_same"),
    [
        ("3", 3, True),
        ("3", 3.0, True),
        ("3", "3", True),
        ("3", "03", False),
        ("three", 3, False),
        ("yes", True, True),
        ("true", True, True),
        ("no", True, False),
        ("yes", "yes", True),
        ("1", True, False),
        (None, None, True),
        ("none", None, True),
        (None, "", False),
        ("a", None, False),
        ({"a": "1"}, {"a": 1, "b": 2}, True),
        ({"c": "1"}, {"a": 1}, False),
        (["1", "2"], [1, 2], True),
        (["1"], [1, 2], False),
        ({"a": "1"}, "a", False),
    ],
)
def test_a_value(expected: object, actual: object, is_same: bool) -> None:
    assert same(expected, actual) is is_same


def test_a_text_and_its_white_space() -> None:
    text = "We are open\n from nine to five."
    assert Wanted(contains="open from nine").fits(text)
    assert not Wanted(contains="Open from").fits(text)
    assert Wanted(exactly="We are open from nine to five.").fits(text)
    assert not Wanted(exactly="We are open").fits(text)
    assert Wanted(matches="nine to (five|six)").fits(text)


def test_the_nearest_text_shares_most_words() -> None:
    texts = ["Goodbye.", "We are open from eight to six, and so on.", "We like you."]
    assert nearest("We are open from nine to five", texts) == texts[1]
    assert nearest("anything", []) is None
