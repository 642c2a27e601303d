"""What flows say on a call whoever calls: every step tried by itself, nothing known but the config."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from botkit.flow import wording
from botkit.flow.flowset import Flow, FlowSet, Op
from botkit.flow.options import all_phrases
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

    def __init__(self, flows: FlowSet, flow: Flow, op: Op, now: datetime) -> None:
        session = Session(id="rehearsal", channel=Channel.CALL, flow=flow.name)
        super().__init__(flows, session, now)
        self.answered = True
        self.push(flow, own_scope=True)
        self.at(op)

    def words(self, template: Template, *, written: bool = False) -> str:
        if any(path[0] != "config" for path in template.names):
            raise _Varies
        return super().words(template, written=written)


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
        last_words = (wording.apology, wording.goodbye, wording.cancelled)
        prompts.update(dict.fromkeys(Prompt(text, flow.language) for text in last_words))
    return Rehearsed(tuple(prompts), tuple(files), tuple(varying))


def _tried(flows: FlowSet, flow: Flow, op: Op, now: datetime) -> Iterator[tuple[list[Effect], bool]]:
    """What each of the step's parts says, and whether it says something that varies."""
    for part in _parts(op):
        run = _Trial(flows, flow, op, now)
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


def _parts(op: Op) -> Iterator[Part]:
    step = op.step
    yield step.enter
    if isinstance(step, Question):
        yield from (
            _saying(text) for text in (step.no_input if step.no_input is not None else wording.no_input)
        )
        yield from (
            _saying(text) for text in (step.no_match if step.no_match is not None else wording.no_match)
        )
    if isinstance(step, Choose):
        yield from _doubts(words[1] for words in step.phrases.values())
    if isinstance(step, Confirm):
        yield from _doubts((wording.yes.lower(), wording.no.lower()))
    if isinstance(step, Filling):
        names = step.collect if isinstance(step, Collect) else step.slots if isinstance(step, Confirm) else ()
        yield from (_slot(step, name) for name in names)
    if isinstance(step, Record) and step.review:
        yield lambda run: step.ask(run, {}, 0)
        yield from map(_saying, (wording.no_input[0], wording.no_match[0]))


def _saying(text: Template | str) -> Part:
    return lambda run: run.say(text if isinstance(text, str) else run.words(text))


def _doubts(labels: Iterable[str]) -> Iterator[Part]:
    """Whether this was said."""
    return (_doubt(label) for label in labels)


def _doubt(label: str) -> Part:
    def ask(run: _Trial) -> None:
        if run.flow.hears:
            run.say(wording.did_you_say(label))

    return ask


def _slot(step: Filling, name: str) -> Part:
    def ask(run: _Trial) -> None:
        run.ask(step.slot_question(run, name), 0.0, {})
        slot = run.flow.slots[name]
        if slot.type == "choice":
            for doubt in _doubts(words[1] for words in all_phrases(slot.options).values()):
                doubt(run)

    return ask
