"""Typed and spoken words: nothing is guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botkit.flow import match

CHOICES = {
    "hours": ["opening hours", "hours", "open"],
    "message": ["leave a message", "message", "call back"],
    "person": ["a person", "operator"],
    "billing": ["billing", "bill"],
    "building": ["building"],
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("opening hours", "hours"),
        ("OPENING  hours!", "hours"),
        ("what are your hours please", "hours"),
        ("openning hours", "hours"),
        ("leave a mesage", "message"),
        ("operater", "person"),
        ("I want to talk to a person", "person"),
        ("ｈｏｕｒｓ", "hours"),
        ("billing", "billing"),
        ("bilding", None),
        ("opening hours or a message", None),
        ("weather", None),
        ("h", None),
        ("", None),
        ("   ...", None),
        ("x" * 5000, None),
    ],
)
def test_closest(text: str, name: str | None) -> None:
    found = match.closest(text, CHOICES)
    assert (found.name if found else None) == name


def test_longer_phrase_of_another_choice_wins() -> None:
    choices = {"account": ["account"], "close": ["close my account"]}
    found = match.closest("please close my account now", choices)
    assert found is not None
    assert found.name == "close"


@pytest.mark.parametrize(("text", "name"), [("👍", "good"), (" 👎 ", "bad"), ("?", None), ("...", None)])
def test_words_without_a_letter_are_words_too(text: str, name: str | None) -> None:
    found = match.closest(text, {"good": ["👍"], "bad": ["👎"]})
    assert (found.name if found else None) == name


def test_one_phrase_of_two_choices_is_no_answer() -> None:
    assert match.closest("red", {"a": ["red"], "b": ["Red"]}) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True), ("Yes, please!", True), ("ok", True), ("of course", True), ("that is right", True),
        ("no", False), ("No.", False), ("nope", False), ("not really", False), ("no thank you", False),
        ("I do not think so", False), ("I don't", False), ("absolutely", True), ("of course not", False),
        ("no problem", None), ("why not", None), ("no doubt", None),
        ("I don't know", None), ("no idea", None), ("do not know yet", None),
        ("perhaps", None), ("yes and no", None), ("", None), ("yesterday", None), ("nobody", None),
    ],
)  # fmt: skip
def test_yes_no(text: str, value: bool | None) -> None:
    assert match.yes_no(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123", "123"), ("0 30 / 12-34", "0301234"), ("+49 30 1234", "49301234"), ("one two three", "123"),
        ("double five one", "551"), ("triple oh seven", "0007"), ("five double", None), ("double 55", None),
        ("twelve", None), ("12a", None), ("", None), ("double double five", None), ("٣٤", None),
    ],
)  # fmt: skip
def test_digits(text: str, value: str | None) -> None:
    assert match.digits(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("42", 42), ("-3", -3), ("1,200.5", 1200.5), ("0.5", 0.5), ("007", 7),
        ("twenty-one", 21), ("two hundred and five", 205), ("a hundred", 100), ("minus four", -4),
        ("three thousand two hundred", 3200), ("one million", 1_000_000), ("zero", 0),
        ("twenty thirty", None), ("five six", None), ("hundred", None), ("1 2", None), ("ten five", None),
        ("1e9", None), ("nan", None), ("", None), ("about 5", None), ("9" * 40, None), ("٣", None),
    ],
)  # fmt: skip
def test_number(text: str, value: float | None) -> None:
    assert match.number(text) == value


@given(st.text(max_size=80))
def test_any_text_is_matched_or_not(text: str) -> None:
    found = match.closest(text, CHOICES)
    assert found is None or (found.name in CHOICES and match.threshold <= found.score <= 1)
    assert match.yes_no(text) in (True, False, None)
    digits = match.digits(text)
    assert digits is None or (digits.isascii() and digits.isdigit())
    match.number(text)
