"""What scripts came by, as a page to look at: the flow files, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import YamlLexer

from botkit.flow.coverage import Coverage, Place, Share, is_branch
from botkit.flow.flowset import FlowSet
from botkit.model.session import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class WayCount:
    """One branch of a step."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCount:
    """One line of a file."""

    number: int
    code: Markup
    chat: int | None
    """How many conversations; None = there is nothing to come by."""
    call: int | None
    ways: Sequence[WayCount]

    @property
    def state(self) -> str:
        """`none`, `hit`, `part` or `missed`."""
        counts = [count for count in (self.chat, self.call) if count is not None]
        if not counts and not self.ways:
            return "none"
        if not any(counts) and not any(way.count for way in self.ways):
            return "missed"
        return "part" if 0 in counts or any(not way.count for way in self.ways) else "hit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One row of the summary."""

    name: str
    lines: Share
    branches: Share


def coverage_page(coverage: Coverage, flows: FlowSet) -> str:
    """An HTML page with everything in it; nothing is loaded from elsewhere."""
    environment = Environment(
        loader=PackageLoader("botkit.testing.scripts", "pages"), autoescape=select_autoescape(["html"])
    )
    files = {file: list(_lines(file, coverage)) for file in _files(flows)}
    return environment.get_template("coverage.html").render(files=files, totals=totals(coverage))


def totals(coverage: Coverage) -> list[Total]:
    """Of chat, of calls, of both; of a channel only where there is something to come by."""
    kinds = (("chat", Channel.CHAT), ("call", Channel.CALL), ("all", None))
    return [
        Total(name=name, lines=coverage.lines(channel), branches=coverage.branches(channel))
        for name, channel in kinds
        if channel is None or coverage.of(channel)
    ]


def _files(flows: FlowSet) -> list[str]:
    return list(dict.fromkeys(str(flow.at.source.file) for flow in flows.flows.values()))


def _lines(file: str, coverage: Coverage) -> Iterator[LineCount]:
    text = Path(file).read_text(encoding="utf-8")
    shown = highlight(text, YamlLexer(stripnl=False), HtmlFormatter(nowrap=True)).split("\n")
    here: dict[int, list[Place]] = {}
    for place in coverage.places:
        if place.file == file:
            here.setdefault(place.line, []).append(place)
    for number, _ in enumerate(text.splitlines(), 1):
        places = here.get(number, [])
        yield LineCount(
            number=number,
            code=Markup(shown[number - 1] if number <= len(shown) else ""),  # noqa: S704 - made by pygments
            chat=_count(coverage, places, Channel.CHAT),
            call=_count(coverage, places, Channel.CALL),
            ways=[
                WayCount(name=place.way or place.step, count=coverage.count(place))
                for place in places
                if is_branch(place)
            ],
        )


def _count(coverage: Coverage, places: Sequence[Place], channel: Channel) -> int | None:
    steps = [place for place in places if channel in place.channels and not is_branch(place)]
    return sum(coverage.count(place, channel) for place in steps) if steps else None
