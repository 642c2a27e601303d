"""How many conversations came by each step: those of a bot's scripts, or those that people had with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from botkit.flow.coverage import Coverage
from botkit.flow.flowset import FlowSet
from botkit.model import codec
from botkit.model.errors import UsageError
from botkit.model.reasons import Reason
from botkit.model.session import Session
from botkit.ports.store import JournalRow
from botkit.runtime.journal import reasons_of


def by_scripts(flows: FlowSet, bot_file: Path) -> Coverage:
    """The scripts beside a bot.yaml, run now. Raises `UsageError` when one of them fails."""
    from botkit.testing.scripts.files import FOLDER
    from botkit.testing.scripts.runner import load_cases, run_cases
    from botkit.testing.scripts.subject import Subject

    subject = Subject.read(bot_file)
    results = run_cases(load_cases([bot_file.parent / FOLDER], subject), subject)
    failed = [result.case.title for result in results if not result.passed]
    if failed:
        raise UsageError(f"The script fails: {failed[0]}.", remedy="`botkit test` tells what is wrong.")
    coverage = Coverage(flows)
    for result in results:
        coverage.add(result.reasons, result.case.channel)
    return coverage


def by_journal(flows: FlowSet, bot_file: Path) -> Coverage:
    """Every session that the bot's database knows. Raises `UsageError`, `StoreError`."""
    from botkit.settings import read_settings
    from botkit.store.reading import StoreReader

    settings = read_settings(bot_file, with_platform=False)
    reader = StoreReader(settings.store_url(), settings.folder)
    coverage = Coverage(flows)
    for row in reader.latest(-1):
        session = codec.load(row.state)
        if isinstance(session, Session):
            reasons = [reason for line in reader.journal(row.id) for reason in _reasons(line)]
            coverage.add(reasons, session.channel)
    return coverage


def _reasons(line: JournalRow) -> Sequence[Reason]:
    """Nothing, for a turn that cannot be read: the others count all the same."""
    try:
        return reasons_of(line) if line.kind == "turn" else ()
    except (KeyError, TypeError, ValueError):
        return ()
