"""A diagram of flows as Mermaid text, and as an SVG picture."""

from __future__ import annotations

from collections.abc import Mapping

from botkit.flow.graph import Diagram, Edge, Node, Shape
from botkit.model.errors import WorldError

_colours: Mapping[Shape, tuple[str, str]] = {
    Shape.ENTRY: ("#e8f5e9", "#43a047"),
    Shape.STEP: ("#ffffff", "#78909c"),
    Shape.QUESTION: ("#e3f2fd", "#1e88e5"),
    Shape.DECISION: ("#fff8e1", "#ffa000"),
    Shape.CALL: ("#f3e5f5", "#8e24aa"),
    Shape.END: ("#eceff1", "#455a64"),
}
"""Fill and border."""

_missed = ("#ffebee", "#e53935")
"""Of what no conversation came by, where that was counted."""

_brackets: Mapping[Shape, tuple[str, str]] = {
    Shape.ENTRY: ("([", "])"),
    Shape.STEP: ("[", "]"),
    Shape.QUESTION: ("(", ")"),
    Shape.DECISION: ("{{", "}}"),
    Shape.CALL: ("[[", "]]"),
    Shape.END: ("([", "])"),
}

_forms: Mapping[Shape, str] = {
    Shape.ENTRY: 'shape=box style="rounded,filled"',
    Shape.STEP: "shape=box style=filled",
    Shape.QUESTION: 'shape=box style="rounded,filled"',
    Shape.DECISION: "shape=hexagon style=filled",
    Shape.CALL: "shape=box style=filled peripheries=2",
    Shape.END: 'shape=box style="rounded,filled"',
}


def mermaid(diagram: Diagram) -> str:
    """A Mermaid flowchart."""
    lines = ["flowchart TD"]
    for number, group in enumerate(diagram.groups):
        lines.append(f'  subgraph g{number}["{_escaped(group.title)}"]')
        for node in group.nodes:
            opening, closing = _brackets[node.shape]
            text = "<br/>".join(map(_escaped, _lines(node)))
            lines.append(f'    {node.id}{opening}"{text}"{closing}')
        lines.append("  end")
    for edge in diagram.edges:
        arrow = "-.->" if edge.aside or edge.count == 0 else "-->"
        label = f'|"{_escaped(_label(edge))}"|' if _label(edge) else ""
        lines.append(f"  {edge.source} {arrow}{label} {edge.target}")
    nodes = [node for group in diagram.groups for node in group.nodes]
    for shape, (fill, border) in _colours.items():
        names = ",".join(node.id for node in nodes if node.shape is shape)
        if names:
            lines.append(f"  classDef {shape}Box fill:{fill},stroke:{border},color:#102027")
            lines.append(f"  class {names} {shape}Box")
    missed = ",".join(node.id for node in nodes if node.count == 0)
    if missed:
        fill, border = _missed
        lines.append(f"  classDef missedBox fill:{fill},stroke:{border},stroke-dasharray:4,color:#102027")
        lines.append(f"  class {missed} missedBox")
    return "\n".join(lines) + "\n"


def _lines(node: Node) -> tuple[str, ...]:
    return node.lines if node.count is None else (*node.lines, f"({node.count})")


def _label(edge: Edge) -> str:
    """What stands at an arrow."""
    if edge.count is None:
        return edge.label
    return f"{edge.label} ({edge.count})".strip()


def _escaped(text: str) -> str:
    """As Mermaid writes characters that mean something to it or to HTML."""
    table = {character: f"#{ord(character)};" for character in '#"<>&`\\'}
    return "".join(table.get(character, character) for character in text)


def svg(diagram: Diagram) -> str:
    """A picture, laid out by Graphviz. Raises `WorldError` when it is not installed."""
    try:
        import pygraphviz
    except ModuleNotFoundError as error:
        raise WorldError(
            "An SVG needs the package pygraphviz, which is not installed.",
            remedy="Run `pip install 'botkit[graph]'`, or take `--format mermaid`.",
        ) from error
    except ImportError as error:
        raise WorldError(
            f"An SVG needs the package pygraphviz, which cannot be loaded: {error}.",
            remedy="On Debian, as root: apt-get install libglib2.0-0; or take `--format mermaid`.",
        ) from error
    drawn: bytes = pygraphviz.AGraph(string=dot(diagram)).draw(format="svg", prog="dot")
    return drawn.decode()


def dot(diagram: Diagram) -> str:
    """Graphviz's own language."""
    lines = [
        "digraph {",
        '  graph [fontname="Helvetica" fontsize=13 nodesep=0.3 ranksep=0.35 compound=true]',
        '  node [fontname="Helvetica" fontsize=11 margin="0.12,0.06" height=0.3]',
        '  edge [fontname="Helvetica" fontsize=10 color="#546e7a" fontcolor="#37474f" arrowsize=0.7]',
    ]
    for number, group in enumerate(diagram.groups):
        lines.append(f"  subgraph cluster_{number} {{")
        lines.append(f'    label={_quoted(group.title)} style=rounded color="#b0bec5" labeljust=l')
        lines += [f"    {_dot_node(node)}" for node in group.nodes]
        lines.append("  }")
    lines += [f"  {_dot_edge(edge)}" for edge in diagram.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _dot_node(node: Node) -> str:
    fill, border = _missed if node.count == 0 else _colours[node.shape]
    label = _quoted("\n".join(_lines(node)))
    tip = _quoted(node.place or node.lines[0])
    return f'{node.id} [{_forms[node.shape]} fillcolor="{fill}" color="{border}" label={label} tooltip={tip}]'


def _dot_edge(edge: Edge) -> str:
    text = _label(edge)
    label = f"label={_quoted(f' {text} ')}" if text else ""
    style = 'style=dashed constraint=false color="#8e24aa"' if edge.aside else ""
    if edge.count == 0:
        style = f'style=dashed color="{_missed[1]}"'
    return f"{edge.source} -> {edge.target} [{label} {style}]"


def _quoted(text: str) -> str:
    """Left-aligned lines; Graphviz knows HTML's entities in a label."""
    text = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'
