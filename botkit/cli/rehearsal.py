"""What flows say on a call whoever calls: every step tried by itself, nothing known but the config."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from botkit.flow.flowset import Flow, FlowSet, Op, Tongue
from botkit.flow.running import Running
from botkit.flow.steps.choose import Choose
from botkit.flow.steps.collect import Collect
from botkit.flow.steps.confirm import Confirm
from botkit.flow.steps.filling import Filling
from botkit.flow.steps.question import Question
from botkit.flow.steps.recording import Record
from botkit.flow.templates import Template
from botkit.model.effects import Ask, Effect, Play, Say
from botkit.model.session import Channel, Session

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text that is always the same."""

    text: str
    language: str
    """BCP 47; empty = the bot's."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What flows say."""

    prompts: tuple[Prompt, ...]
    """In the order of the files, each once."""
    files: tuple[str, ...]
    """Paths of what they play."""
    varying: tuple[str, ...]
    """`FILE:LINE` of the texts that depend on the caller or the moment."""


class _Varies(Exception):
    """The text depends on more than the config."""


class _Trial(Running):
    """One step of one flow, on a call that was answered."""

    def __init__(self, flows: FlowSet, flow: Flow, op: Op, now: datetime, language: str) -> None:
        session = Session(id="rehearsal", channel=Channel.CALL, flow=flow.name)
        super().__init__(flows, session, now)
        self.answered = True
        self.speaks.told = language
        self.push(flow, own_scope=True)
        self.at(op)

    def words(self, template: Template, *, written: bool = False) -> str:
        if any(self._varies(path) for path in template.names):
            raise _Varies
        return super().words(template, written=written)

    def _varies(self, path: tuple[str, ...]) -> bool:
        if path[0] == "messages" and len(path) > 1:
            texts = self.flow.messages[path[1]].templates()
            return any(self._varies(inner) for text in texts for inner in text.names)
        return path[0] not in ("config", "language")


def rehearse(flows: FlowSet, now: datetime) -> Rehearsed:
    """Every text and every file that `flows` can be known to say and play. `now` is aware."""
    prompts: dict[Prompt, None] = {}
    files: dict[str, None] = {}
    varying: dict[str, None] = {}
    for flow in flows.flows.values():
        for op in flow.ops:
            if Channel.CALL not in op.channels:
                continue
            for effects, varies in _tried(flows, flow, op, now):
                if varies:
                    varying[f"{op.at.source.file}:{op.at.line}"] = None
                prompts.update(dict.fromkeys(_prompts(effects)))
                files.update({effect.file: None for effect in effects if isinstance(effect, Play)})
        for tongue in flow.tongues:
            last_words = map(tongue.wording.text, ("apology", "goodbye", "cancelled"))
            prompts.update(dict.fromkeys(Prompt(text, tongue.language) for text in last_words))
    return Rehearsed(tuple(prompts), tuple(files), tuple(varying))


def _tried(flows: FlowSet, flow: Flow, op: Op, now: datetime) -> Iterator[tuple[list[Effect], bool]]:
    """What each of the step's parts says in each language, and whether it says something that varies."""
    for tongue in flow.tongues:
        for part in _parts(op, tongue):
            run = _Trial(flows, flow, op, now, tongue.language)
            try:
                part(run)
            except _Varies:
                yield run.effects, True
            except Exception as fault:  # a plugin's verb may do anything
                log.debug("%s:%s needs what only a call has: %r", op.at.source.file, op.at.line, fault)
                yield run.effects, False
            else:
                yield run.effects, False


def _prompts(effects: Iterable[Effect]) -> Iterator[Prompt]:
    for effect in effects:
        if isinstance(effect, Say):
            yield Prompt(effect.text, effect.language)
        elif isinstance(effect, Ask):
            yield Prompt(effect.question.prompt, effect.question.language)


Part = Callable[[_Trial], object]


def _parts(op: Op, tongue: Tongue) -> Iterator[Part]:
    step, wording = op.step, tongue.wording
    yield step.enter
    if isinstance(step, Question):
        yield from map(_saying, wording.failures("no_input") if step.no_input is None else step.no_input)
        yield from map(_saying, wording.failures("no_match") if step.no_match is None else step.no_match)
    if isinstance(step, Choose):
        yield from _doubts(words[1] for words in step.menu(tongue.language).phrases.values())
    if isinstance(step, Confirm):
        yield from _doubts(wording.text(name).lower() for name in ("yes", "no"))
    if isinstance(step, Filling):
        names = step.collect if isinstance(step, Collect) else step.slots if isinstance(step, Confirm) else ()
        yield from (_slot(step, name) for name in names)
    if isinstance(step, Record) and step.review:
        yield lambda run: step.ask(run, {}, 0)
        yield from map(_saying, (wording.text("no_input"), wording.text("no_match")))


def _saying(text: Template | str) -> Part:
    return lambda run: run.say(text if isinstance(text, str) else run.words(text))


def _doubts(labels: Iterable[str]) -> Iterator[Part]:
    """Whether this was said."""
    return (_doubt(label) for label in labels)


def _doubt(label: str) -> Part:
    def ask(run: _Trial) -> None:
        if run.tongue.hears:
            run.say(run.wording.did_you_say(label))

    return ask


def _slot(step: Filling, name: str) -> Part:
    def ask(run: _Trial) -> None:
        run.ask(step.slot_question(run, name), 0.0, {})
        slot = run.flow.slots[name]
        for doubt in _doubts(words[1] for words in slot.kind.phrases(run.language).values()):
            doubt(run)

    return ask
