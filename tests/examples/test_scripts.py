"""The scripts of the bots that ship pass, each on its channels."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from botkit.testing.scripts.files import Case
from botkit.testing.scripts.mutating import coverage_of, verdicts
from botkit.testing.scripts.runner import load_cases, quiet, run_case, run_cases
from botkit.testing.scripts.subject import Subject

EXAMPLES = Path(__file__).parents[2] / "examples"
BOTS = sorted(folder.parent for folder in EXAMPLES.glob("*/scripts"))
SUBJECTS = {bot.name: Subject.read(bot / "bot.yaml") for bot in BOTS}
CASES = [
    pytest.param(name, case, id=f"{name}-{case.name}-{case.channel}")
    for name, subject in SUBJECTS.items()
    for case in load_cases([EXAMPLES / name / "scripts"], subject)
]


def test_there_are_scripts_for_each_bot_that_talks() -> None:
    assert {"chatbot", "frontdesk", "ivr"} <= SUBJECTS.keys()


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_script(name: str, case: Case) -> None:
    with quiet():
        result = asyncio.run(run_case(case, SUBJECTS[name]))
    assert result.failure is None, str(result.failure)


@pytest.mark.parametrize("name", SUBJECTS)
def test_they_come_by_every_branch_and_notice_each_that_is_bent(name: str) -> None:
    subject = SUBJECTS[name]
    results = run_cases(load_cases([EXAMPLES / name / "scripts"], subject), subject)
    assert coverage_of(subject, results).missing() == []
    assert [verdict.mutant.change for verdict in verdicts(subject, results) if not verdict.noticed_by] == []
