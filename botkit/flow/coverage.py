"""Which lines and branches of flows conversations have come by: what a set of scripts tries, and what not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from botkit.model.reasons import Reason
from botkit.model.session import Channel

from . import checks
from .cases import closed_values
from .flowset import Flow, FlowSet, Op, StartKind
from .steps.choose import Choose
from .steps.deciding import Switch

only_on_calls = frozenset({"no_input"})
"""Ways that chat has not: there silence is no failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Something of a flow that a conversation comes by: a step, one of its ways, a handler, a global."""

    flow: str
    step: str
    """Its id; `when.EVENT` and `globals.NAME` for those."""
    title: str
    """For people: the id if the file gives one, else the verb."""
    way: str = ""
    """What was chosen there; empty = the step itself."""
    file: str
    line: int
    channels: frozenset[Channel]
    """Where people can come by at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of something was come by."""

    hit: int
    all: int

    @property
    def percent(self) -> float:
        """100 when there is nothing to come by."""
        return 100 * self.hit / self.all if self.all else 100.0


class Coverage:
    """Counts how many conversations came by each place."""

    def __init__(self, flows: FlowSet) -> None:
        self.places: tuple[Place, ...] = tuple(_places(flows))
        """In the order of the files."""
        self._known: dict[tuple[str, str, str], Place] = {
            (place.flow, place.step, place.way): place for place in self.places
        }
        self._counts: Counter[tuple[Place, Channel]] = Counter()

    def add(self, reasons: Iterable[Reason], channel: Channel) -> frozenset[Place]:
        """Count what the turns of one conversation came by, each place once; returns it."""
        met = frozenset(place for reason in reasons for place in self._met(reason))
        self._counts.update((place, channel) for place in met)
        return met

    def count(self, place: Place, channel: Channel | None = None) -> int:
        """How many conversations came by, on one channel or on all."""
        wanted = Channel if channel is None else (channel,)
        return sum(self._counts[place, each] for each in wanted)

    def lines(self, channel: Channel | None = None) -> Share:
        """Of the steps."""
        return self._share(channel, ways=False)

    def branches(self, channel: Channel | None = None) -> Share:
        """Of the ways that steps have, and of handlers and globals."""
        return self._share(channel, ways=True)

    def missing(self, channel: Channel | None = None) -> list[Place]:
        """What nobody came by."""
        return [place for place in self.of(channel) if not self.count(place, channel)]

    def of(self, channel: Channel | None) -> list[Place]:
        """The places that there are on a channel; None = on any."""
        return [place for place in self.places if channel is None or channel in place.channels]

    def _share(self, channel: Channel | None, *, ways: bool) -> Share:
        places = [place for place in self.of(channel) if is_branch(place) is ways]
        return Share(hit=sum(self.count(place, channel) > 0 for place in places), all=len(places))

    def _met(self, reason: Reason) -> Iterator[Place]:
        """The places of one decision."""
        if reason.verb in ("ignored", "unhandled") or reason.branch == "passed_over":
            return
        if reason.verb == "when":
            keys = [(reason.flow, f"when.{reason.branch}", "")]
        else:
            keys = [(reason.flow, reason.step, ""), (reason.flow, reason.step, reason.branch)]
            if keys[1] not in self._known:  # an option may be called like a global
                root = reason.flow.partition("/")[0]
                keys.append((root, f"globals.{reason.branch}", ""))
        yield from {self._known[key]: None for key in keys if key in self._known}


def is_branch(place: Place) -> bool:
    """Whether it is a decision, not a step."""
    return bool(place.way) or place.step.startswith(("when.", "globals."))


def _places(flows: FlowSet) -> Iterator[Place]:
    reached = _channels(flows)
    closed = _closed(flows)
    for name, flow in flows.flows.items():
        here = reached[name]
        steps = {channel: checks.reached_on(flow, channel) for channel in here}
        for op in flow.ops:
            on = frozenset(channel for channel in op.channels & here if op.index in steps[channel])
            yield from _of_step(flow, op, on, closed[flow.root])
        for event in flow.when:
            first = flow.when[event]
            line = flow.ops[first].at.line if first >= 0 else flow.at.line
            on = here & {Channel.CALL} if event == "hangup" else here
            yield _place(flow, f"when.{event}", line, on)
        for command in flow.commands:
            yield _place(flow, f"globals.{command.name}", command.at.line, here)


def _of_step(
    flow: Flow, op: Op, channels: frozenset[Channel], closed: Mapping[str, set[str]]
) -> Iterator[Place]:
    yield _place(flow, op.id, op.at.line, channels, title=op.title)
    for way in op.step.ways():
        if way == "otherwise" and isinstance(op.step, Switch) and _is_complete(flow, op, op.step, closed):
            continue
        on = channels & {Channel.CALL} if way in only_on_calls else channels
        if on:
            yield _place(flow, op.id, op.at.line, on, way, title=op.title)


def _is_complete(flow: Flow, op: Op, step: Switch, closed: Mapping[str, set[str]]) -> bool:
    """Whether its cases are all that the value can be there."""
    name = step.switch.source
    return name in closed and closed[name] - _gone(flow, op, name) <= step.cases.keys()


def _gone(flow: Flow, op: Op, name: str) -> set[str]:
    """Choices that jump to where no way leads back to this step."""
    return {
        option
        for other in flow.ops
        if isinstance(other.step, Choose) and other.step.into == name
        for option in other.step.options
        if (to := other.branches.get(f"go.{option}")) is not None and not checks.leads_to(flow, to, op.index)
    }


def _closed(flows: FlowSet) -> Mapping[str, Mapping[str, set[str]]]:
    """File's own flow -> names that hold nothing but these texts."""
    files: dict[str, list[Flow]] = {}
    for flow in flows.flows.values():
        files.setdefault(flow.root, []).append(flow)
    return {root: closed_values(inside) for root, inside in files.items()}


def _place(
    flow: Flow, step: str, line: int, channels: frozenset[Channel], way: str = "", *, title: str = ""
) -> Place:
    file, title = str(flow.at.source.file), title or step
    return Place(flow=flow.name, step=step, title=title, way=way, file=file, line=line, channels=channels)


def _channels(flows: FlowSet) -> Mapping[str, frozenset[Channel]]:
    """Flow -> where people come to it. Those that nothing starts may be started by handlers, anywhere."""
    calls, _ = checks.calls_between(flows.flows)
    on_call = {start.flow for start in flows.starts if start.kind is StartKind.CALL_INCOMING}
    on_chat = {start.flow for start in flows.starts if start.kind is not StartKind.CALL_INCOMING}
    reached = {
        Channel.CALL: checks.reached(calls, on_call | checks.dialled(flows.flows)),
        Channel.CHAT: checks.reached(calls, on_chat | checks.written(flows.flows)),
    }
    return {
        name: frozenset(channel for channel, names in reached.items() if name in names) or frozenset(reached)
        for name in flows.flows
    }
