"""`/metrics`: the numbers of `ports.metrics`, for Prometheus.

What stands there is nobody's secret and nobody's business: it is told to this machine alone, or to those who
know the token.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Awaitable, Callable

import prometheus_client
from aiohttp import hdrs, web
from prometheus_client.exposition import choose_encoder

from botkit.model.secret import Secret
from botkit.ports.metrics import catalogue
from botkit.ports.store import StoreError
from botkit.ports.telemetry import Counter, Gauge, Histogram, Metric, NoTelemetry

from .server import WebServer, unavailable

log = logging.getLogger(__name__)

FORWARDED = (hdrs.FORWARDED, hdrs.X_FORWARDED_FOR)
"""With one of these a request comes from a proxy: who sits behind that is not on this machine."""

Made = prometheus_client.Counter | prometheus_client.Gauge | prometheus_client.Histogram


class Prometheus(NoTelemetry):
    """Keeps the numbers of one bot."""

    on = True

    def __init__(self, version: str) -> None:
        """`version` is botkit's."""
        self._registry = prometheus_client.CollectorRegistry()
        self._made: dict[Metric, Made] = {metric: self._make(metric) for metric in catalogue()}
        self._rows: dict[tuple[Metric, tuple[str, ...]], Made] = {}
        """One for each set of labels; to look it up there takes a fraction of what the library takes."""
        prometheus_client.ProcessCollector(registry=self._registry)
        build = prometheus_client.Info("botkit_build", "What runs here.", registry=self._registry)
        build.info({"version": version})

    def count(self, metric: Counter, *labels: str, by: float = 1.0) -> None:
        made = self._of(metric, labels)
        assert isinstance(made, prometheus_client.Counter)
        made.inc(by)

    def observe(self, metric: Histogram, value: float, *labels: str) -> None:
        made = self._of(metric, labels)
        assert isinstance(made, prometheus_client.Histogram)
        made.observe(value)

    def set(self, metric: Gauge, value: float, *labels: str) -> None:
        made = self._of(metric, labels)
        assert isinstance(made, prometheus_client.Gauge)
        made.set(value)

    def add_to(
        self, server: WebServer, *, sample: Callable[[], Awaitable[None]], token: Secret | None
    ) -> None:
        """Add the route. `sample` brings up to date what is only looked at; with `token` everybody may read
        who knows it, without one this machine alone."""

        async def metrics(request: web.Request) -> web.Response:
            if not _may_read(request, token):
                return _refused(token)
            try:
                await sample()
            except StoreError as error:
                log.warning("the store tells no numbers: %s", error)
                return unavailable("the store does not answer")
            encode, content_type = choose_encoder(request.headers.get(hdrs.ACCEPT, ""))
            return web.Response(body=encode(self._registry), headers={hdrs.CONTENT_TYPE: content_type})

        server.add("GET", "/metrics", metrics, always=True)

    def _of(self, metric: Metric, labels: tuple[str, ...]) -> Made:
        row = self._rows.get((metric, labels))
        if row is None:
            whole = self._made.get(metric)
            if whole is None:  # a plugin's own
                whole = self._made[metric] = self._make(metric)
            row = self._rows[metric, labels] = whole.labels(*labels) if labels else whole
        return row

    def _make(self, metric: Metric) -> Made:
        name, text, labels = metric.name, metric.help, metric.labels
        match metric:
            case Histogram(buckets=buckets):
                return prometheus_client.Histogram(
                    name, text, labels, buckets=buckets, registry=self._registry
                )
            case Counter():
                return prometheus_client.Counter(name, text, labels, registry=self._registry)
            case _:
                return prometheus_client.Gauge(name, text, labels, registry=self._registry)


def _may_read(request: web.Request, token: Secret | None) -> bool:
    if token is not None:
        scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(
            given.strip().encode("utf-8", "surrogateescape"), token.reveal().encode()
        )
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        return False


def _refused(token: Secret | None) -> web.Response:
    if token is None:
        return web.Response(
            status=403, text="only this machine may read it; `web: metrics_token` lets others\n"
        )
    return web.Response(status=401, text="a token is wanted\n", headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
