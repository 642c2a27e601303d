"""The measurement of what a killed bot suffers, in short: within its limits, and out of them with a fault.

That stories stay within theirs is told in `e2e/test_kill`; schedules, webhooks and networks have theirs
beside their tests.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import pytest

from benchmarks import Figure
from benchmarks.durability.calls import call_figures
from benchmarks.durability.crowd import crowd_figures
from benchmarks.durability.dialogues import fall_figures, story_figures
from benchmarks.durability.matrix import CONTROL, QUICK, Plan, kill_everywhere, plan_figures, run, shipped
from benchmarks.durability.stores import sqlite_stores
from benchmarks.durability.takeover import takeover_figures
from benchmarks.store import postgres
from botkit.model import codec
from botkit.model.calls import CallCause
from botkit.model.events import CaughtUp
from botkit.model.inputs import HungUp
from botkit.ports.store import InboxRow
from botkit.runtime import places
from botkit.runtime.lost_calls import LostCalls
from botkit.runtime.reposting import Reposting
from botkit.testing.scripts.mutating import coverage_of
from botkit.testing.scripts.runner import quiet, run_cases
from tests.postgres import Server

pytestmark = pytest.mark.chaos

Part = Callable[[Path, bool, bool], Awaitable[list[Figure]]]
PARTS = [call_figures, crowd_figures, takeover_figures]
FAULTY = [story_figures, fall_figures, *PARTS]
ROOT = Path(__file__).parents[2]


def short(figures: Iterable[Figure]) -> set[str]:
    return {figure.name for figure in figures if not figure.ok}


def give_server(plan: Plan, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if plan.kind == "postgres":
        server: Server = request.getfixturevalue("postgres")
        monkeypatch.setenv(postgres.URL, server.cluster.url())


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
async def test_a_killed_bot_goes_on_and_says_nothing_twice(part: Part, tmp_path: Path) -> None:
    assert short(await part(tmp_path, True, False)) == set()


@pytest.mark.parametrize("part", FAULTY, ids=lambda part: part.__name__)
async def test_every_limit_sees_its_fault(part: Part, tmp_path: Path) -> None:
    figures = await part(tmp_path, True, True)
    assert short(figures) == {figure.name for figure in figures if figure.limit is not None}


@pytest.mark.parametrize("plan", QUICK, ids=lambda plan: plan.kind)
def test_a_bot_dies_between_any_two_writes(
    plan: Plan, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_server(plan, request, monkeypatch)
    figures = {figure.name: figure for figure in plan_figures(plan)}
    assert short(figures.values()) == set()
    assert figures[f"matrix_{plan.kind}_points"].value > 10


@pytest.mark.parametrize("plan", CONTROL, ids=lambda plan: plan.kind)
def test_a_store_that_forgets_is_seen(
    plan: Plan, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_server(plan, request, monkeypatch)
    figures = plan_figures(plan)
    assert short(figures) == {figure.name for figure in figures if figure.limit is not None}


async def test_a_window_is_told(tmp_path: Path) -> None:
    """Nobody is brought out of a direct conversation twice: the flow goes the way of its failure instead."""
    title = "somebody is put through, on chat [chat]"
    subject, case = next(each for each in shipped() if each[1].title.endswith(title))
    with quiet():
        harm = await kill_everywhere(subject, case, sqlite_stores(tmp_path), 1)
    assert (harm.lost, harm.doubled, harm.wrong, harm.told) == (0, 0, 0, [])
    assert harm.points >= 40
    assert harm.excepted.keys() == {"nobody is brought out of a direct conversation twice"}


def test_all_shipped_flows_are_in() -> None:
    """Each has scripts that begin it, on a bot that has it."""
    ships = {
        path.resolve()
        for path in (*ROOT.glob("flows/**/*.yaml"), *ROOT.glob("*/**/flows/**/*.yaml"))
        if ".venv" not in path.parts
    }
    played = {
        flow.at.source.file
        for subject, case in shipped()
        for flow in (subject.flows().flows[case.file.test],)
    }
    assert {path.name for path in ships} >= {"parcel.yaml", "table.yaml", "alerts.yaml"}
    assert {Path(file).resolve() for file in played} == ships


def test_each_step_of_a_shipped_flow_is_come_by() -> None:
    """What no script comes by, no bot dies at. Scripts of examples are held to this beside them."""
    subject = next(each for each, _ in shipped() if each.settings.file.bot == "parcel")
    cases = [case for each, case in shipped() if each is subject]
    results = run_cases(cases, subject)
    assert [result.failure for result in results if not result.passed] == []
    assert coverage_of(subject, results).missing() == []


async def test_a_form_that_is_not_put_up_again_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its submission died with the first bot: without a second form nobody makes it again."""

    async def none(self: Reposting, caught_up: CaughtUp) -> None:
        pass

    title = "pasta for three [chat]"
    subject, case = next(each for each in shipped() if each[1].title.endswith(title))
    with quiet():
        harm = await kill_everywhere(subject, case, sqlite_stores(tmp_path), 1)
        monkeypatch.setattr(Reposting, "look", none)
        worse = await kill_everywhere(subject, case, sqlite_stores(tmp_path), 1)
    assert harm.unheard > 0
    assert harm.reposted > harm.unheard
    assert (harm.lost, harm.doubled, harm.wrong, harm.told) == (0, 0, 0, [])
    assert (worse.reposted, worse.wrong) == (0, harm.unheard)


async def test_a_lost_call_that_gets_a_result_first_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result of its handler waits in the inbox when the bot dies."""

    async def behind(self: LostCalls, session_id: str) -> None:
        loss = InboxRow(
            id=f"{session_id}:lost",
            key=places.session_key(session_id),
            payload=codec.dump(HungUp(cause=CallCause.CALL_LOST)),
            at=self._clock.now(),
        )
        await self._ledger.receive(loss)

    title = "a table [call]"
    subject, case = next(each for each in shipped() if each[1].title.endswith(title))
    with quiet():
        harm = await kill_everywhere(subject, case, sqlite_stores(tmp_path), 1)
        monkeypatch.setattr(LostCalls, "_tell", behind)
        worse = await kill_everywhere(subject, case, sqlite_stores(tmp_path), 1)
    assert (harm.lost, harm.doubled, harm.wrong, harm.told) == (0, 0, 0, [])
    assert worse.wrong > 0
    assert all("1 of them too late" in line for line in worse.told)


async def test_what_begins_a_script_is_met_again_by_the_next_bot(tmp_path: Path) -> None:
    """The first bot dies of the commit of the message that begins it."""
    title = "something is corrected first [chat]"
    subject, case = next(each for each in shipped() if each[1].title.endswith(title))
    with quiet():
        died = await run(subject, case, next(sqlite_stores(tmp_path)), [(4, False)])
    assert (died.failure, died.died) == ("", 1)
