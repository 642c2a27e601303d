"""Loops whose rounds might not fit into one turn, or would take no time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .checks import following, full_name, waits_at
from .flowset import RETURN, Flow, Op
from .steps.enqueue import Enqueue
from .steps.repeat import Repeat
from .steps.ringing import Answer


def check_rounds(flow: Flow, waiting: Collection[str]) -> Iterator[Finding]:
    """`repeat` steps that may run more steps in one turn than `limits` allow. `waiting`: flows that surely
    or possibly wait when called."""
    limit = flow.limits.steps_per_turn
    for op in flow.ops:
        if isinstance(op.step, Repeat) and (steps := _steps(flow, op, waiting)) > limit:
            message = f"Its rounds may take {steps} steps in one turn, and {limit} are allowed."
            remedy = "Put a question or a `wait` into it, lower the number, or raise `steps_per_turn`."
            yield op.at.finding("too-many-rounds", message, remedy)
            return  # those inside it are told by it


def _steps(flow: Flow, op: Op, waiting: Collection[str]) -> int:
    """The most steps of a turn that comes past `op`, all that stands inside it included. No step of a round
    comes twice: a circle inside it would have to wait."""
    step = op.step
    if not isinstance(step, Repeat) or not _passes(flow, op, waiting):
        return 1
    inside = sum(_steps(flow, each, waiting) for each in flow.ops if each.within[-1:] == (op.id,))
    return 1 + step.most * (1 + inside)


def _passes(flow: Flow, loop: Op, waiting: Collection[str]) -> bool:
    """Whether a round can come to its end without waiting."""
    for channel in (Channel.CHAT, Channel.CALL):
        seen: set[int] = set()
        ahead = [loop.branches["steps"]]
        while ahead:
            position = ahead.pop()
            if position == loop.index:
                return True
            op = flow.ops[position] if position >= 0 else None
            if op is None or position in seen or loop.id not in op.within:
                continue
            seen.add(position)
            if not waits_at(flow, op, channel, waiting):
                ahead += following(op, channel)
    return False


def check_queues(flow: Flow, flows: Mapping[str, Flow], waiting: Collection[str]) -> Iterator[Finding]:
    """`enqueue` steps whose flow may come to its end without taking any time."""
    for op in flow.ops:
        if isinstance(op.step, Enqueue):
            name = full_name(flows, flow, op.step.flow)
            if name is not None and _idle(flows[name], waiting):
                message = f"The flow `{op.step.flow}` may come to its end without a word or a wait."
                remedy = "Let it say or play something on every way, or `wait`."
                yield op.at.finding("idle-queue", message, remedy)


def _idle(flow: Flow, waiting: Collection[str]) -> bool:
    seen: set[int] = set()
    ahead = [flow.first]
    while ahead:
        position = ahead.pop()
        if position == RETURN:
            return True
        if position < 0 or position in seen:
            continue
        seen.add(position)
        op = flow.ops[position]
        heard = Channel.CALL in op.channels and op.step.picks_up() and not isinstance(op.step, Answer)
        if not heard and not waits_at(flow, op, Channel.CALL, waiting):
            ahead += following(op, Channel.CALL)
    return False
