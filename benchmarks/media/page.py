"""Puts figures into a page: a table of those with limits, one of the loads, and the picture of these."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import Figure
from benchmarks.peers import python_with

MATPLOTLIB = ("matplotlib==3.11.2",)
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
PICTURE = "images/media.svg"
"""From the page's folder."""
WHAT = {
    "calls_per_core": "calls that one core holds, with fewer than 1 % of their packets more than 20 ms late",
    "cpu_vs_aiortc": "CPU per call, against aiortc",
    "cpu_vs_pipecat": "CPU per call, against Pipecat",
    "cpu_vs_limit": "CPU per call, against the floor",
    "memory_per_call_mb": "memory per call",
    "prompt_packets_after_key": "keys, of a hundred, behind which anything of the prompt still leaves",
    "prompt_packets_after_key_most": "packets of the prompt that leave behind one key",
    "speech_barge_in_ms_median": "from the first packet with voice in it to the last one of the prompt",
    "false_barge_ins": "prompts that noise stops, at 10 dB",
    "offer_to_first_rtp_ms_median": "from the offer to the first packet of sound",
    "loss_delivered_percent": "on bad lines: heard of what came in time",
    "loss_added_delay_ms": "on bad lines: delay that is left a second later",
    "loss_time_line_off_percent": "on bad lines: by how much a second is longer or shorter",
    "receive_vs_libopus": "CPU of a packet that comes, against libopus alone",
    "reply_ms_median": "from the last voiced frame of an answer to the first packet of the reply",
    "reply_paused_cut_in_two": "answers, of forty, that a pause of 0.4 s cuts in two",
    "chromium_lost": "packets that Chromium missed in a minute of prompts",
    "chromium_concealed": "samples that Chromium had to make up meanwhile",
}
"""In words; others go by their names."""
BOTS = {"botkit": "botkit", "aiortc": "aiortc", "pipecat": "Pipecat"}
LOAD = re.compile(
    r"(?P<bot>[a-z]+)_(?P<kind>\w+)_(?P<calls>\d+)_(?P<what>cpu|late|late_p50|late_p99|late_worst)"
)

Loads = Mapping[tuple[str, str, int], Mapping[str, float]]
"""By bot, kind of load and number of calls: what was measured."""


def write(figures: Sequence[Figure], page: Path) -> None:
    """Between the marks of the page; the picture beside it. Raises `ValueError` when it has no marks."""
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no lines {BEGIN.strip()} and {END.strip()}")
    loads = loads_of(figures)
    tables = "\n".join([*limits_table(figures), "", *loads_table(loads)])
    page.write_text(f"{before}{begin}\n{tables}\n\n{end}{after}")
    _draw(loads, page.parent / PICTURE)


def limits_table(figures: Sequence[Figure]) -> Iterator[str]:
    """The figures with limits, in Markdown."""
    yield "| what | measured | limit |"
    yield "| --- | ---: | ---: |"
    for each in figures:
        if each.limit is not None:
            what = WHAT.get(each.name, each.name.replace("_", " "))
            bound = "at least" if each.at_least else "at most"
            yield f"| {what} | {_number(each.value)} {each.unit} | {bound} {_number(each.limit)} |"


def loads_table(loads: Loads) -> Iterator[str]:
    """What each load came to, in Markdown."""
    yield "| bot | callers | calls | CPU per call | late: median | 99 % | worst | more than 20 ms late |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for (bot, kind, calls), found in sorted(loads.items()):
        late = " | ".join(f"{found[f'late_{share}']:.1f} ms" for share in ("p50", "p99", "worst"))
        cpu, share = f"{found['cpu']:.2f} %", f"{found['late']:.2f} %"
        yield f"| {BOTS[bot]} | {kind.replace('_', ' ')} | {calls} | {cpu} | {late} | {share} |"


def loads_of(figures: Sequence[Figure]) -> Loads:
    """Those figures that tell of loads."""
    loads: dict[tuple[str, str, int], dict[str, float]] = {}
    for each in figures:
        match = LOAD.fullmatch(each.name)
        if match is not None and match["bot"] in BOTS:
            key = (match["bot"], match["kind"], int(match["calls"]))
            loads.setdefault(key, {})[match["what"]] = each.value
    return loads


def _draw(loads: Loads, file: Path) -> None:
    curves: dict[str, list[list[float]]] = {}
    for (bot, kind, calls), found in loads.items():
        if kind == "opus":
            curves.setdefault(BOTS[bot], []).append([calls, found["cpu"], found["late_p99"]])
    file.parent.mkdir(exist_ok=True)
    command = [str(python_with(*MATPLOTLIB)), str(Path(__file__).with_name("picture.py")), str(file)]
    subprocess.run(command, check=True, input=json.dumps(curves), text=True)


def _number(value: float) -> str:
    return f"{round(value, 6):.3g}" if value < 1000 else f"{value:.0f}"
