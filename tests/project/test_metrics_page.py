"""The manual names every metric, as it is."""

from __future__ import annotations

from pathlib import Path

from botkit.ports.metrics import catalogue

PAGE = Path(__file__).parents[2] / "docs/reference/metrics.md"


def test_every_metric_is_on_the_page_and_no_other() -> None:
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `botkit_")]
    told = {name.strip("| `"): (labels, text.removesuffix(" |")) for name, _, labels, text in rows}
    assert told == {
        metric.name: (", ".join(f"`{label}`" for label in metric.labels) or "-", metric.help)
        for metric in catalogue()
    }
