"""Where traces go."""

from __future__ import annotations

import os

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.environment_variables import OTEL_SERVICE_NAME
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from .tracing import Ids, Tracing


def over_otlp() -> Tracing:
    """By OTLP over HTTP, in batches, from a thread of the SDK's."""
    named = {} if os.environ.get(OTEL_SERVICE_NAME) else {SERVICE_NAME: "botkit"}
    ids = Ids()
    provider = TracerProvider(resource=Resource.create(named), id_generator=ids, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider, ids)
