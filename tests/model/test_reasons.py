"""Why a turn went its way, in words."""

from __future__ import annotations

import pytest

from botkit.model.reasons import because


@pytest.mark.parametrize(
    ("verb", "branch", "words"),
    [("if", "then", "count > 3"), ("if", "else", "count > 3 does not hold"), ("switch", "else", "count > 3")],
)
def test_an_else_was_taken_because_the_condition_does_not_hold(verb: str, branch: str, words: str) -> None:
    assert because(verb, branch, "count > 3") == words
    assert because(verb, branch, "") == ""
