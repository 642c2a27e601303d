"""Numbers of things."""

from __future__ import annotations

import pytest

from botkit.model.plural import counted


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 events"), (1, "1 event"), (2, "2 events"), (12_345, "12,345 events")]
)
def test_a_number_of_things(number: int, told: str) -> None:
    assert counted(number, "event") == told


def test_a_plural_of_its_own() -> None:
    assert [counted(n, "call waits", "calls wait") for n in (1, 2)] == ["1 call waits", "2 calls wait"]
