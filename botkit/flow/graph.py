"""Flows as a diagram: boxes and arrows, ready to be drawn, from what the loader linked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from botkit.model.session import Channel

from .fields import PerChannel
from .flowset import RETURN, Flow, FlowSet, Op, Start, StartKind
from .request_fields import RequestLine
from .steps.base import Step
from .steps.calling import Call
from .steps.choose import Choose
from .steps.confirm import Confirm
from .steps.deciding import Go, If, Switch
from .steps.outcomes import Ending
from .steps.question import Question
from .steps.reaching import Dial
from .steps.repeat import Repeat
from .templates import Template


class Shape(StrEnum):
    """What a box stands for."""

    ENTRY = "entry"
    """Where something begins: a start, an event, a global, a flow that is called."""
    STEP = "step"
    QUESTION = "question"
    DECISION = "decision"
    CALL = "call"
    """Another flow runs."""
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A box."""

    id: str
    shape: Shape
    lines: tuple[str, ...]
    """What stands in it."""
    place: str = ""
    """File and line of its first step; empty for an entry."""
    step: tuple[str, str] = ("", "")
    """Flow and id of its first step, or `when.EVENT`, `globals.NAME`; empty where a flow begins."""
    count: int | None = None
    """How many conversations came by; None = it was not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """An arrow between two boxes."""

    source: str
    target: str
    label: str = ""
    """The option, outcome or case that leads there."""
    aside: bool = False
    """Not the way itself: it leads to a flow that is called."""
    step: tuple[str, str] = ("", "")
    """Flow and id of the step that it leaves, as `Node.step`."""
    ways: tuple[str, ...] = ()
    """As `Reason.branch` names what leads there; none = it is the only way."""
    count: int | None = None
    """How many conversations took it; None = it was not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One flow: a frame with its boxes."""

    title: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """All flows, in the order in which they were read."""

    groups: tuple[Group, ...]
    edges: tuple[Edge, ...]


@dataclass(slots=True)
class _Drawing:
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)


longest_line = 48
"""Characters of a text in a box; the rest is cut."""

most_gos = 2
"""Steps that may `go` to one place by an arrow."""

asked_again = frozenset({"no_input", "no_match", "again"})
"""Ways that lead nowhere else."""

most_lines = 5
"""Steps in one box."""

_words: Mapping[str, str] = {
    "then": "yes",
    "else": "no",
    "give_up": "no answer",
    "steps": "again",
    "return": "",
}
_starts: Mapping[StartKind, str] = {
    StartKind.CALL_INCOMING: "somebody calls",
    StartKind.MENTION: "the bot is mentioned",
    StartKind.ITEM_ADDED: "somebody writes",
    StartKind.SCHEDULE: "a moment comes",
    StartKind.WEBHOOK: "a webhook is called",
}


def diagram(flows: FlowSet) -> Diagram:
    """Every flow of the set. Steps in a row that always follow each other share a box.

    What would be a bundle of arrows is told by a name instead: calls of a flow that is called from
    several places, and `go` to a step that several go to.
    """
    entries = {name: f"f{number}" for number, name in enumerate(flows.flows)}
    groups: list[Group] = []
    edges: list[Edge] = []
    for name, flow in flows.flows.items():
        drawing = _Drawing()
        starts = [start for start in flows.starts if start.flow == name]
        for node, edge in _entries(flow, entries[name], starts):
            drawing.nodes[node.id] = node
            drawing.edges.append(edge)
        for op in flow.ops:
            if not _is_plain_go(op) or _is_far(flow, op):
                _add(drawing, flow, op, entries)
        _end(drawing, entries[name], flow)
        _join(drawing)
        groups.append(Group(title=_title(flow), nodes=tuple(drawing.nodes.values())))
        edges += drawing.edges
    calls = Counter(edge.target for edge in edges if edge.aside)
    edges = [edge for edge in edges if not edge.aside or calls[edge.target] == 1]
    return Diagram(groups=tuple(groups), edges=tuple(edges))


def _title(flow: Flow) -> str:
    return f"{flow.name}: {flow.title}" if flow.title else flow.name


def _entries(flow: Flow, prefix: str, starts: Iterable[Start]) -> Iterator[tuple[Node, Edge]]:
    """Where the flow can begin, and where each beginning leads."""
    begins = [(prefix, "", [flow.name.rpartition("/")[2]], flow.first)]
    told = [
        _starts[start.kind] + (f": {narrowing}" if (narrowing := start.options.told()) else "")
        for start in starts
    ]
    if told:
        begins = [(prefix, "", told, flow.first)]
    begins += [
        (f"{prefix}w{number}", f"when.{event}", [f"on {event}"], first)
        for number, (event, first) in enumerate(flow.when.items())
    ]
    for number, command in enumerate(flow.commands):
        if command.position is not None:
            key = f" (key {command.key})" if command.key else ""
            told = [f"any time: {command.name}{key}"]
            begins.append((f"{prefix}g{number}", f"globals.{command.name}", told, command.position))
    for name, step, lines, position in begins:
        key_of = (flow.name, step) if step else ("", "")
        node = Node(id=name, shape=Shape.ENTRY, lines=tuple(map(_short, lines)), step=key_of)
        yield node, Edge(source=name, target=_target(flow, prefix, position))


def _add(drawing: _Drawing, flow: Flow, op: Op, entries: Mapping[str, str]) -> None:
    """The box of a step, and the arrows that leave it."""
    prefix = entries[flow.name]
    name = f"{prefix}s{op.index}"
    file = op.at.place
    drawing.nodes[name] = Node(
        id=name,
        shape=_shape(op.step),
        lines=(_text(flow, op),),
        place=f"{file.file}:{file.line}",
        step=(flow.name, op.id),
    )
    if _is_plain_go(op):
        return
    labels: dict[str, list[str]] = {}
    for label, position in _ways(op):
        labels.setdefault(_target(flow, prefix, position), []).append(label)
    for target, several in labels.items():
        always = "" in several or (len(labels) == 1 and op.step.goes_on())
        text = "" if always else ", ".join(dict.fromkeys(several))
        ways = tuple(way for way, to in _named_ways(op) if _target(flow, prefix, to) == target)
        drawing.edges.append(
            Edge(source=name, target=target, label=_short(text), step=(flow.name, op.id), ways=ways)
        )
    for verb, targets in (("", op.step.calls()), ("dials", op.step.dials()), ("asks", op.step.writes())):
        for called in targets:
            entry = entries.get(f"{flow.root}/{called}", entries.get(called, ""))
            if entry:
                drawing.edges.append(Edge(source=name, target=entry, label=verb, aside=True))


def _ways(op: Op) -> Iterator[tuple[str, int]]:
    """(label, position) of every way out of a step."""
    for branch, position in op.branches.items():
        kind, _, name = branch.partition(".")
        yield (name.replace("_", " ") or _words.get(kind, "" if kind == "go" else kind), position)
    rest = _rest(op.step, op.branches)
    elsewhere = [str(channel) for channel in (Channel.CALL, Channel.CHAT) if channel not in op.channels]
    if rest is not None:
        yield rest, op.next
    elif elsewhere:
        yield f"on {elsewhere[0]}", op.next


def _named_ways(op: Op) -> Iterator[tuple[str, int]]:
    """(way, position) of every decision that leads on; who is asked again stays where they are."""
    for way in op.step.ways():
        known = (f"outcomes.{way}", f"cases.{way}", f"go.{way}", way)
        branch = next((name for name in known if name in op.branches), None)
        if branch is not None:
            yield way, op.branches[branch]
        elif way not in asked_again:
            yield way, op.next


def _rest(step: Step, branches: Mapping[str, int]) -> str | None:
    """What leads to the next step, where other ways lead elsewhere; None when nothing does."""
    if not step.goes_on() or isinstance(step, If):
        return None
    if isinstance(step, Choose):
        left = [name for name, option in step.options.items() if option.go is None]
        jumps = len(left) < len(step.options)
        text = ", ".join(left) if len(left) <= 4 else f"{', '.join(left[:3])} ..."
        return text.replace("_", " ") if jumps else ""
    if isinstance(step, Switch):
        return None if "cases.otherwise" in branches else "otherwise"
    if isinstance(step, Confirm):
        left = [name for name in ("yes", "no") if name not in branches]
        if step.slots and "yes" not in branches:
            left = ["yes"]  # a no asks anew, and gives up in the end
        return " or ".join(left) or None
    if isinstance(step, Repeat):
        return "done"
    if isinstance(step, Ending) and branches:
        good = step.outcome_names[0]
        return None if f"outcomes.{good}" in branches else good
    return ""


def _target(flow: Flow, prefix: str, position: int) -> str:
    """The box that a position leads to: a step that only goes elsewhere has none."""
    passed: set[int] = set()
    while position >= 0 and _is_near(flow, flow.ops[position]) and position not in passed:
        passed.add(position)
        position = flow.ops[position].branches.get("go", RETURN)
    return f"{prefix}s{position}" if position >= 0 else f"{prefix}e"


def _is_plain_go(op: Op) -> bool:
    return isinstance(op.step, Go) and op.channels == frozenset(Channel)


def _is_far(flow: Flow, op: Op) -> bool:
    """Whether several steps go there, so that arrows would only confuse."""
    return _is_plain_go(op) and _gos_to(flow, op.branches.get("go", RETURN)) > most_gos


def _is_near(flow: Flow, op: Op) -> bool:
    return _is_plain_go(op) and not _is_far(flow, op)


def _gos_to(flow: Flow, position: int) -> int:
    return sum(_is_plain_go(op) and op.branches.get("go") == position for op in flow.ops)


def _shape(step: Step) -> Shape:
    if isinstance(step, If | Switch | Repeat):
        return Shape.DECISION
    if isinstance(step, Question):
        return Shape.QUESTION
    if isinstance(step, Call | Dial):
        return Shape.CALL
    return Shape.STEP if step.goes_on() else Shape.END


def _text(flow: Flow, op: Op) -> str:
    """The step in a line: its verb, what it is about, where it runs, its name where boxes tell it."""
    step = op.step
    value = next(
        (
            getattr(step, name)
            for name, of in type(step).model_fields.items()
            if (of.alias or name) == step.verb
        ),
        None,
    )
    only = f"{next(iter(op.channels))} only: " if len(op.channels) == 1 else ""
    named = f"{op.id}: " if _gos_to(flow, op.index) > most_gos else ""
    return _short(f"{named}{only}{step.verb} {_told(value)}")


def _told(value: object) -> str:
    if isinstance(value, Template):
        return re.sub(r"{{\s*(.*?)\s*}}", r"{\1}", value.source, flags=re.DOTALL)
    if isinstance(value, RequestLine):
        return f"{value.method} {_told(value.url)}"
    if isinstance(value, PerChannel):
        return " / ".join(dict.fromkeys(_told(each) for each in (value.call, value.chat) if each is not None))
    if isinstance(value, float):
        unit, name = next(((u, n) for u, n in ((86400, "d"), (3600, "h"), (60, "m")) if value >= u), (1, "s"))
        return f"{value / unit:g}{name}"
    if isinstance(value, tuple | list | Mapping):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest_line else text[: longest_line - 3].rstrip() + "..."


def _end(drawing: _Drawing, prefix: str, flow: Flow) -> None:
    """Where the flow is over without saying so."""
    if any(edge.target == f"{prefix}e" for edge in drawing.edges):
        text = "end" if flow.name == flow.root else "back"
        drawing.nodes[f"{prefix}e"] = Node(id=f"{prefix}e", shape=Shape.END, lines=(text,))


def _join(drawing: _Drawing) -> None:
    """Steps that always follow each other into one box."""
    out: dict[str, list[Edge]] = {}
    into: dict[str, int] = {}
    for edge in drawing.edges:
        out.setdefault(edge.source, []).append(edge)
        into[edge.target] = into.get(edge.target, 0) + 1
    for name in list(drawing.nodes):
        first = drawing.nodes.get(name)
        while first is not None and first.shape is Shape.STEP and len(first.lines) < most_lines:
            leaving = out.get(name, [])
            if len(leaving) != 1 or leaving[0].label or into[leaving[0].target] != 1:
                break
            second = drawing.nodes[leaving[0].target]
            if second.shape not in (Shape.STEP, Shape.END) or len(first.lines + second.lines) > most_lines:
                break
            if not second.place:
                break
            shape = second.shape
            first = replace(first, lines=(*first.lines, *second.lines), shape=shape)
            drawing.nodes[name] = first
            del drawing.nodes[second.id]
            out[name] = [replace(edge, source=name) for edge in out.pop(second.id, [])]
    drawing.edges = [edge for edges in out.values() for edge in edges]
