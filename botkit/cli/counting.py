"""How many conversations came by each step: those of a bot's scripts, or those that people had with it."""

from __future__ import annotations

from pathlib import Path

from botkit.flow.coverage import Coverage
from botkit.flow.flowset import FlowSet
from botkit.model import codec
from botkit.model.errors import UsageError
from botkit.model.session import Session
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
    reader = StoreReader(settings.file.store, settings.folder)
    coverage = Coverage(flows)
    for row in reader.latest(-1):
        session = codec.load(row.state)
        if isinstance(session, Session):
            turns = (line for line in reader.journal(row.id) if line.kind == "turn")
            coverage.add([reason for turn in turns for reason in reasons_of(turn)], session.channel)
    return coverage
