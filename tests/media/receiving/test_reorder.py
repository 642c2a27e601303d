"""Packets in the order of their numbers, and no delay that stays."""

from __future__ import annotations

import pytest

from botkit.media.receiving.reorder import MOST_HELD, PATIENCE, Reorder

SLOT = 0.02
Given = list[tuple[int, int]]


def order(*numbers: int, spacing: float = SLOT) -> list[list[int]]:
    """What goes on as these packets come, one after the other."""
    reorder: Reorder[int] = Reorder()
    return [
        [item for _, item in reorder.add(number & 0xFFFF, number, place * spacing)]
        for place, number in enumerate(numbers)
    ]


@pytest.mark.parametrize(
    ("came", "given"),
    [
        pytest.param((1, 2, 3), [[1], [2], [3]], id="in order"),
        pytest.param((1, 3, 2, 4), [[1], [], [2, 3], [4]], id="two swapped"),
        pytest.param((1, 4, 3, 2, 5), [[1], [], [], [2, 3, 4], [5]], id="the last first"),
        pytest.param(
            (1, 3, 4, 5, 6, 7), [[1], [], [], [], [3, 4, 5, 6], [7]], id="one lost: none waits behind"
        ),
        pytest.param((1, 3, 4, 5, 2, 6), [[1], [], [], [], [2, 3, 4, 5], [6]], id="60 ms late"),
        pytest.param((1, 3, 4, 5, 6, 2, 7), [[1], [], [], [], [3, 4, 5, 6], [], [7]], id="too late"),
        pytest.param((1, 2, 2, 3), [[1], [2], [], [3]], id="twice"),
        pytest.param((1, 3, 3, 2, 4), [[1], [], [], [2, 3], [4]], id="twice while held"),
        pytest.param((1, 3, 5, 2, 4), [[1], [], [], [2, 3], [4, 5]], id="two holes, both filled"),
        pytest.param((65_534, 65_536, 65_535, 65_537), [[65_534], [], [65_535, 65_536], [65_537]], id="wrap"),
        pytest.param((1, 3, 20_000, 20_001), [[1], [], [3, 20_000], [20_001]], id="begun anew, far ahead"),
        pytest.param((5_000, 5_002, 10, 11), [[5_000], [], [5_002, 10], [11]], id="begun anew, far behind"),
    ],
)
def test_what_goes_on_at_each_packet(came: tuple[int, ...], given: list[list[int]]) -> None:
    assert order(*came) == given


def test_time_alone_ends_the_wait() -> None:
    reorder: Reorder[int] = Reorder()
    reorder.add(1, 1, 0.0)
    reorder.add(4, 4, 1.0)
    assert reorder.waits
    assert reorder.due(1.0 + 0.9 * PATIENCE) == []
    assert reorder.due(1.0 + 1.1 * PATIENCE) == [(2, 4)]
    assert not reorder.waits


def test_each_hole_is_waited_for_as_long_as_its_own_packet_may_come() -> None:
    """3 is lost, and 5: 4 goes on while 6 is still held."""
    reorder: Reorder[int] = Reorder()
    given = [reorder.add(number, number, number * SLOT) for number in (1, 2, 4, 6, 7)]
    assert given == [[(0, 1)], [(0, 2)], [], [], [(1, 4)]]
    assert reorder.due(9 * SLOT) == [(1, 6), (0, 7)]


def test_it_is_told_how_many_are_given_up() -> None:
    reorder: Reorder[int] = Reorder()
    for number in (1, 5, 6):
        reorder.add(number, number, 0.0)
    assert reorder.flush() == [(3, 5), (0, 6)]
    assert [reorder.add(4, 4, 0.1), reorder.add(7, 7, 0.1)] == [[], [(0, 7)]]


def test_no_more_is_held_than_a_flood_may_fill() -> None:
    reorder: Reorder[int] = Reorder()
    given = [each for number in range(1, 2_000, 2) for each in reorder.add(number, number, 0.0)]
    assert len(given) >= 1_000 - MOST_HELD
    assert [item for _, item in given] == list(range(1, 2 * len(given), 2))
