"""What only shows in whole flows: circles, dead steps, names, calls."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .asking import Listen
from .document import Location, did_you_mean
from .expressions import reserved_names
from .flowset import Command, Flow, Op
from .slots import Slot
from .templates import Template

_attributes: Mapping[str, frozenset[str]] = {
    "user": frozenset({"id", "name", "email", "first_name"}),
    "conversation": frozenset({"id"}),
    "call": frozenset({"id"}),
    "event": frozenset({"name", "detail", "text", "due", "missed", "webhook", "kind", "id", "body"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowView:
    """What a step sees of its flow when it checks itself."""

    slots: Mapping[str, Slot]
    commands: Sequence[Command]
    """The globals of its file."""
    listen: Listen | None
    """What answers its questions, if it says so."""
    on_calls: bool
    """A call can come here."""
    on_chat: bool
    """So can whoever writes."""
    answered: Collection[int]
    """Positions that a call surely comes to only after it was answered."""
    root: str
    """Its file's own flow."""
    inputs: Mapping[str, Collection[str]]
    """Every flow -> the names it takes from a caller in another file."""
    receivers: Collection[str] | None
    """Those of bot.yaml; None = not known."""


def check_names(
    templates: Sequence[Template], declared: Collection[str], config: Collection[str], fallback: Location
) -> Iterator[Finding]:
    """Names that nothing declares."""
    for template in templates:
        at = template.at or fallback
        for path in template.names:
            name = path[0]
            if name == "secrets":
                remedy = "Only `headers` of `http` and `with` of `run` can read one."
                yield at.finding("secret-not-here", "`secrets` cannot be read here.", remedy)
            elif name == "config" and len(path) > 1 and path[1] not in config:
                remedy = (
                    did_you_mean(path[1], config) if config else f"Declare it: `config: {{{path[1]}: {{}}}}`."
                )
                yield at.finding("undeclared-name", f"`config.{path[1]}` is not declared.", remedy)
            elif name in _attributes and len(path) > 1 and path[1] not in _attributes[name]:
                message = f"`{name}` has no `{path[1]}`."
                yield at.finding("undeclared-name", message, did_you_mean(path[1], _attributes[name]))
            elif name not in reserved_names and name not in declared:
                remedy = did_you_mean(name, declared) if declared else "Declare it under `slots:`."
                yield at.finding("undeclared-name", f"Nothing is called `{name}` here.", remedy)


def successors(op: Op) -> set[int]:
    """Where a flow can go on after a step; negative = it leaves the flow."""
    following = set(op.branches.values())
    if op.step.falls_through() or op.channels != frozenset(Channel):
        following.add(op.next)
    return following


def check_reach(flow: Flow) -> Iterator[Finding]:
    """Steps that nothing leads to."""
    entries = {flow.first, *flow.when.values()}
    entries |= {command.position for command in flow.commands if command.position is not None}
    seen = _walked(flow, entries, successors)
    for op in flow.ops:
        if op.index not in seen and (op.index == 0 or op.index - 1 in seen):
            message = "Nothing leads to this step."
            yield op.at.finding("dead-step", message, "Remove it, or give it an `id` and `go` to it.")


def leads_to(flow: Flow, start: int, position: int) -> bool:
    """Whether one can come from a position to another one of the same flow."""
    return position in _walked(flow, {start}, successors)


def _walked(flow: Flow, entries: Iterable[int], following: Callable[[Op], Iterable[int]]) -> set[int]:
    """The positions that one comes to from `entries`."""
    seen: set[int] = set()
    ahead = list(entries)
    while ahead:
        position = ahead.pop()
        if position >= 0 and position not in seen:
            seen.add(position)
            ahead += following(flow.ops[position])
    return seen


def answered_before(flow: Flow) -> set[int]:
    """Positions that a call comes to only after it was answered. Where a flow begins and where an event is
    handled it may ring still; globals are obeyed in questions alone, and a question has answered."""

    def on_call(op: Op) -> Iterable[int]:
        return following(op, Channel.CALL)

    def while_it_rings(op: Op) -> Iterable[int]:
        return () if Channel.CALL in op.channels and op.step.picks_up() else on_call(op)

    entries = {flow.first, *flow.when.values()}
    commands = {command.position for command in flow.commands if command.position is not None}
    return _walked(flow, entries | commands, on_call) - _walked(flow, entries, while_it_rings)


def reached_on(flow: Flow, channel: Channel) -> set[int]:
    """Positions that a conversation on this channel can come to; nobody hangs up on chat."""
    entries = {first for event, first in flow.when.items() if event != "hangup" or channel is Channel.CALL}
    entries |= {command.position for command in flow.commands if command.position is not None}
    return _walked(flow, {flow.first, *entries}, lambda op: following(op, channel))


def following(op: Op, channel: Channel) -> set[int]:
    """Where a flow can go on after a step on this channel; negative = it leaves the flow."""
    if channel not in op.channels:
        return {op.next}
    return {*op.branches.values(), op.next} if op.step.falls_through() else set(op.branches.values())


def check_channels(flow: Flow, on_calls: bool, on_chat: bool) -> Iterator[Finding]:
    """Steps for a channel on which nobody comes to this flow."""
    if on_calls == on_chat:
        return
    absent, fact = (Channel.CHAT, "Only calls come") if on_calls else (Channel.CALL, "No call comes")
    for op in flow.ops:
        if op.step.only is absent:
            message = f"{fact} to this flow, so this step never runs."
            remedy = f"Remove it, or let something start the flow on {'chat' if on_calls else 'a call'}."
            yield op.at.warning("never-here", message, remedy)


def check_nobody(flow: Flow) -> Iterator[Finding]:
    """Steps for somebody, in a flow that starts without anybody."""
    reached = reached_on(flow, Channel.DETACHED)
    for op in flow.ops:
        if op.index in reached and Channel.DETACHED in op.channels and op.step.addresses_person():
            message = f"A schedule or a webhook starts this flow: nobody is there for `{op.step.verb}`."
            remedy = "Write to somebody (`post` with `to`, `each`), or let it run `only: chat`."
            yield op.at.finding("nobody-here", message, remedy)


def check_circles(flow: Flow, waiting: Collection[str]) -> Iterator[Finding]:
    """Circles without a question or a wait. `waiting`: flows that surely or possibly wait when called."""
    told: set[int] = set()
    for channel in (Channel.CHAT, Channel.CALL):
        state = [0] * len(flow.ops)
        """0 not seen, 1 on the way, 2 done."""
        for start in range(len(flow.ops)):
            yield from _walk(flow, start, channel, waiting, state, told)


def waits_at(flow: Flow, op: Op, channel: Channel, waiting: Collection[str]) -> bool:
    """Whether a step waits on this channel. `waiting`: flows that surely or possibly wait when called."""
    waits = op.step.waits or any({f"{flow.root}/{name}", name} & set(waiting) for name in op.step.calls())
    return waits and channel in op.channels


def _onward(flow: Flow, op: Op, channel: Channel, waiting: Collection[str]) -> list[int]:
    if waits_at(flow, op, channel, waiting):
        return []
    return [
        position
        for position in following(op, channel)
        if position >= 0 and flow.ops[position].id not in op.within  # the rounds of a `repeat` are bounded
    ]


def _walk(
    flow: Flow, start: int, channel: Channel, waiting: Collection[str], state: list[int], told: set[int]
) -> Iterator[Finding]:
    if state[start]:
        return
    state[start] = 1
    path = [(start, _onward(flow, flow.ops[start], channel, waiting))]
    while path:
        position, ahead = path[-1]
        if not ahead:
            state[position] = 2
            path.pop()
            continue
        next_one = ahead.pop()
        if state[next_one] == 0:
            state[next_one] = 1
            path.append((next_one, _onward(flow, flow.ops[next_one], channel, waiting)))
        elif state[next_one] == 1 and position not in told:
            told.add(position)
            message = f"From here it goes round in circles, back to line {flow.ops[next_one].at.line}."
            remedy = "Put a question or a `wait` into the circle."
            yield flow.ops[position].at.finding("endless-circle", message, remedy)


Calls = Mapping[str, Sequence[tuple[str, Op]]]
"""Flow -> the flows it calls, each with the step that does."""


def calls_between(flows: Mapping[str, Flow]) -> tuple[Calls, list[Finding]]:
    """Which flow calls which, and the calls to nowhere."""
    calls: dict[str, list[tuple[str, Op]]] = {name: [] for name in flows}
    findings: list[Finding] = []
    for flow in flows.values():
        for op in flow.ops:
            for target in op.step.calls():
                name = full_name(flows, flow, target)
                if name is not None:
                    calls[flow.name].append((name, op))
            for target in (*op.step.calls(), *op.step.dials(), *op.step.writes()):
                if full_name(flows, flow, target) is None:
                    near = {other.removeprefix(f"{flow.root}/") for other in flows}
                    message = f"There is no flow `{target[:60]}`."
                    at = target.at or op.at
                    findings.append(at.finding("unknown-flow", message, did_you_mean(target, near)))
    return calls, findings


def full_name(flows: Mapping[str, Flow], flow: Flow, target: str) -> str | None:
    """The flow that a step of `flow` names: an inner one of its file, else another file's."""
    return next((name for name in (f"{flow.root}/{target}", target) if name in flows), None)


def dialled(flows: Mapping[str, Flow]) -> set[str]:
    """Flows that talk to whom the bot calls."""
    return _named_by(flows, lambda op: op.step.dials())


def written(flows: Mapping[str, Flow]) -> set[str]:
    """Flows that talk to whom the bot writes by itself."""
    return _named_by(flows, lambda op: op.step.writes())


def _named_by(flows: Mapping[str, Flow], targets: Callable[[Op], Iterable[str]]) -> set[str]:
    found = {
        full_name(flows, flow, target) for flow in flows.values() for op in flow.ops for target in targets(op)
    }
    return {name for name in found if name is not None}


def check_recursion(calls: Calls) -> Iterator[Finding]:
    """Flows that call one another in a circle."""
    for name, callees in calls.items():
        for callee, op in callees:
            if name in reached(calls, [callee]):
                message = f"`{name}` calls itself this way, for ever deeper."
                yield op.at.finding("recursive-call", message, "Use `go` to a step, or let the flow end.")


def reached(calls: Calls, entries: Iterable[str]) -> set[str]:
    """`entries` and all flows they call, directly or not."""
    seen: set[str] = set()
    ahead = list(entries)
    while ahead:
        current = ahead.pop()
        if current not in seen:
            seen.add(current)
            ahead += [callee for callee, _ in calls.get(current, ())]
    return seen


def flows_that_wait(flows: Mapping[str, Flow], calls: Calls) -> set[str]:
    """Flows that hold a question or a wait, or call one that does."""
    own = {flow.name for flow in flows.values() if any(op.step.waits for op in flow.ops)}
    return {name for name in flows if reached(calls, [name]) & own}
