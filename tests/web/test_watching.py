"""`/health/*` and `/metrics`, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from botkit.model.secret import Secret
from botkit.ports import metrics
from botkit.ports.store import StoreError
from botkit.ports.telemetry import Counter, Gauge, Histogram, Metric
from botkit.web.addresses import Listen
from botkit.web.health import Health
from botkit.web.prometheus import Prometheus
from botkit.web.server import WebServer


class Watched:
    """A server with all that watches over a bot."""

    def __init__(self, token: Secret | None = None) -> None:
        self.dead: list[str] = []
        self.hindrances: dict[str, str] = {}
        self.engines: dict[str, str] = {}
        self.sampling: StoreError | None = None
        self.prometheus = Prometheus("1.2.3")
        self.server = WebServer(Listen("127.0.0.1", 0))
        Health(dead=lambda: self.dead, hindrances=self._hindrances, engines=lambda: self.engines).add_to(
            self.server
        )
        self.prometheus.add_to(self.server, sample=self._sample, token=token)

    async def _hindrances(self) -> Mapping[str, str]:
        return self.hindrances

    async def _sample(self) -> None:
        if self.sampling is not None:
            raise self.sampling
        self.prometheus.set(metrics.OUTBOX, 7)

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.server.port}{path}"
        async with ClientSession() as client, client.get(url, headers=headers) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def watched() -> AsyncIterator[Watched]:
    it = Watched()
    await it.server.start()
    yield it
    await it.server.stop()


@pytest.fixture
async def guarded() -> AsyncIterator[Watched]:
    it = Watched(Secret("open sesame"))
    await it.server.start()
    yield it
    await it.server.stop()


async def test_a_bot_lives_until_a_loop_of_it_died(watched: Watched) -> None:
    assert await watched.get("/health/live") == (200, '{"live": true, "dead": []}')
    watched.dead.append("outbox")
    assert await watched.get("/health/live") == (503, '{"live": false, "dead": ["outbox"]}')


async def test_a_bot_is_ready_when_nothing_stands_in_the_way(watched: Watched) -> None:
    assert await watched.get("/health/ready") == (200, '{"ready": true, "reasons": {}}')
    watched.hindrances["platform"] = "reconnecting"
    assert await watched.get("/health/ready") == (
        503,
        '{"ready": false, "reasons": {"platform": "reconnecting"}}',
    )


async def test_a_bot_whose_voice_does_not_start_is_not_ready(watched: Watched) -> None:
    watched.engines["voice"] = "caruso does not start; the log tells why"
    status, text = await watched.get("/health/ready")
    assert (status, json.loads(text)["reasons"]) == (503, watched.engines)


async def test_all_of_it_is_told_while_the_bot_stops(watched: Watched) -> None:
    watched.server.refuse()
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert (await watched.get(path))[0] == 200


async def test_metrics_are_what_prometheus_reads(watched: Watched) -> None:
    watched.prometheus.count(metrics.SESSIONS_BEGUN, "desk", "chat")
    watched.prometheus.count(metrics.SESSIONS_BEGUN, "desk", "chat")
    watched.prometheus.observe(metrics.TURNS, 0.003, "desk", "taken")
    status, text = await watched.get("/metrics")
    assert status == 200
    samples = {
        (sample.name, *map(sample.labels.__getitem__, sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["botkit_sessions_begun_total", "chat", "desk"] == 2
    assert samples["botkit_turn_duration_seconds_bucket", "desk", "0.0025", "taken"] == 0
    assert samples["botkit_turn_duration_seconds_bucket", "desk", "0.005", "taken"] == 1
    assert samples["botkit_outbox_rows",] == 7, "it is sampled when somebody looks"
    assert samples["botkit_build_info", "1.2.3"] == 1
    assert samples["process_resident_memory_bytes",] > 0


async def test_two_bots_of_one_process_count_for_themselves() -> None:
    one, other = Prometheus("1"), Prometheus("1")
    one.count(metrics.EVENTS, "message_received")
    own = Watched()
    own.prometheus = other
    await own.server.start()
    assert "message_received" not in (await own.get("/metrics"))[1]
    await own.server.stop()


async def test_a_plugin_may_count_what_it_likes(watched: Watched) -> None:
    parcels = Counter(name="parcels_found_total", help="Parcels.", labels=("carrier",))
    watched.prometheus.count(parcels, "the van", by=3)
    assert 'parcels_found_total{carrier="the van"} 3.0' in (await watched.get("/metrics"))[1]


async def test_a_token_that_is_no_text_is_a_wrong_one(guarded: Watched) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.server.port)
    writer.write(
        b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\r\nConnection: close\r\n\r\n"
    )
    assert (await reader.read()).startswith(b"HTTP/1.1 401")
    writer.close()


async def test_metrics_are_for_this_machine_unless_a_token_says_otherwise(
    watched: Watched, guarded: Watched
) -> None:
    assert (await watched.get("/metrics", **{"X-Forwarded-For": "203.0.113.7"}))[0] == 403
    assert (await watched.get("/metrics", Forwarded="for=203.0.113.7"))[0] == 403
    assert (await guarded.get("/metrics"))[0] == 401
    assert (await guarded.get("/metrics", Authorization="Bearer open sesam"))[0] == 401
    assert (await guarded.get("/metrics", Authorization="Basic open sesame"))[0] == 401
    status, text = await guarded.get(
        "/metrics", Authorization="Bearer open sesame", **{"X-Forwarded-For": "203.0.113.7"}
    )
    assert status == 200
    assert "sesame" not in text


async def test_a_store_that_is_away_is_no_reason_to_hang(watched: Watched) -> None:
    watched.sampling = StoreError("the disk is gone")
    status, text = await watched.get("/metrics")
    assert (status, text) == (503, "the store does not answer\n")


@pytest.mark.parametrize("metric", metrics.catalogue(), ids=lambda metric: metric.name)
def test_names_are_as_prometheus_wants_them(metric: Metric) -> None:
    assert metric.name.startswith("botkit_")
    assert isinstance(metric, Counter) == metric.name.endswith("_total")
    if isinstance(metric, Histogram):
        assert list(metric.buckets) == sorted(set(metric.buckets))
        assert metric.name.endswith("_seconds") or metric.name == "botkit_effect_tries"
    assert isinstance(metric, Counter | Gauge | Histogram)
    assert not {"person", "session", "conversation", "call", "user"} & set(metric.labels)


async def test_nobody_waits_for_the_other(watched: Watched) -> None:
    answers = await asyncio.gather(*(watched.get("/metrics") for _ in range(20)))
    assert {status for status, _ in answers} == {200}
