"""How a person gives an answer: what has to be pressed, said or typed for a choice that has a name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from botkit.flow.flowset import Flow, FlowSet
from botkit.flow.options import Option, option_keys, phrases, spoken_offers
from botkit.flow.slots import Slot
from botkit.flow.steps.choose import Choose
from botkit.model.questions import Question
from botkit.model.session import Session

KEYS = frozenset("0123456789*#")
ASSENT = {"yes": "1", "no": "2"}


class By(StrEnum):
    """What an answer on a call is given by."""

    KEYS = "keys"
    SPEECH = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer, ready to give."""

    keys: str = ""
    """What to press; empty = it has no keys."""
    words: str
    """What to type, or to say."""
    spoken: str = ""
    """What the bot offers to say; empty = `words`."""


def answer_for(flows: FlowSet, session: Session, question: Question | None, value: str) -> Answer:
    """How `value`, an option's or a global's name, yes or no, digits or any words, answers the question that
    is open in `session`; `question` is how the channel asked it."""
    wait = session.state.get("wait")
    doubted = isinstance(wait, Mapping) and "doubt" in wait
    options = {} if doubted else _options(flows, session, wait)
    if value in options:
        return Answer(
            keys=option_keys(options).get(value, ""),
            words=phrases(value, options[value])[0],
            spoken=_offered(flows, session, options, value),
        )
    commands = flows.flows[session.flow.partition("/")[0]].commands
    command = next((each for each in commands if each.name == value), None)
    if command is not None:
        return Answer(keys=command.key, words=value.replace("_", " "))
    if value.lower() in ASSENT and not options:
        return Answer(keys=ASSENT[value.lower()], words=value)
    if value and set(value) <= KEYS:
        slot = _slot(flows, session, wait)
        one_by_one = slot is not None and slot.type.name == "digits"
        words = ", ".join(value) if one_by_one else value  # in one breath nobody would get them
        return Answer(keys=value + _terminator(question, value), words=words)
    return Answer(words=value)


def _offered(flows: FlowSet, session: Session, options: Mapping[str, Option], name: str) -> str:
    """The word that callers are told to say, in a flow of one language."""
    flow, _ = _place(flows, session)
    if flow is None or len(flow.tongues) > 1:
        return ""
    return spoken_offers(options, flow.tongues[0].language)[list(options).index(name)][2]


def _options(flows: FlowSet, session: Session, wait: object) -> Mapping[str, Option]:
    """What is on offer by name."""
    flow, step_id = _place(flows, session)
    op = flow.by_id.get(step_id) if flow is not None else None
    if op is not None and isinstance(op.step, Choose):
        return op.step.options
    slot = _slot(flows, session, wait)
    return slot.options if slot is not None else {}


def _slot(flows: FlowSet, session: Session, wait: object) -> Slot | None:
    """What is asked for."""
    flow, _ = _place(flows, session)
    left = wait.get("left") if isinstance(wait, Mapping) else None
    return flow.slots.get(str(left[0])) if flow is not None and isinstance(left, list) and left else None


def _place(flows: FlowSet, session: Session) -> tuple[Flow | None, str]:
    """The flow that runs, and the id of its step."""
    stack = session.state.get("stack")
    if not isinstance(stack, list | tuple) or not stack:
        return None, ""
    name, step_id, _ = stack[-1]
    return flows.flows.get(str(name)), str(step_id)


def _terminator(question: Question | None, digits: str) -> str:
    """The key that ends digits of which there might be more."""
    rules = question.keys if question is not None else None
    if rules is None or rules.choices or len(digits) >= rules.maximum or digits.endswith(rules.terminator):
        return ""
    return rules.terminator
