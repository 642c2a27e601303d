"""Scripts as pytest sees them: one test for each script and channel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from botkit.flow.document import DocumentError

from .failure import ScriptFailed
from .files import FOLDER, Case, cases_of, check_against, read_scripts
from .runner import quiet, run_case
from .subject import Subject

_subjects = pytest.StashKey[dict[Path, Subject]]()


def script_file(path: Path, parent: pytest.Collector, bots: Sequence[Path]) -> pytest.Collector | None:
    """What to collect of a YAML file: nothing, unless it stands in the folder of scripts of one of `bots`."""
    for bot in bots:
        if path.is_relative_to(bot.parent / FOLDER):
            file: ScriptFileNode = ScriptFileNode.from_parent(parent, path=path)
            file.bot = bot
            return file
    return None


class ScriptFileNode(pytest.File):
    """A file of scripts."""

    bot: Path

    def collect(self) -> Iterable[pytest.Item]:
        """Raises what is wrong with the file, which pytest tells as an error of its collection."""
        subject = self._subject()
        content = read_scripts(self.path)
        findings = check_against(content, self.path, subject)
        if findings:
            raise DocumentError(findings)
        for case in cases_of(content, self.path):
            item: ScriptItem = ScriptItem.from_parent(self, name=f"{case.name} [{case.channel}]")
            item.case, item.subject = case, subject
            yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        if isinstance(excinfo.value, DocumentError):
            return excinfo.value.paragraph()
        return str(super().repr_failure(excinfo))

    def _subject(self) -> Subject:
        """The bot, read once a session."""
        read = self.session.stash.setdefault(_subjects, {})
        if self.bot not in read:
            read[self.bot] = Subject.read(self.bot)
        return read[self.bot]


class ScriptItem(pytest.Item):
    """One script on one channel."""

    case: Case
    subject: Subject

    def runtest(self) -> None:
        with quiet():
            result = asyncio.run(run_case(self.case, self.subject))
        if result.failure is not None:
            raise ScriptFailed(result.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]
        """The conversation instead of a traceback: nothing of it is in the test's own code."""
        if isinstance(excinfo.value, ScriptFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, self.case.script.place.line - 1, self.name
