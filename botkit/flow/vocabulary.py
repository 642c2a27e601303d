"""Words that a flow lets callers say, and the recogniser does not know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .asking import Listen
from .document import Location
from .flowset import Flow, Op
from .match import normalise
from .steps.choose import Choose
from .steps.collect import Collect
from .steps.confirm import Confirm
from .steps.question import Question

Vocabulary = Callable[[str, Sequence[str]], Sequence[str]]
"""Language (BCP 47; empty = the bot's) and words -> those of them that it has not."""


def unknown_words(flows: Iterable[Flow], unknown: Vocabulary) -> Iterator[Finding]:
    """A finding for each word that cannot be heard. `flows`: those that a call can come to."""
    told: set[tuple[Location, str]] = set()
    for flow in flows:
        for language in (tongue.language for tongue in flow.tongues if tongue.hears):
            places = list(_phrases(flow, language))
            words = sorted({word for _, phrase in places for word in normalise(phrase).split()})
            lacking = set(unknown(language, words)) if words else set()
            for at, phrase in places:
                for word in normalise(phrase).split():
                    if word in lacking and (at, word) not in told:
                        told.add((at, word))
                        message = f"The recogniser does not know the word `{word[:40]}`."
                        remedy = "Add another word that means the same, or one that sounds like it."
                        yield at.warning("unknown-word", message, remedy)


def _phrases(flow: Flow, language: str) -> Iterator[tuple[Location, str]]:
    for command in flow.commands:
        yield from ((flow.at, phrase) for phrase in sorted(command.phrases(language)))
    for op in flow.ops:
        step = op.step
        if not isinstance(step, Question) or Channel.CALL not in op.channels:
            continue
        if (step.listen or flow.asking.listen) is not Listen.KEYS:
            for name, phrases in _choices(flow, op, language).items():
                # An option's name stands in for a label; it need not be a word.
                spoken = phrases[1:] if name.replace("_", " ") != phrases[1] else phrases
                yield from ((op.at, phrase) for phrase in spoken)


def _choices(flow: Flow, op: Op, language: str) -> Mapping[str, Sequence[str]]:
    step = op.step
    if isinstance(step, Choose):
        return step.menu(language).phrases
    names = step.collect if isinstance(step, Collect) else step.slots if isinstance(step, Confirm) else ()
    slots = (flow.slots[name] for name in names if name in flow.slots)
    return {name: words for slot in slots for name, words in slot.kind.phrases(language).items()}
