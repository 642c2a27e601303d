"""What can be chosen at one moment and could be taken for something else: by its key, or by its sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .asking import Listen
from .flowset import Command, Flow, Op
from .match import normalise
from .match.sounds import likeness
from .steps.choose import Choose
from .steps.collect import Collect
from .steps.confirm import Confirm
from .steps.question import Question, yes_no_keys

alike = 0.86
"""Likeness of sounds from which it is chance which of two phrases a recogniser writes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    called: str
    """For people."""
    key: str
    phrases: Mapping[str, Sequence[str]]
    """Language -> what means it, normalised."""
    leads_to: int | None = None
    """Where it goes, if it says so."""


def check_menus(flow: Flow, commands: Sequence[Command]) -> Iterator[Finding]:
    """Keys and words of a flow that callers come to. `commands`: the globals of its file."""
    languages = [tongue.language for tongue in flow.tongues if tongue.hears]
    of_globals = [
        Choice(
            f"the global `{command.name}`",
            command.key,
            {language: sorted(command.phrases(language)) for language in languages},
            command.position,
        )
        for command in commands
    ]
    for op in flow.ops:
        step = op.step
        if not isinstance(step, Question) or Channel.CALL not in op.channels:
            continue
        listen = step.listen or flow.asking.listen or Listen.BOTH
        for own in _menus(flow, op, languages):
            if listen is not Listen.SPEECH:
                yield from _keys(flow, op, step, own, of_globals)
            if listen is not Listen.KEYS:
                for language in filter(_is_english, languages):
                    yield from _sounds(op, own, of_globals, language)


def _is_english(language: str) -> bool:
    """Only the sounds of English are known."""
    return not language or language.partition("-")[0].lower() == "en"


def _menus(flow: Flow, op: Op, languages: Iterable[str]) -> Iterator[list[Choice]]:
    step = op.step
    if isinstance(step, Choose):
        yield [
            Choice(
                f"`{name}`",
                step.keys.get(name, ""),
                {language: _normal(step.menu(language).phrases[name]) for language in languages},
                op.branches.get(f"go.{name}"),
            )
            for name in step.options
        ]
    elif isinstance(step, Confirm):
        yield [Choice(f"a {'yes' if yes else 'no'}", key, {}) for key, yes in yes_no_keys.items()]
    names = step.collect if isinstance(step, Collect) else step.slots if isinstance(step, Confirm) else ()
    for slot in (flow.slots[name] for name in names if name in flow.slots):
        keys = slot.kind.keys().choices
        phrases = {language: slot.kind.phrases(language) for language in languages}
        options = list(slot.options) or [""] * len(keys)
        yield [
            Choice(
                f"`{name}`" if name else "an answer",
                key,
                {language: _normal(found.get(name, ())) for language, found in phrases.items()},
            )
            for name, key in zip(options, keys, strict=False)
        ]


def _normal(phrases: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(normalise, phrases))))


def _keys(
    flow: Flow, op: Op, step: Question, own: Sequence[Choice], of_globals: Sequence[Choice]
) -> Iterator[Finding]:
    """Keys of the globals that an answer takes for itself, and keys that can never be finished."""
    if not isinstance(step, Choose):  # it tells of its own
        for choice, command in ((one, other) for one in own for other in of_globals):
            if choice.key and choice.key == command.key:
                message = f"The key {choice.key} of {choice.called} belongs to {command.called} too."
                yield op.at.finding("key-clash", message, "Give the global a key of its own.")
    pause = (
        step.inter_digit_timeout if step.inter_digit_timeout is not None else flow.asking.inter_digit_timeout
    )
    if pause == 0:
        every = [choice for choice in (*own, *of_globals) if choice.key]
        for short, long in ((one, other) for one in every for other in every):
            if long.key != short.key and long.key.startswith(short.key):
                message = (
                    f"Nobody can press {long.key} for {long.called}: {short.key} is {short.called} already."
                )
                remedy = "Give it another key, or leave some `inter_digit_timeout`."
                yield op.at.finding("key-clash", message, remedy)


def _sounds(op: Op, own: Sequence[Choice], of_globals: Sequence[Choice], language: str) -> Iterator[Finding]:
    """Two that sound like one, of which at least one is the question's own. Where two of its own have
    the very same words, the step tells."""
    among_own = [(one, other, False) for one, other in combinations(own, 2)]
    with_globals = [(choice, command, True) for choice in own for command in of_globals]
    for one, other, even_same in among_own + with_globals:
        if one.leads_to is not None and one.leads_to == other.leads_to:
            continue
        found = next(
            (
                (first, second)
                for first in one.phrases.get(language, ())
                for second in other.phrases.get(language, ())
                if (even_same if first == second else _may_be_one(first, second))
            ),
            None,
        )
        if found is not None:
            message = f"`{found[0]}` ({one.called}) and `{found[1]}` ({other.called}) sound alike."
            yield op.at.warning("sounds-alike", message, "Choose words that differ more.")


def _may_be_one(first: str, second: str) -> bool:
    # Of phrases so different in size the sounds are, too.
    longest = max(len(first), len(second))
    return abs(len(first) - len(second)) <= longest // 2 and likeness(first, second) >= alike
