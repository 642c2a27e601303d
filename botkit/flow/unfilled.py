"""Names that are read before anything can have filled them.

Each flow is followed step by step, on each channel it is for, with two sets of names at every place: those
that some way there fills, and those that every way fills. What a flow of the same file fills when it is
called counts as filled by the call. A global and an event come from anywhere: there all may be filled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from jinja2 import nodes

from botkit.model.findings import Finding
from botkit.model.session import Channel

from .document import Location
from .expressions import reserved_names
from .flowset import RETURN, Flow, Op
from .needs import Need, filled_when
from .parsing import parse
from .steps.deciding import If
from .steps.for_calls import ForCalls
from .steps.repeat import Repeat

Calls = Mapping[str, Collection[tuple[str, Op]]]
"""Flow -> the flows it calls, each with the step that does; nothing in a circle."""

Names = frozenset[str]


@dataclass(frozen=True, slots=True)
class Filled:
    """The names that have a value at one place."""

    perhaps: Names
    surely: Names

    def and_then(self, names: Names, *, surely: Names) -> Filled:
        """Some way on."""
        return Filled(self.perhaps | names, self.surely | surely)

    def joined(self, other: Filled | None) -> Filled:
        """Where two ways meet."""
        if other is None:
            return self
        return Filled(self.perhaps | other.perhaps, self.surely & other.surely)


_nothing = Filled(frozenset(), frozenset())


@dataclass(slots=True)
class _Followed:
    """One flow on one channel, from a begin at which nothing is filled."""

    at: dict[int, Filled]
    """Position -> the names filled before it; a position that nothing leads to is not in it."""
    end: Filled | None
    """Where it returns to its caller; None: it never does."""
    all: Names
    """What any of its steps may fill."""


class Following:
    """Follows all flows of a bot. `calls`: which calls which; `given`: flow -> what its starts fill that are
    nobody's."""

    def __init__(self, flows: Mapping[str, Flow], calls: Calls, given: Mapping[str, Filled]) -> None:
        self.flows = flows
        self.given = given
        self.callees = {
            (name, id(op)): callee
            for name, found in calls.items()
            for callee, op in found
            if flows[callee].root == flows[name].root
        }
        """(flow, step) -> the flow of the same file that it calls."""
        self._followed: dict[tuple[str, Channel], _Followed] = {}

    def findings(self, channels: Mapping[str, Collection[Channel]]) -> Iterator[Finding]:
        """What is wrong. `channels`: flow -> where it is for."""
        begins = self._begins(channels)
        talking = {*self.callees.values(), *self._passed()}
        for flow in self.flows.values():
            if flow.name != flow.root and flow.name not in talking:
                continue  # nothing calls it, so nothing is known of what it begins with
            yield from self._of_flow(flow, {c: begins[flow.name, c] for c in channels[flow.name]})

    def _declared(self, root: str) -> set[str]:
        """All names of a file."""
        flows = [flow for flow in self.flows.values() if flow.root == root]
        filled = {name for flow in flows for op in flow.ops for name in op.step.fills()}
        return filled.union(*(flow.inputs for flow in flows), *(flow.slots for flow in flows))

    def _begins(self, channels: Mapping[str, Collection[Channel]]) -> dict[tuple[str, Channel], Filled]:
        """(flow, channel) -> what is filled when it begins."""
        found: dict[tuple[str, Channel], Filled] = {}
        passed = self._passed()
        called = set(self.callees.values())
        for flow in self._callers_first():
            inputs = frozenset(flow.inputs) | passed.get(flow.name, frozenset())
            for channel in channels[flow.name]:
                begin = found.get((flow.name, channel))
                if begin is None or flow.name not in called or flow.name in passed:
                    begin = _nothing.joined(begin)
                    if channel is Channel.DETACHED and flow.name in self.given:
                        begin = self.given[flow.name].joined(found.get((flow.name, channel)))
                begin = found[flow.name, channel] = begin.and_then(inputs, surely=inputs)
                followed = self.follow(flow, channel)
                for op in flow.ops:
                    callee = self.callees.get((flow.name, id(op)))
                    here = followed.at.get(op.index)
                    if callee is not None and here is not None and _runs(op, channel):
                        given = frozenset(op.step.passes())
                        there = here.and_then(begin.perhaps | given, surely=begin.surely | given)
                        found[callee, channel] = there.joined(found.get((callee, channel)))
        return found

    def _passed(self) -> dict[str, Names]:
        """Flow that begins with a scope of its own -> the names that are passed to it."""
        passed: dict[str, Names] = {}
        for flow in self.flows.values():
            for op in flow.ops:
                for target in (*op.step.calls(), *op.step.dials(), *op.step.writes()):
                    for name in (f"{flow.root}/{target}", str(target)):
                        if name in self.flows and self.callees.get((flow.name, id(op))) != name:
                            passed[name] = passed.get(name, frozenset()) | frozenset(op.step.passes())
                            break
        return passed

    def _callers_first(self) -> list[Flow]:
        order: dict[str, Flow] = {}

        def place(name: str) -> None:
            if name not in order:
                for (caller, _), callee in self.callees.items():
                    if callee == name:
                        place(caller)
                order[name] = self.flows[name]

        for name in self.flows:
            place(name)
        return list(order.values())

    def follow(self, flow: Flow, channel: Channel) -> _Followed:
        """One flow from its begin to its ends."""
        known = self._followed.get((flow.name, channel))
        if known is None:
            known = self._followed[flow.name, channel] = self._follow(flow, channel)
        return known

    def _follow(self, flow: Flow, channel: Channel) -> _Followed:
        ways = {op.index: list(self._ways(flow, op, channel)) for op in flow.ops}
        everything = frozenset(name for found in ways.values() for _, perhaps, _ in found for name in perhaps)
        at: dict[int, Filled] = {}
        ahead: list[tuple[int, Filled]] = [(flow.first, _nothing)]
        anywhere = Filled(everything, everything)
        commands = (command.position for command in flow.commands if command.position is not None)
        ahead += [(position, anywhere) for position in (*flow.when.values(), *commands)]
        while ahead:
            position, filled = ahead.pop()
            joined = filled.joined(at.get(position))
            if joined != at.get(position):
                at[position] = joined
                for target, perhaps, surely in ways.get(position, ()):
                    ahead.append((target, joined.and_then(perhaps, surely=surely)))
        return _Followed(at, at.get(RETURN), everything)

    def _ways(self, flow: Flow, op: Op, channel: Channel) -> Iterator[tuple[int, Names, Names]]:
        """Each way on: where it leads, what it may fill, what it surely fills."""
        nothing: Names = frozenset()
        if not _runs(op, channel):
            yield op.next, nothing, nothing
            return
        own = frozenset(op.step.fills())
        perhaps, by_call = own, nothing
        callee = self.callees.get((flow.name, id(op)))
        if callee is not None:
            followed = self.follow(self.flows[callee], channel)
            perhaps |= followed.all | frozenset(op.step.passes())
            by_call = followed.end.surely if followed.end is not None else followed.all
        ways = dict(op.branches)
        if op.step.falls_through() and not _surely_rounds(op):
            ways.setdefault("", op.next)
        for branch, target in ways.items():
            for position in _and_beyond(flow, op, target):
                surely = own | by_call if op.step.fills_on(branch) else nothing
                yield position, perhaps, surely | _shown(op, branch)

    def _of_flow(self, flow: Flow, begins: Mapping[Channel, Filled]) -> Iterator[Finding]:
        told: set[str] = set()
        declared = self._declared(flow.root)
        for op in flow.ops:
            for name, need, place in _reads(op, flow):
                here = [
                    there.and_then(begin.perhaps, surely=begin.surely)
                    for channel, begin in begins.items()
                    if _runs(op, channel)
                    and (there := self.follow(flow, channel).at.get(op.index)) is not None
                ]
                if not here or name in told or name not in declared:
                    continue
                if all(name not in filled.perhaps for filled in here):
                    told.add(name)
                    message = f"Nothing fills `{name}` before this step."
                    remedy = f"Ask for it or set it first, or write `{name} | default('...')`."
                    yield place.finding("never-filled", message, remedy)
                elif need is Need.FILLED and any(name not in filled.surely for filled in here):
                    told.add(name)
                    message = f"`{name}` may be empty here: some way to this step does not fill it."
                    remedy = (
                        f"Fill it on every way, ask `if: {name}` first, or write `{name} | default('...')`."
                    )
                    yield place.warning("perhaps-unfilled", message, remedy)


def _shown(op: Op, branch: str) -> Names:
    """What the condition of an `if` shows to be filled on one of its ways."""
    if not isinstance(op.step, If) or branch not in ("then", "else"):
        return frozenset()
    (condition,) = parse(f"{{{{ {op.step.condition.source} }}}}").body
    assert isinstance(condition, nodes.Output)
    return frozenset(filled_when(condition.nodes[0], branch == "then"))


def _surely_rounds(op: Op) -> bool:
    """It is a loop that runs its steps at least once: only behind them it goes on."""
    return isinstance(op.step, Repeat) and isinstance(op.step.repeat, int)


def _and_beyond(flow: Flow, op: Op, target: int) -> Iterator[int]:
    """Where a way leads, and behind the loop whose round ends with it."""
    yield target
    while target >= 0 and _surely_rounds(flow.ops[target]) and flow.ops[target].id in op.within:
        target = flow.ops[target].next
        yield target


def _runs(op: Op, channel: Channel) -> bool:
    return channel in op.channels and not (channel is not Channel.CALL and isinstance(op.step, ForCalls))


def _reads(op: Op, flow: Flow) -> Iterable[tuple[str, Need, Location]]:
    for template, filled in op.step.reads(flow.slots):
        for name, need in template.needs.items():
            if name not in filled and name not in reserved_names:
                yield name, need, template.at or op.at
