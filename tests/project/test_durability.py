"""The measurement of what a killed bot suffers, in short: within its limits, and out of them with a fault.

That stories stay within theirs is told in `e2e/test_kill`; schedules, webhooks and networks have theirs
beside their tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from benchmarks import Figure
from benchmarks.durability import story_figures
from benchmarks.durability.calls import call_figures
from benchmarks.durability.crowd import crowd_figures
from benchmarks.durability.matrix import CONTROL, QUICK, Plan, kill_everywhere, plan_figures, run, shipped
from benchmarks.durability.stores import WatchedSqlite, sqlite_stores
from benchmarks.store import postgres
from botkit.testing.scripts.runner import quiet
from tests.postgres import Server

pytestmark = pytest.mark.chaos

Part = Callable[[Path, bool, bool], Awaitable[list[Figure]]]
PARTS = [call_figures, crowd_figures]
FAULTY = [story_figures, *PARTS]
SEEN = {
    "story_figures": {"messages_doubled"},
    "call_figures": {"call_ends_lost"},
    "crowd_figures": {"crowd_messages_doubled"},
}
"""What the control's fault has to show."""
ROOT = Path(__file__).parents[2]
HOPELESS = 4.0
"""Seconds after which nobody hopes for what a bot with a fault has forgotten."""


def short(figures: Iterable[Figure]) -> set[str]:
    return {figure.name for figure in figures if not figure.ok}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
async def test_a_killed_bot_goes_on_and_says_nothing_twice(part: Part, tmp_path: Path) -> None:
    assert short(await part(tmp_path, True, False)) == set()


@pytest.mark.parametrize("part", FAULTY, ids=lambda part: part.__name__)
async def test_a_fault_is_seen(part: Part, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.durability.calls.PATIENCE", HOPELESS)
    assert short(await part(tmp_path, True, True)) >= SEEN[part.__name__]


@pytest.mark.parametrize("plan", QUICK, ids=lambda plan: plan.name)
def test_a_bot_dies_between_any_two_writes(
    plan: Plan, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plan.kind == "postgres":
        server: Server = request.getfixturevalue("postgres")
        monkeypatch.setenv(postgres.URL, server.cluster.url())
    figures = {figure.name: figure for figure in plan_figures(plan)}
    assert short(figures.values()) == set()
    assert figures[f"matrix_{plan.name}_points"].value > 10


def test_a_store_that_forgets_is_seen() -> None:
    (plan,) = CONTROL
    assert short(plan_figures(plan)) == {"matrix_sqlite_lost", "matrix_sqlite_doubled", "matrix_sqlite_wrong"}


async def test_a_window_is_told(tmp_path: Path) -> None:
    """Nobody is brought out of a direct conversation twice: the flow goes the way of its failure instead."""
    title = "somebody is put through, on chat [chat]"
    subject, case = next(each for each in shipped() if each[1].title.endswith(title))
    with quiet():
        harm = await kill_everywhere(subject, case, sqlite_stores(tmp_path, WatchedSqlite), 1)
    assert (harm.lost, harm.doubled, harm.wrong, harm.told) == (0, 0, 0, [])
    assert harm.points >= 40
    assert harm.excepted.keys() == {"nobody is brought out of a direct conversation twice"}


def test_all_shipped_flows_are_in() -> None:
    """But for that of a plugin, which would have to be installed."""
    files = [subject.settings for subject, _ in shipped()]
    named = {settings.beside(name).resolve() for settings in files for name in settings.file.flows}
    ships = {*ROOT.glob("flows/*.yaml"), *ROOT.glob("examples/*/flows/*.yaml")}
    left_out = {flow for flow in ships if not named & {flow, flow.parent}}
    assert left_out == {ROOT / "examples" / "plugin" / "flows" / "parcel.yaml"}


async def test_what_begins_a_script_is_met_again_by_the_next_bot(tmp_path: Path) -> None:
    """The first bot dies of the commit of the message that begins it."""
    title = "something is corrected first [chat]"
    subject, case = next(each for each in shipped() if each[1].title.endswith(title))
    with quiet():
        died = await run(subject, case, next(sqlite_stores(tmp_path, WatchedSqlite)), [(4, False)])
    assert (died.failure, died.died) == ("", 1)
