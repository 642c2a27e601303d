"""Draws CPU and lateness against the number of calls. Run by a Python that has matplotlib:

python picture.py FILE.svg      reads {bot: [[calls, CPU per call in %, 99th percentile of lateness in ms]]}
"""

from __future__ import annotations

import json
import sys

COLOURS = {"botkit": "#0b6e4f", "aiortc": "#c1440e", "Pipecat": "#5b4b8a"}
MARKS = {"botkit": "o", "aiortc": "s", "Pipecat": "^"}
LATE = 20


def main(file: str, curves: dict[str, list[list[float]]]) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter, NullFormatter

    pyplot.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "botkit", "font.family": "sans-serif"})
    picture, (cost, late) = pyplot.subplots(1, 2, figsize=(9.6, 3.8), layout="constrained")
    for bot, points in curves.items():
        calls, cpu, behind = zip(*sorted(points), strict=True)
        style = {"color": COLOURS[bot], "marker": MARKS[bot], "markersize": 4.5, "label": bot}
        cost.plot(calls, cpu, **style)
        late.plot(calls, behind, **style)
    late.axhline(LATE, color="#888888", linewidth=0.8, linestyle="--")
    late.annotate("one packet", (1, LATE), textcoords="offset points", xytext=(2, 3), color="#666666")
    cost.set_title("CPU per call, % of a core", loc="left", fontsize=11)
    late.set_title("lateness of packets, 99th percentile, ms", loc="left", fontsize=11)
    for axes in (cost, late):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("calls at once on one core")
        axes.grid(visible=True, which="major", linewidth=0.4, color="#cccccc")
        axes.spines[["top", "right"]].set_visible(False)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
    cost.legend(frameon=False)
    picture.savefig(file, metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1], json.load(sys.stdin))
