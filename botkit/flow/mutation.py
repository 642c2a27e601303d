"""Flows with one branch that leads elsewhere: what a set of scripts that is worth something has to notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from .flowset import END, Flow, FlowSet, Op


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A set of flows with one change."""

    flows: FlowSet
    flow: str
    step: str
    """Id of the step whose branch was bent; `when.EVENT` and `globals.NAME` for those."""
    file: str
    line: int
    change: str
    """For people: `the branch then leads where else leads`."""


def mutants(flows: FlowSet) -> Iterator[Mutant]:
    """Each branch of each step once, bent to where another branch of that step leads; each handler of an
    event and each global once, taken away."""
    for flow in flows.flows.values():
        for op in flow.ops:
            for branch, (other, position) in _bends(op).items():
                bent = replace(op, branches={**op.branches, branch: position})
                change = f"`{branch}` leads where `{other}` leads"
                yield _mutant(flows, flow, _with_op(flow, bent), op.id, op.at.line, change)
        for event, first in flow.when.items():
            rest = {name: position for name, position in flow.when.items() if name != event}
            line = flow.ops[first].at.line if first >= 0 else flow.at.line
            changed = _copy(flow, when=rest)
            yield _mutant(flows, flow, changed, f"when.{event}", line, f"nothing handles `{event}`")
        for command in flow.commands:
            left = tuple(each for each in flow.commands if each is not command)
            changed = _copy(flow, commands=left)
            step, change = f"globals.{command.name}", f"there is no global `{command.name}`"
            yield _mutant(flows, flow, changed, step, command.at.line, change)


def _bends(op: Op) -> Mapping[str, tuple[str, int]]:
    """Branch -> the branch whose way it takes instead, and where that leads."""
    ways = {**op.branches}
    if op.step.goes_on():
        ways.setdefault("the next step", op.next)
    elif len(ways) == 1:
        ways["the end"] = END
    found: dict[str, tuple[str, int]] = {}
    for branch, position in op.branches.items():
        others = [(name, to) for name, to in ways.items() if to != position]
        if others:
            found[branch] = others[0]
    return found


def _with_op(flow: Flow, op: Op) -> Flow:
    ops = tuple(op if each.index == op.index else each for each in flow.ops)
    return _copy(flow, ops=ops, by_id={each.id: each for each in ops})


def _copy(flow: Flow, **changes: object) -> Flow:
    return replace(flow, **changes)  # type: ignore[arg-type]


def _mutant(flows: FlowSet, flow: Flow, changed: Flow, step: str, line: int, change: str) -> Mutant:
    bent = replace(flows, flows={**flows.flows, flow.name: changed})
    file = str(flow.at.source.file)
    return Mutant(flows=bent, flow=flow.name, step=step, file=file, line=line, change=change)
