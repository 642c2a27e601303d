"""Flows with one branch that leads elsewhere: what a set of scripts that is worth something has to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from .flowset import END, Flow, FlowSet, Op
from .steps.deciding import Go

Bend = Callable[[Flow], Flow]

next_step, the_end = "the next step", "the end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change of one flow."""

    flow: str
    step: str
    """Id of the step whose branch is bent; `when.EVENT` and `globals.NAME` for those."""
    title: str
    """For people: the id if the file gives one, else the verb."""
    file: str
    line: int
    change: str
    """For people: what is otherwise then."""
    bend: Bend

    def of(self, flows: FlowSet) -> FlowSet:
        """The same set of flows with this change."""
        return replace(flows, flows={**flows.flows, self.flow: self.bend(flows.flows[self.flow])})


def mutants(flows: FlowSet) -> Iterator[Mutant]:
    """Each branch of each step once, bent to where another branch of that step leads; each handler of an
    event and each global once, taken away."""
    for flow in flows.flows.values():
        for op in flow.ops:
            if op.step.returns and flow.name == flow.root:
                continue  # nobody called it: it ends either way
            for branch, (other, position) in _bends(flow, op).items():
                change = f"`{branch}` leads where {other} leads"
                yield _mutant(flow, op.id, op.at.line, change, _bent(op, branch, position), title=op.title)
        for event, first in flow.when.items():
            line = flow.ops[first].at.line if first >= 0 else flow.at.line
            yield _mutant(flow, f"when.{event}", line, f"nothing handles `{event}`", _unhandled(event))
        for command in flow.commands:
            change = f"there is no global `{command.name}`"
            step = f"globals.{command.name}"
            yield _mutant(flow, step, command.at.line, change, _without_global(command.name))


def _bends(flow: Flow, op: Op) -> Mapping[str, tuple[str, int]]:
    """Branch -> the branch whose way it takes instead, and where that leads."""
    ways = {**op.branches}
    if op.step.goes_on():
        ways.setdefault(next_step, op.next)
    elif len(ways) == 1:
        ways[the_end] = END
    found: dict[str, tuple[str, int]] = {}
    for branch, position in op.branches.items():
        others = [(name, to) for name, to in ways.items() if _end(flow, to) != _end(flow, position)]
        if others:
            name, to = others[0]
            found[branch] = (name if name in (next_step, the_end) else f"`{name}`", to)
    return found


def _end(flow: Flow, position: int) -> int:
    """Where a position leads once plain jumps are followed: two ways to one place are no difference."""
    passed: set[int] = set()
    while position >= 0 and isinstance(flow.ops[position].step, Go) and position not in passed:
        passed.add(position)
        position = flow.ops[position].branches["go"]
    return position


def _bent(op: Op, branch: str, position: int) -> Bend:
    def bend(flow: Flow) -> Flow:
        bent = replace(op, branches={**op.branches, branch: position})
        ops = tuple(bent if each.index == op.index else each for each in flow.ops)
        return replace(flow, ops=ops, by_id={each.id: each for each in ops})

    return bend


def _unhandled(event: str) -> Bend:
    def bend(flow: Flow) -> Flow:
        return replace(flow, when={name: first for name, first in flow.when.items() if name != event})

    return bend


def _without_global(name: str) -> Bend:
    def bend(flow: Flow) -> Flow:
        return replace(flow, commands=tuple(each for each in flow.commands if each.name != name))

    return bend


def _mutant(flow: Flow, step: str, line: int, change: str, bend: Bend, *, title: str = "") -> Mutant:
    file, title = str(flow.at.source.file), title or step
    return Mutant(flow=flow.name, step=step, title=title, file=file, line=line, change=change, bend=bend)
