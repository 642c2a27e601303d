"""OpenTelemetry: traces of sessions, turns, steps and effects, sent by OTLP.

`plugins: [otel]` in bot.yaml switches it on; where they go is said by the variables of the standard
(`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME` ...).
"""

from __future__ import annotations

from collections.abc import Sequence

from botkit.hooks import hook
from botkit.model.errors import UsageError
from botkit.ports.telemetry import Telemetry


@hook
def register_telemetry() -> Sequence[Telemetry]:
    try:
        from .exporting import over_otlp
    except ImportError as error:
        raise UsageError(
            f"The plugin otel lacks a package: {error.name}.",
            where="plugins: otel",
            remedy="Install it with: pip install 'botkit[otel]'",
        ) from error
    return [over_otlp()]
