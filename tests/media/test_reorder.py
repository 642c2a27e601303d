"""Packets in the order of their numbers, and no delay that stays."""

from __future__ import annotations

import pytest

from botkit.media.reorder import Reorder


def order(*numbers: int) -> list[list[int]]:
    reorder: Reorder[int] = Reorder()
    return [reorder.add(number & 0xFFFF, number) for number in numbers]


@pytest.mark.parametrize(
    ("came", "given"),
    [
        pytest.param((1, 2, 3), [[1], [2], [3]], id="in order"),
        pytest.param((1, 3, 2, 4), [[1], [], [2, 3], [4]], id="two swapped"),
        pytest.param((1, 4, 3, 2, 5), [[1], [], [], [2, 3, 4], [5]], id="the last first"),
        pytest.param((1, 3, 4, 5, 6), [[1], [], [], [3, 4, 5], [6]], id="one lost: nothing waits behind it"),
        pytest.param((1, 3, 4, 5, 2, 6), [[1], [], [], [3, 4, 5], [], [6]], id="too late"),
        pytest.param((1, 2, 2, 3), [[1], [2], [], [3]], id="twice"),
        pytest.param((65_534, 65_536, 65_535, 65_537), [[65_534], [], [65_535, 65_536], [65_537]], id="wrap"),
        pytest.param((1, 3, 20_000, 20_001), [[1], [], [3, 20_000], [20_001]], id="begun anew, far ahead"),
        pytest.param((5_000, 5_002, 10, 11), [[5_000], [], [5_002, 10], [11]], id="begun anew, far behind"),
    ],
)
def test_what_goes_on_at_each_packet(came: tuple[int, ...], given: list[list[int]]) -> None:
    assert order(*came) == given


def test_flush_gives_up_what_is_missing() -> None:
    reorder: Reorder[int] = Reorder()
    reorder.add(1, 1)
    reorder.add(3, 3)
    reorder.add(5, 5)
    assert reorder.flush() == [3, 5]
    assert [reorder.add(4, 4), reorder.add(6, 6)] == [[], [6]]
