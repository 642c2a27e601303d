"""Flow files to a `FlowSet`. Loading is checking: what loads, runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from botkit.model.findings import Finding, Severity

from . import checks, configuration, slot_types
from .across import check_across, check_starts
from .allowing import allowed_by
from .calendars import Calendar
from .cases import impossible_cases
from .document import DocumentError, Location, Source, did_you_mean
from .document import Mapping as Keys
from .expressions import Scope
from .extensions import Extensions
from .fields import Reading
from .flowfile import FlowFile
from .flowset import Command, Flow, FlowSet, Start, StartKind
from .linking import Linker
from .match import normalise
from .quoting import doubts
from .schedules import Schedule
from .scheduling import calendar_findings, calendars_named, schedules_of
from .slot_types import SlotType
from .source import parse_document, read_document
from .starts import ByPerson
from .steps import verbs as own_verbs
from .steps.base import Step, registry
from .tongues import Tongues, check_languages, unspoken
from .validation import check
from .versions import versions_of
from .vocabulary import Vocabulary, unknown_words
from .webhooks import check_bodies, check_webhooks
from .wording import Wording


class FlowFileError(DocumentError):
    """Flow files say something that cannot be; `findings` has every fault with its place and remedy."""


class Abilities(Protocol):
    """What of a connector's `Capabilities` matters to flows."""

    @property
    def forms(self) -> bool:
        """Whether forms can be shown; else questions are worded with what can be chosen."""
        ...


@dataclass(slots=True)
class _File:
    """One file that has the right shape."""

    document: Keys
    content: FlowFile
    reading: Reading

    @property
    def at(self) -> Location:
        return self.document.key_at("flow")


def load_flows(
    paths: Sequence[Path],
    *,
    config: Mapping[str, Mapping[str, object]] | None = None,
    complete: bool = True,
    extensions: Extensions | None = None,
    handlers: Collection[str] | None = None,
    secrets: Collection[str] | None = None,
    receivers: Collection[str] | None = None,
    webhooks: Collection[str] | None = None,
    calendars: Mapping[str, Calendar] | None = None,
    capabilities: Abilities | None = None,
    language: str = "",
    hears: Callable[[str], bool] | None = None,
    speaks: Callable[[str], bool] | None = None,
    vocabulary: Vocabulary | None = None,
    texts: Mapping[str, str] | None = None,
) -> FlowSet:
    """Read and check flow files; a directory means all its `*.yaml`.

    `config` is bot.yaml's block of that name, flow -> name -> value; None = not known, then what is required
    is not missed. `complete` tells whether these are all flows of the bot; if not, `config` may hold blocks
    for others. `extensions` are what plugins add. `handlers` are the names `run` may use,
    `secrets`, `receivers`, `webhooks` and `calendars` those of bot.yaml; None = not known.
    `language` is the bot's, for flows that name none. `hears` tells whether speech in a language is
    understood, `speaks` whether a voice has it; None = every one. `vocabulary` tells the words that the
    recogniser lacks; None = not known.
    With `texts`, path -> text, the files are these, and nothing is read.
    Raises `FlowFileError` with everything that is wrong.
    """
    extensions = extensions or Extensions()
    verbs = registry([*own_verbs, *extensions.verbs])
    types = slot_types.registry([*slot_types.slot_types, *extensions.slot_types])
    files, findings = _read_all(paths, verbs, types, extensions.scope(), texts)
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise FlowFileError(findings)
    flows: dict[str, Flow] = {}
    views: dict[str, _File] = {}
    schedules: list[Schedule] = []
    for file in files:
        given = None if config is None else config.get(file.content.flow, {})
        linked, faults = _link(file, given, capabilities, language, hears)
        findings += [*faults, *_check_secrets(file, secrets)]
        timed, faults = _scheduled(file, linked[0].config, calendars, known=config is not None)
        schedules += timed
        findings += faults
        flows.update({flow.name: flow for flow in linked})
        views[file.content.flow] = file
    if config is not None and complete:
        findings += configuration.check_flow_names(config, views)
    starts, faults = _starts(files, flows, known=config is not None)
    findings += faults
    calls, faults = checks.calls_between(flows)
    findings += faults
    by_calls = {start.flow for start in starts if start.kind is StartKind.CALL_INCOMING}
    on_calls = checks.reached(calls, by_calls | checks.dialled(flows))
    findings += check_across(starts, flows, handlers, receivers, calls, on_calls)
    findings += check_starts(starts, flows)
    findings += check_webhooks(starts, webhooks)
    findings += [
        fault for file in files for fault in check_bodies(file.reading.templates, file.content.start)
    ]
    findings += [finding for flow in flows.values() for check in extensions.checks for finding in check(flow)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise FlowFileError(set(findings))
    heard = [flow for name, flow in flows.items() if name in on_calls]
    findings += unspoken(heard, speaks) if speaks is not None else ()
    findings += unknown_words(heard, vocabulary) if vocabulary is not None else ()
    warnings = tuple(sorted(set(findings), key=lambda finding: finding.place))
    versions = versions_of(flows, config)
    for flow in flows.values():
        flow.hash = versions[flow.root].id
    named = calendars_named(template for file in files for template in file.reading.templates)
    return FlowSet(
        flows=flows,
        starts=tuple(starts),
        schedules=tuple(schedules),
        calendars=named if calendars is None else calendars,
        warnings=warnings,
        versions=versions,
    )


def _starts(
    files: Sequence[_File], flows: Mapping[str, Flow], *, known: bool
) -> tuple[list[Start], list[Finding]]:
    """What starts flows, and who may; `known` = the values of `config` are."""
    starts: list[Start] = []
    findings: list[Finding] = []
    for file in files:
        name = file.content.flow
        for entry in file.content.start:
            options = entry.options
            entries = options.allow if isinstance(options, ByPerson) else None
            allowed, faults = allowed_by(entries, flows[name].config, known=known)
            findings += faults
            starts.append(Start(kind=entry.kind, flow=name, options=options, allowed=allowed))
    return starts, findings


def _read_all(
    paths: Sequence[Path],
    known: Mapping[str, type[Step]],
    types: Mapping[str, type[SlotType]],
    scope: Scope,
    texts: Mapping[str, str] | None,
) -> tuple[list[_File], list[Finding]]:
    files: list[_File] = []
    findings: list[Finding] = []
    by_name: dict[str, _File] = {}
    for path in expand(paths, findings) if texts is None else map(Path, texts):
        reading = Reading(verbs=known, scope=scope, slot_types=types)
        try:
            document = read_document(path) if texts is None else parse_document(texts[str(path)], str(path))
        except DocumentError as error:
            findings += error.findings
            continue
        findings += doubts(document)
        content, faults = check(document, FlowFile, context=reading)
        findings += [*faults, *reading.findings]
        if content is None:
            continue
        file = _File(document, content, reading)
        if content.flow in by_name:
            message = f"The flow `{content.flow}` is in {by_name[content.flow].at.place.file} too."
            findings.append(file.at.finding("duplicate-flow", message, "Rename one of them."))
        by_name.setdefault(content.flow, file)
        files.append(file)
    return files, findings


def expand(paths: Sequence[Path], findings: list[Finding]) -> list[Path]:
    """The files that `load_flows` reads; what is wrong with the paths goes to `findings`."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.yaml"))
            if not inside:
                at = Location(Source(str(path), ()), 1, 1)
                findings.append(at.finding("no-flows", "The folder has no `*.yaml`.", "Check the path."))
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _link(
    file: _File,
    config: Mapping[str, object] | None,
    capabilities: Abilities | None,
    usual_language: str,
    hears: Callable[[str], bool] | None,
) -> tuple[list[Flow], list[Finding]]:
    """The flows of one file, in their final shape."""
    content = file.content
    slots = dict(content.slots)
    findings: list[Finding] = []
    for name, inner in content.flows.items():
        for slot in inner.slots.keys() & slots.keys():
            message = f"The slot `{slot}` of `{name}` is declared twice in this file."
            findings.append(
                file.at.finding("duplicate-slot", message, "Flows of a file share slots: keep one.")
            )
        slots.update(inner.slots)
    values, faults = configuration.values_of(content, file.document, config)
    findings += faults

    linkers: dict[str, tuple[Linker, int, dict[str, int]]] = {}
    for name, part in content.inner().items():
        linker = Linker()
        first = linker.body(part.steps)
        when = {event: linker.body(body, f"when.{event}.") for event, body in part.when.items()}
        linkers[name] = linker, first, when
    owners = {step_id: name for name, (linker, _, _) in linkers.items() for step_id in linker.named}
    flows: list[Flow] = []
    tongues = Tongues(content, file.document, values, usual_language, known=config is not None)
    for name, part in content.inner().items():
        linker, first, when = linkers[name]
        elsewhere = {step_id: owner for step_id, owner in owners.items() if owner != name}
        linker.resolve(elsewhere)
        for new in part.migrations.values():
            linker.known(new, new.at or file.at, elsewhere)
        spoken, changing, initial = tongues.of(None if part is content else part.language, hears)
        wordings = [tongue.wording for tongue in spoken]
        commands = _commands(file, linker, owners, wordings) if part is content else ()
        findings += linker.findings
        flows.append(
            Flow(
                name=name,
                root=content.flow,
                at=file.at,
                title=part.title,
                ops=tuple(linker.ops),
                by_id={op.id: op for op in linker.ops},
                first=first,
                when=when,
                commands=commands,
                slots=slots,
                config=values,
                inputs=tuple(part.inputs),
                outputs=tuple(part.outputs),
                limits=content.limits,
                asking=content.asking,
                forms=capabilities is None or capabilities.forms,
                tongues=spoken,
                languages=changing,
                initial=initial,
                messages=content.messages,
                on_change=content.on_change,
                migrations={old: str(new) for old, new in part.migrations.items()},
            )
        )
    findings += [*_check_file(file, slots), *impossible_cases(flows), *tongues.findings]
    findings += check_languages(content, file.document, file.reading, flows)
    return flows, findings


def _spoken(name: str, words: Sequence[str], wording: Wording, position: int | None) -> frozenset[str]:
    """What means a global in a language; what it does without a place to go to has words of botkit's own."""
    own = wording.words(name) if position is None else ()
    return frozenset(filter(None, map(normalise, (name.replace("_", " "), *words, *own))))


def _commands(
    file: _File, linker: Linker, owners: Mapping[str, str], wordings: Sequence[Wording]
) -> Sequence[Command]:
    commands: list[Command] = []
    keys: dict[str, str] = {}
    where = file.document.get("globals")
    for name, entry in file.content.globals.items():
        at = where.key_at(name) if isinstance(where, Keys) else file.at
        position = None
        if entry.go is not None:
            position = linker.target(
                entry.go, entry.go.at or at, {**owners, **dict.fromkeys(linker.named, "")}
            )
        elif name not in ("repeat", "cancel"):
            message = f"The global `{name}` does not say where to go."
            linker.findings.append(at.finding("global-without-target", message, "Add `go: STEP`."))
        if entry.key:
            if entry.key in keys:
                message = f"The key {entry.key} belongs to `{keys[entry.key]}` too."
                linker.findings.append(at.finding("key-clash", message, "Give each a key of its own."))
            keys[entry.key] = name
        spoken = {
            wording.language: _spoken(name, entry.words.on(wording.language), wording, position)
            for wording in wordings
        }
        commands.append(Command(name=name, at=at, key=entry.key or "", spoken=spoken, position=position))
    return commands


def _check_file(file: _File, slots: Collection[str]) -> list[Finding]:
    content, reading = file.content, file.reading
    findings: list[Finding] = []
    for name in reading.slot_names:
        if name not in slots:
            declare = f"Declare it: `slots: {{{name}: {{ask: ...}}}}`."
            remedy = did_you_mean(name, slots) if slots else declare
            findings.append(name.at.finding("undeclared-slot", f"There is no slot `{name}`.", remedy))
    inputs = {name for part in content.inner().values() for name in part.inputs}
    declared = {*slots, *reading.results, *inputs}
    for output in {name for part in content.inner().values() for name in part.outputs} - declared:
        message = f"The output `{output}` is neither a slot nor filled by a step."
        findings.append(file.at.finding("undeclared-name", message, did_you_mean(output, declared)))
    findings += checks.check_names(reading.templates, declared, content.config.keys(), file.at)
    return findings


def _check_secrets(file: _File, known: Collection[str] | None) -> list[Finding]:
    """Secrets that bot.yaml does not have."""
    findings: list[Finding] = []
    for name, at in file.reading.secrets:
        if known is not None and name not in known:
            add = f"Add `secrets: {{{name}: ${{VARIABLE}}}}` to bot.yaml."
            remedy = did_you_mean(name, known) if known else add
            message = f"There is no secret `{name[:40]}`."
            findings.append((at or file.at).finding("unknown-secret", message, remedy))
    return findings


def _scheduled(
    file: _File,
    config: Mapping[str, object],
    calendars: Mapping[str, Calendar] | None,
    *,
    known: bool,
) -> tuple[list[Schedule], list[Finding]]:
    content, at = file.content, file.at
    made, findings = schedules_of(
        content.flow, content.start, config, calendars or {}, known=known, fallback=at
    )
    if calendars is not None:
        options = [entry.schedule for entry in content.start if entry.schedule is not None]
        findings += calendar_findings(file.reading.templates, options, calendars, at)
    return made, findings
