"""A bot on a line that fails, by the means of the measurement: nothing lost, nothing twice, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.durability.network import NOTICED_WITHIN, Damage, network, network_figures

pytestmark = pytest.mark.chaos

NONE = Damage(lost=0, doubled=0, disordered=0)


@pytest.mark.parametrize(
    ("fault", "times"),
    [
        ("drop", 5),
        ("drop_again_at_once", 20),
        ("cut_a_frame", 5),
        ("delay", 4),
        ("refuse", 3),
        ("revoke", 4),
        ("restart", 3),
    ],
)
async def test_what_is_written_is_answered_once_and_in_order(tmp_path: Path, fault: str, times: int) -> None:
    async with network(tmp_path, seed=5) as rig:
        await rig.suffer(getattr(rig, fault), times)
        assert await rig.damage() == NONE
        assert rig.written >= times
        assert fault == "delay" or rig.reconnects > 0


async def test_a_dead_line_is_noticed_and_what_it_held_is_not_said_twice(tmp_path: Path) -> None:
    async with network(tmp_path, seed=7) as rig:
        await rig.suffer(rig.half_open, 3)
        assert await rig.damage() == NONE
        assert len(rig.noticed) == 3
        assert max(rig.noticed) < NOTICED_WITHIN


async def test_all_faults_one_after_the_other(tmp_path: Path) -> None:
    async with network(tmp_path, seed=11) as rig:
        for fault in (rig.revoke, rig.cut_a_frame, rig.restart, rig.half_open, rig.refuse, rig.drop):
            await rig.suffer(fault, 1)
        assert await rig.damage() == NONE


def test_every_limit_sees_its_fault() -> None:
    figures = [figure for figure in network_figures(True, True) if figure.limit is not None]
    assert len(figures) == 4
    assert [figure.name for figure in figures if figure.ok] == []
