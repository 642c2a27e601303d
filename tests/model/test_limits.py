"""Rates, as an operator writes them."""

from __future__ import annotations

import pytest

from botkit.model.limits import Rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("30/m", Rate(30, 60.0)),
        ("1 / s", Rate(1, 1.0)),
        ("100/d", Rate(100, 86400.0)),
        ("5/h", Rate(5, 3600.0)),
    ],
)
def test_a_rate(text: str, rate: Rate) -> None:
    assert Rate.of(text) == rate
    assert Rate.of(str(rate)) == rate


@pytest.mark.parametrize("text", ["", "30", "0/m", "-1/m", "1.5/m", "30/w", "30/min", "m/30", "9999999/m"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no rate"):
        Rate.of(text)
