"""How the lines of calls are, as numbers for a graph."""

from __future__ import annotations

from collections.abc import Callable

from botkit.ports import metrics
from botkit.ports.audio import LegEvent, LegStatistics, LineMeasured
from botkit.ports.telemetry import Telemetry


def measured(on_event: Callable[[LegEvent], None], telemetry: Telemetry) -> Callable[[LegEvent], None]:
    """`on_event` of one leg, with what it tells of its line counted on the way."""
    before = LegStatistics()

    def tell(event: LegEvent) -> None:
        nonlocal before
        if isinstance(event, LineMeasured):
            _count(telemetry, before, event.statistics)
            before = event.statistics
        on_event(event)

    return tell


def _count(telemetry: Telemetry, before: LegStatistics, now: LegStatistics) -> None:
    telemetry.count(metrics.RTP_PACKETS, "in", by=now.received - before.received)
    telemetry.count(metrics.RTP_PACKETS, "out", by=now.sent - before.sent)
    # What counted as lost may come late: a counter does not go back.
    telemetry.count(metrics.RTP_LOST, "in", by=max(0, now.lost - before.lost))
    telemetry.count(metrics.RTP_LOST, "out", by=max(0, (now.far_lost or 0) - (before.far_lost or 0)))
    for value, direction in ((now.jitter, "in"), (now.far_jitter, "out")):
        if value is not None:
            telemetry.observe(metrics.RTP_JITTER, value, direction)
    if now.round_trip is not None:
        telemetry.observe(metrics.RTP_ROUND_TRIP, now.round_trip)
