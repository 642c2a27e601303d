"""Script files: found, read, and held against the bot that they are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from botkit.flow.document import DocumentError, Scalar, did_you_mean
from botkit.flow.document import Mapping as Keys
from botkit.flow.source import read_document
from botkit.flow.validation import check
from botkit.model.errors import UsageError
from botkit.model.findings import Finding
from botkit.model.session import Channel

from .answering import By
from .shape import Reading, Script, ScriptFile
from .stage import START
from .step import ScriptStep
from .subject import Subject
from .verbs import ScheduleComes, WebhookComes, Writes

FOLDER = "scripts"
"""Where a bot's scripts are looked for, beside its bot.yaml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One script on one channel: what is run."""

    file: ScriptFile
    path: Path
    name: str
    script: Script
    channel: Channel
    by: By | None = None
    """What callers answer by, where the script does not say; None = by key, where there is one."""

    @property
    def title(self) -> str:
        """For people."""
        return f"{self.path}: {self.name} [{self.channel}]"

    @property
    def now(self) -> datetime:
        """When it begins."""
        return self.file.moment(self.script, START)

    @property
    def steps(self) -> list[ScriptStep]:
        """Those that are done on its channel."""
        return [step for step in self.script.steps if step.on(self.channel)]

    @property
    def by_writing(self) -> bool:
        """What the person writes first begins the conversation, or a schedule or a webhook does."""
        first = self.steps[0] if self.steps else None
        by_itself = isinstance(first, ScheduleComes | WebhookComes)
        return by_itself or (isinstance(first, Writes) and not first.who)


def bot_file_of(path: Path) -> Path | None:
    """The bot.yaml that a script file, or a folder of them, belongs to: beside it, or beside the folder
    `scripts` that it is in."""
    whole = path.resolve()
    folders = [whole, *whole.parents]
    names = [folder.name for folder in folders]
    near = folders[: names.index(FOLDER) + 2] if FOLDER in names else folders[:2]
    return next((folder / "bot.yaml" for folder in near if (folder / "bot.yaml").is_file()), None)


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The script files of these files and folders (all `*.yaml` of a folder, inner ones too). Raises
    `UsageError` for a path that is not there, or a folder without any."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.yaml")) if path.is_dir() else [path] if path.is_file() else []
        if not inside:
            fact = "The folder has no `*.yaml`." if path.is_dir() else "There is no such file."
            raise UsageError(fact, where=str(path), remedy="Name a script file, or a folder of them.")
        found += inside
    return list(dict.fromkeys(found))


def read_scripts(path: Path) -> ScriptFile:
    """Read and check one file by itself. Raises `DocumentError` with every finding."""
    document = read_document(path)
    reading = Reading()
    content, faults = check(document, ScriptFile, context=reading)
    findings = [*faults, *reading.findings]
    if content is None:
        raise DocumentError(findings)
    scripts = document["scripts"]
    assert isinstance(scripts, Keys)
    for name, script in content.scripts.items():
        script.placed(scripts.key_at(name))
        findings += _channel_findings(content, script)
    if findings:
        raise DocumentError(findings)
    return content


def check_against(content: ScriptFile, path: Path, subject: Subject) -> list[Finding]:
    """What a file asks of a bot that it has not: a flow, handlers, config values."""
    document = read_document(path)
    flows = subject.flows().flows
    findings: list[Finding] = []
    test = document["test"]
    if content.test not in flows:
        assert isinstance(test, Scalar)
        roots = [name for name in flows if "/" not in name]
        message = f"The bot has no flow `{content.test}`."
        findings.append(test.at.finding("unknown-flow", message, did_you_mean(content.test, roots)))
        return findings
    known = flows[content.test].config
    handlers = subject.hooks().step_handlers
    for part in _parts(document):
        config, mocks = part.get("config"), part.get("mocks")
        for name in config if isinstance(config, Keys) else ():
            if name not in known:
                message = f"The flow `{content.test}` has no config value `{name}`."
                assert isinstance(config, Keys)
                findings.append(
                    config.key_at(name).finding("config-unknown", message, did_you_mean(name, known))
                )
        hours = mocks.get("hours") if isinstance(mocks, Keys) else None
        for name in hours if isinstance(hours, Keys) else ():
            calendars = subject.flows().calendars
            if name not in calendars:
                message = f"The bot has no calendar `{name}`."
                assert isinstance(hours, Keys)
                findings.append(
                    hours.key_at(name).finding("unknown-calendar", message, did_you_mean(name, calendars))
                )
        run = mocks.get("run") if isinstance(mocks, Keys) else None
        for name in run if isinstance(run, Keys) else ():
            if name not in handlers:
                message = f"The bot has no handler `{name}`."
                assert isinstance(run, Keys)
                findings.append(
                    run.key_at(name).finding("unknown-handler", message, did_you_mean(name, handlers))
                )
    return findings


def cases_of(content: ScriptFile, path: Path) -> Iterator[Case]:
    """Each script of a file on each of its channels."""
    for name, script in content.scripts.items():
        for channel in content.channels(script):
            yield Case(file=content, path=path, name=name, script=script, channel=channel)


def _parts(document: Keys) -> Iterator[Keys]:
    """The file itself and its scripts."""
    yield document
    scripts = document["scripts"]
    if isinstance(scripts, Keys):
        yield from (script for script in scripts.values() if isinstance(script, Keys))


def _channel_findings(content: ScriptFile, script: Script) -> Iterator[Finding]:
    for channel in content.channels(script):
        for step in script.steps:
            if step.on(channel) and channel not in step.channels:
                other = Channel.CALL if channel is Channel.CHAT else Channel.CHAT
                if step.who:
                    continue  # whoever else it is may be on the other channel
                message = (
                    f"`{step.verb}` cannot be done on {'chat' if channel is Channel.CHAT else 'a call'}."
                )
                remedy = f"Add `only: {other}` to it, or run the script with `on: [{other}]`."
                yield step.place.finding("wrong-value", message, remedy)
