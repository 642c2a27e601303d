"""The key collector against a reference that reads the rules off a whole time line."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from botkit.flow.keys import KeyCollector, KeysResult
from botkit.model.inputs import KeysEnded
from botkit.model.questions import KeyRules

DIGITS, PARTIAL, NONE = KeysEnded.DIGITS, KeysEnded.PARTIAL, KeysEnded.NONE

Outcome = tuple[str, KeysEnded, float, str]
"""Digits, how it ended, when, and the key left over."""


def play(rules: KeyRules, prompt_end: float, keys: list[tuple[float, str]]) -> Outcome:
    """Drive a collector as a runtime does: timers fire when they are due, unless a key comes first."""
    collector = KeyCollector(rules)
    happenings = sorted([(at, 1, key) for at, key in keys] + [(prompt_end, 0, "")])
    for at, _, key in happenings:
        due = collector.deadline
        if due is not None and due < at:
            result = collector.expire(due)
            assert result is not None
            return result.digits, result.ended, due, result.unused
        if not key:
            collector.prompt_ended(at)
        elif (result := collector.key(key, at)) is not None:
            assert collector.deadline is None
            assert collector.key("1", at) is None
            return result.digits, result.ended, at, result.unused
    due = collector.deadline
    assert due is not None
    assert collector.expire(due - 0.001) is None
    result = collector.expire(due)
    assert result is not None
    return result.digits, result.ended, due, result.unused


T = KeyRules(minimum=2, maximum=4, terminator="#", timeout=5, inter_digit_timeout=3, cap=60)
MENU = KeyRules(choices=("1", "12", "3"), maximum=2, timeout=5, inter_digit_timeout=3)
TERM = KeyRules(minimum=2, maximum=2, terminator="#", timeout=5, inter_digit_timeout=3, term_timeout=1)


@pytest.mark.parametrize(
    ("rules", "prompt_end", "keys", "expected"),
    [
        (T, 2, [], ("", NONE, 7, "")),
        (T, 2, [(3, "1"), (4, "2"), (5, "3"), (6, "4")], ("1234", DIGITS, 6, "")),
        (T, 2, [(3, "1"), (4, "2"), (5, "#")], ("12", DIGITS, 5, "")),
        (T, 2, [(3, "1"), (4, "#")], ("1", PARTIAL, 4, "")),
        (T, 2, [(3, "#")], ("", PARTIAL, 3, "")),
        (T, 2, [(3, "1"), (4, "2")], ("12", DIGITS, 7, "")),
        (T, 2, [(3, "1")], ("1", PARTIAL, 6, "")),
        # the first-key timer stops at the first key
        (T, 2, [(6.9, "1"), (9.8, "2")], ("12", DIGITS, 12.8, "")),
        # type-ahead: keys before the prompt's end run the inter-digit timer, whatever the prompt does
        (T, 20, [(1, "1"), (2, "2")], ("12", DIGITS, 5, "")),
        (T, 20, [(19, "1")], ("1", PARTIAL, 22, "")),
        # the hard cap comes last
        (KeyRules(maximum=40, inter_digit_timeout=3, cap=5), 0, [(n, "1") for n in range(1, 9)],
         ("111111", DIGITS, 6, "")),
        (MENU, 0, [(1, "3")], ("3", DIGITS, 1, "")),
        (MENU, 0, [(1, "1")], ("1", DIGITS, 4, "")),
        (MENU, 0, [(1, "1"), (2, "2")], ("12", DIGITS, 2, "")),
        (MENU, 0, [(1, "7")], ("7", DIGITS, 1, "")),
        (MENU, 0, [(1, "1"), (2, "5")], ("15", DIGITS, 2, "")),
        (TERM, 0, [(1, "1"), (2, "2")], ("12", DIGITS, 3, "")),
        (TERM, 0, [(1, "1"), (2, "2"), (2.5, "#")], ("12", DIGITS, 2.5, "")),
        (TERM, 0, [(1, "1"), (2, "2"), (2.5, "3")], ("12", DIGITS, 2.5, "3")),
    ],
)  # fmt: skip
def test_table(rules: KeyRules, prompt_end: float, keys: list[tuple[float, str]], expected: Outcome) -> None:
    assert play(rules, prompt_end, keys) == expected


def test_a_late_key_is_left_for_the_next_question() -> None:
    collector = KeyCollector(T)
    collector.prompt_ended(0)
    assert collector.key("1", 1) is None
    assert collector.key("2", 4.5) == KeysResult(digits="1", ended=PARTIAL, unused="2")


def test_what_is_no_key_is_nothing() -> None:
    collector = KeyCollector(T)
    assert collector.key("x", 1) is None
    assert collector.deadline is None
    assert collector.expire(1000) is None


def reference(rules: KeyRules, prompt_end: float, keys: list[tuple[float, str]]) -> Outcome:
    """The same, by looking at the time line as a whole."""
    taken = ""
    first = None
    wait_end = prompt_end + rules.timeout
    for at, key in keys:
        if first is None and at > prompt_end and at > wait_end:
            return "", NONE, wait_end, ""
        if first is not None and at > wait_end:
            break
        if key == rules.terminator:
            good = len(taken) >= rules.minimum or taken in rules.choices
            return taken, DIGITS if good else PARTIAL, at, ""
        full = len(taken) >= rules.maximum if not rules.choices else (
            taken in rules.choices and not any(c != taken and c.startswith(taken) for c in rules.choices)
        )  # fmt: skip
        if taken and full:
            return taken, DIGITS, at, key
        first = at if first is None else first
        taken += key
        longer = [c for c in rules.choices if c.startswith(taken)]
        if rules.choices and not longer:
            return taken, DIGITS if len(taken) >= rules.minimum else PARTIAL, at, ""
        full = longer == [taken] if rules.choices else len(taken) >= rules.maximum
        if full and rules.term_timeout == 0:
            return taken, DIGITS, at, ""
        wait_end = min(at + (rules.term_timeout if full else rules.inter_digit_timeout), first + rules.cap)
    if first is None:
        return "", NONE, wait_end, ""
    good = len(taken) >= rules.minimum or taken in rules.choices
    return taken, DIGITS if good else PARTIAL, wait_end, ""


quarter = st.integers(0, 60).map(lambda n: n / 4)


@st.composite
def situations(draw: st.DrawFn) -> tuple[KeyRules, float, list[tuple[float, str]]]:
    choices = tuple(draw(st.lists(st.text("123", min_size=1, max_size=3), max_size=4, unique=True)))
    low = 1 if choices else draw(st.integers(1, 4))
    rules = KeyRules(
        minimum=low,
        maximum=max(map(len, choices)) if choices else low + draw(st.integers(0, 3)),
        terminator=draw(st.sampled_from(["", "#"])),
        choices=choices,
        timeout=draw(st.sampled_from([1.0, 5.0])),
        inter_digit_timeout=draw(st.sampled_from([0.75, 3.0])),
        term_timeout=draw(st.sampled_from([0.0, 0.5, 2.0])),
        cap=draw(st.sampled_from([2.0, 60.0])),
    )
    times = sorted(draw(st.lists(quarter, max_size=8, unique=True)))
    prompt_end = draw(st.integers(0, 30).map(lambda n: n / 4 + 0.1))
    return rules, prompt_end, [(at, draw(st.sampled_from("123#"))) for at in times]


def check_against_reference(count: int) -> None:
    @seed(int(os.environ.get("PROPERTY_SEED", "1")))
    @settings(max_examples=count, deadline=None, database=None)
    @given(situations())
    def case(situation: tuple[KeyRules, float, list[tuple[float, str]]]) -> None:
        compare(*situation)

    case()


def test_reference() -> None:
    check_against_reference(500)


@pytest.mark.property
def test_reference_at_length() -> None:
    check_against_reference(5000)


def compare(rules: KeyRules, prompt_end: float, keys: list[tuple[float, str]]) -> None:
    if not rules.terminator and any(key == "#" for _, key in keys) and rules.choices == ():
        keys = [(at, key) for at, key in keys if key != "#"]
    assert play(rules, prompt_end, keys) == pytest.approx(reference(rules, prompt_end, keys))
