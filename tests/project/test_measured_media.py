"""The measurement of media: how late is late, how many are too many, and what its page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import Figure
from benchmarks.media import load
from benchmarks.media.lateness import Arrivals, last_good, offsets, punctuality
from benchmarks.media.page import BEGIN, END, limits_table, loads_of, loads_table, write

MS = 1_000_000
SLOTS = 100


def arrivals(late: dict[int, int], *, missing: int = 0, first: int = 0) -> Arrivals:
    """A call of Opus; `late`: packet -> ms behind its slot. The last `missing` ones never come."""
    slots = range(SLOTS - missing)
    times = [(20 * slot + late.get(slot, 0)) * MS for slot in slots]
    return Arrivals(times, [(first + 960 * slot) % 2**32 for slot in slots], 48000)


def test_a_packet_is_late_by_its_own_calls_grid() -> None:
    found = offsets(arrivals({0: 3, 7: 40, 8: 20}))
    assert found[7] == pytest.approx(0.040)
    assert found[0] == pytest.approx(0.003)
    assert found[9] == pytest.approx(0)


def test_the_grid_goes_on_when_timestamps_begin_anew() -> None:
    assert max(offsets(arrivals({}, first=2**32 - 10 * 960))) == pytest.approx(0)


def test_a_slot_that_is_skipped_makes_no_other_packet_late() -> None:
    whole = arrivals({})
    times, timestamps = list(whole.times), list(whole.timestamps)
    del times[50:60], timestamps[50:60]
    holes = Arrivals(times, timestamps, 48000)
    found = punctuality([holes], SLOTS)
    assert found.worst == pytest.approx(0)
    assert found.missing == 9  # and one for the edges of the window
    assert found.late_percent == pytest.approx(100 * 9 / 99)


def test_percentages_are_of_all_calls() -> None:
    found = punctuality([arrivals({5: 21, 6: 19}), arrivals({})], SLOTS)
    assert found.late_percent == pytest.approx(0.5)
    assert found.worst == pytest.approx(0.021)
    assert found.median == pytest.approx(0)


def test_a_call_that_hears_nothing_counts() -> None:
    found = punctuality([Arrivals((), (), 1), arrivals({})], SLOTS)
    assert found.late_percent == pytest.approx(100 * 99 / 199)


def test_calls_are_too_many_from_the_first_bad_step_on() -> None:
    assert last_good([(50, True), (100, True), (150, False), (200, True)]) == 100
    assert last_good([(50, False)]) == 0


FIGURES = [
    Figure(name="calls_per_core", value=250, unit="calls", limit=150, at_least=True),
    Figure(name="made_up", value=0.123, unit="ms", limit=1),
    Figure(name="botkit_nobody_listens_150_cpu", value=0.2, unit="% of a core/call"),
    Figure(name="botkit_nobody_listens_150_late", value=0, unit="%"),
    *(
        Figure(name=f"botkit_nobody_listens_150_late_{share}", value=1.25, unit="ms")
        for share in ("p50", "p99", "worst")
    ),
]


def test_the_page_tells_figures_in_words() -> None:
    table = list(limits_table(FIGURES))
    assert len(table) == 4
    assert table[2].startswith("| calls that one core holds")
    assert table[2].endswith("| 250 calls | at least 150 |")
    assert table[3] == "| made up | 0.123 ms | at most 1 |"


def test_the_page_has_a_line_for_each_load() -> None:
    (line,) = list(loads_table(loads_of(FIGURES)))[2:]
    assert line == "| botkit | nobody listens | 150 | 0.20 % | 1.2 ms | 1.2 ms | 1.2 ms | 0.00 % |"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{END}{BEGIN}")
    with pytest.raises(ValueError, match="has no lines"):
        write(FIGURES, page)
    assert page.read_text() == f"{END}{BEGIN}"


@pytest.mark.chaos
async def test_every_limit_of_the_load_sees_its_fault() -> None:
    limited = [figure for figure in await load.measure(True, True) if figure.limit is not None]
    assert {"calls_per_core", "cpu_vs_aiortc", "memory_per_call_mb"} <= {each.name for each in limited}
    assert [figure for figure in limited if figure.ok] == []
