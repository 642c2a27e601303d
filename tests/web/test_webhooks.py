"""Webhooks in, over real sockets."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession
from multidict import CIMultiDict
from yarl import URL

from botkit.model.events import WebhookReceived
from botkit.model.limits import Rate
from botkit.model.secret import Secret
from botkit.model.standard_webhooks import key_of, signature
from botkit.ports.store import StoreError
from botkit.testing import VirtualClock
from botkit.testing.deliveries import Sender, signed_headers
from botkit.web import webhooks as webhooks_module
from botkit.web.addresses import Listen
from botkit.web.presets import PRESETS, Webhook
from botkit.web.server import WebServer
from botkit.web.webhooks import Webhooks, parsed

KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
OLD_KEY = "whsec_" + base64.b64encode(b"o" * 32).decode()
TOKENS: Mapping[Sender, str] = {
    "standard": KEY,
    "github": "github-secret-0123456789",
    "gitlab": "gitlab-secret-0123456789",
    "alertmanager": "alerts-secret-0123456789",
    "bearer": "bearer-secret-0123456789",
}
ALERT: dict[str, Any] = {
    "groupKey": '{}:{alertname="Down"}',
    "status": "firing",
    "receiver": "bot",
    "alerts": [{"status": "firing", "fingerprint": "f1", "startsAt": "2026-03-02T09:30:00Z"}],
}


def body_of(value: object) -> bytes:
    return json.dumps(value).encode()


class Gate:
    """A server with one webhook of each preset, and what it keeps."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.kept: dict[str, WebhookReceived] = {}
        self.refuses = False
        hooks: dict[str, Webhook] = {
            name: Webhook(preset=PRESETS[name], secrets=(Secret(token),)) for name, token in TOKENS.items()
        }
        hooks["rotated"] = replace(hooks["standard"], secrets=(Secret("whsec_" + "A" * 40), Secret(OLD_KEY)))
        hooks["small"] = Webhook(
            preset=PRESETS["bearer"], secrets=(Secret("another-secret-0123456789"),), largest=100
        )
        hooks["few"] = replace(
            hooks["small"], secrets=(Secret("few-secret-0123456789"),), limit=Rate(2, 60.0)
        )
        hooks["signing"] = Webhook(preset=PRESETS["gitlab"], secrets=(Secret(KEY),))
        self.server = WebServer(Listen("127.0.0.1", 0))
        Webhooks(hooks, self._receive, clock).add_to(self.server)

    async def _receive(self, event: WebhookReceived) -> bool:
        if self.refuses:
            raise StoreError("the disk is full")
        new = event.event_id not in self.kept
        self.kept.setdefault(event.event_id, event)
        return new

    async def call(
        self, name: str, body: bytes, headers: Mapping[str, str] | list[tuple[str, str]]
    ) -> tuple[int, str]:
        url = URL(f"http://127.0.0.1:{self.server.port}/hooks/{name}", encoded=True)
        every = CIMultiDict(headers)
        every.setdefault("Content-Type", "application/json")
        async with ClientSession() as client, client.post(url, data=body, headers=every) as answer:
            return answer.status, await answer.text()

    async def send(self, sender: Sender, value: object = ALERT, message_id: str = "m1", **how: str) -> int:
        """A delivery that is in order."""
        body = body_of(value)
        headers = signed_headers(
            sender, TOKENS[sender], body, message_id=message_id, at=self.clock.now(), **how
        )
        return (await self.call(sender, body, headers))[0]


@pytest.fixture
async def gate(clock: VirtualClock) -> AsyncIterator[Gate]:
    gate = Gate(clock)
    await gate.server.start()
    yield gate
    await gate.server.stop()


def standard(
    gate: Gate, body: bytes, *, key: str = KEY, late: float = 0, message_id: str = "m1"
) -> dict[str, str]:
    at = gate.clock.now() - timedelta(seconds=late)
    return signed_headers("standard", key, body, message_id=message_id, at=at)


@pytest.mark.parametrize("sender", list(TOKENS))
async def test_what_is_proven_is_kept_once_and_told_so(sender: Sender, gate: Gate) -> None:
    assert await gate.send(sender) == 202
    assert await gate.send(sender) == 200
    (event,) = gate.kept.values()
    assert event.body == ALERT
    assert event.webhook == sender
    assert event.event_id.startswith(f"webhook:{sender}:")
    assert event.at == gate.clock.now()


@pytest.mark.parametrize("sender", list(TOKENS))
async def test_who_proves_nothing_is_told_401(sender: Sender, gate: Gate) -> None:
    body = body_of(ALERT)
    right = signed_headers(sender, TOKENS[sender], body, message_id="m1", at=gate.clock.now(), kind="push")
    wrong = signed_headers(
        sender,
        "whsec_" + base64.b64encode(b"w" * 32).decode(),
        body,
        message_id="m1",
        at=gate.clock.now(),
        kind="push",
    )
    assert (await gate.call(sender, body, {}))[0] == 401
    assert (await gate.call(sender, body, wrong))[0] == 401
    assert (await gate.call(sender, b"", {}))[0] == 401
    proof = next(name for name in right if name.lower() in PROOFS)
    for text in ("", right[proof] + "x", right[proof][:-1], "v1,", "sha256=", "Bearer", "Bearer ", "ü"):
        assert (await gate.call(sender, body, {**right, proof: text}))[0] == 401
    twice = [*right.items(), (proof, right[proof])]
    assert (await gate.call(sender, body, twice))[0] == 401
    assert not gate.kept


PROOFS = ("webhook-signature", "x-hub-signature-256", "x-gitlab-token", "authorization")


@pytest.mark.parametrize("sender", ["standard", "github"])
async def test_a_body_that_was_changed_is_not_what_was_signed(sender: Sender, gate: Gate) -> None:
    body = body_of(ALERT)
    headers = signed_headers(sender, TOKENS[sender], body, message_id="m1", at=gate.clock.now())
    for other in (body[:-1], body + b" ", b"", body.replace(b"firing", b"fizing")):
        assert (await gate.call(sender, other, headers))[0] == 401


async def test_neither_id_nor_time_of_a_signature_can_be_changed(gate: Gate) -> None:
    body = body_of(ALERT)
    headers = standard(gate, body)
    stamp = headers["webhook-timestamp"]
    for name, text in (
        ("webhook-id", "m2"),
        ("webhook-timestamp", str(int(stamp) + 1)),
        ("webhook-timestamp", f" {stamp}.0"),
        ("webhook-timestamp", "0" + stamp),
        ("webhook-timestamp", "-" + stamp),
        ("webhook-timestamp", "١" + stamp[1:]),
        ("webhook-timestamp", "9" * 30),
    ):
        assert (await gate.call("standard", body, {**headers, name: text}))[0] == 401
    assert not gate.kept


async def test_where_an_id_ends_cannot_be_moved(gate: Gate) -> None:
    """`a.1` at 2 with the body `3.4` is signed like `a` at 1 with the body `2.3.4`, and so on."""
    stamp = int(gate.clock.now().timestamp())
    made = signature(key_of(KEY), "a", stamp, f"{stamp}.5".encode())
    moved = {"webhook-id": f"a.{stamp}", "webhook-timestamp": str(stamp), "webhook-signature": made}
    assert (await gate.call("standard", b"5", moved))[0] == 401
    assert not gate.kept


@pytest.mark.parametrize(("late", "status"), [(0, 202), (299, 202), (-299, 202), (301, 401), (-301, 401)])
async def test_a_time_may_be_off_by_the_window_either_way(late: float, status: int, gate: Gate) -> None:
    body = body_of(ALERT)
    assert (await gate.call("standard", body, standard(gate, body, late=late)))[0] == status


async def test_a_copy_is_worth_nothing_now_and_later(gate: Gate) -> None:
    body = body_of(ALERT)
    headers = standard(gate, body)
    assert (await gate.call("standard", body, headers))[0] == 202
    assert (await gate.call("standard", body, headers))[0] == 200
    await gate.clock.advance(600)
    assert (await gate.call("standard", body, headers))[0] == 401
    assert len(gate.kept) == 1


async def test_a_github_copy_under_a_new_id_is_recognised_by_its_body(gate: Gate) -> None:
    assert await gate.send("github", message_id="d1", kind="push") == 202
    assert await gate.send("github", message_id="d2", kind="release") == 200
    assert [event.kind for event in gate.kept.values()] == ["push"]


async def test_of_two_secrets_any_counts_and_of_several_signatures_one(gate: Gate) -> None:
    body = body_of(ALERT)
    assert (await gate.call("rotated", body, standard(gate, body, key=OLD_KEY)))[0] == 202
    both = standard(gate, body, key=OLD_KEY, message_id="m2")
    both["webhook-signature"] = f"v1,AAAA v1a,x {both['webhook-signature']}"
    assert (await gate.call("rotated", body, both))[0] == 202
    assert (await gate.call("rotated", body, standard(gate, body, key=KEY)))[0] == 401


async def test_what_is_signed_for_one_webhook_passes_at_no_other(gate: Gate) -> None:
    body = body_of(ALERT)
    headers = standard(gate, body)
    for name in ("rotated", "github", "gitlab", "bearer", "nowhere", "%2e%2e%00", "standard%00"):
        assert (await gate.call(name, body, headers))[0] == 401


async def test_one_that_is_not_there_is_told_the_same(gate: Gate) -> None:
    there = await gate.call("standard", b"{}", {})
    assert await gate.call("nowhere", b"{}", {}) == there


async def test_gitlab_may_sign_like_the_standard(gate: Gate) -> None:
    body = body_of(ALERT)
    assert (await gate.call("signing", body, standard(gate, body)))[0] == 202
    assert (await gate.call("signing", body, {"X-Gitlab-Token": KEY}))[0] == 401


async def test_alertmanager_may_send_a_password(gate: Gate) -> None:
    password = base64.b64encode(f"bot:{TOKENS['alertmanager']}".encode()).decode()
    body = body_of(ALERT)
    assert (await gate.call("alertmanager", body, {"Authorization": f"Basic {password}"}))[0] == 202
    for text in ("Basic x", "Basic " + base64.b64encode(b"bot").decode(), "Basic \xff"):
        assert (await gate.call("alertmanager", body, {"Authorization": text}))[0] == 401


async def test_alerts_are_told_apart_by_what_has_changed(gate: Gate) -> None:
    assert await gate.send("alertmanager", ALERT) == 202
    assert await gate.send("alertmanager", {**ALERT, "externalURL": "http://other"}) == 200
    ended = {**ALERT["alerts"][0], "status": "resolved", "endsAt": "2026-03-02T10:00:00Z"}
    assert await gate.send("alertmanager", {**ALERT, "status": "resolved", "alerts": [ended]}) == 202
    another = {**ALERT["alerts"][0], "fingerprint": "f2"}
    assert await gate.send("alertmanager", {**ALERT, "alerts": [*ALERT["alerts"], another]}) == 202
    assert await gate.send("alertmanager", {**ALERT, "alerts": [another, *ALERT["alerts"]]}) == 200
    assert await gate.send("alertmanager", {"alerts": "none"}) == 202
    assert await gate.send("alertmanager", [1]) == 202
    assert [event.kind for event in gate.kept.values()] == ["firing", "resolved", "firing", "", ""]


async def test_without_an_id_every_request_is_one_of_its_own(gate: Gate) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['bearer']}"}
    for _ in range(2):
        assert (await gate.call("bearer", b'{"type": "door.opened"}', headers))[0] == 202
    assert [event.kind for event in gate.kept.values()] == ["door.opened", "door.opened"]


@pytest.mark.parametrize("given", ["a b", '"quoted"', "x" * 5000, "ü", "\xff"])
async def test_an_id_of_any_look_is_recognised(given: str, gate: Gate) -> None:
    headers = {"Authorization": f"Bearer {TOKENS['bearer']}", "Idempotency-Key": given}
    assert (await gate.call("bearer", b"{}", headers))[0] == 202
    assert (await gate.call("bearer", b"{}", headers))[0] == 200
    twice = [*headers.items(), ("Idempotency-Key", "other")]
    assert (await gate.call("bearer", b"{}", twice))[0] == 202
    assert (await gate.call("bearer", b"{}", twice))[0] == 200


async def test_a_body_too_large_is_refused_before_it_is_read_and_while(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "botkit.web.webhooks")
    headers = {"Authorization": "Bearer another-secret-0123456789", "Content-Type": "application/json"}
    whole = b'"' + b"a" * 98 + b'"'
    assert (await gate.call("small", whole, headers))[0] == 202
    assert (await gate.call("small", whole + b" ", headers))[0] == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"a" * 50

    url = f"http://127.0.0.1:{gate.server.port}/hooks/small"
    async with ClientSession() as client, client.post(url, data=chunks(), headers=headers) as answer:
        assert answer.status == 413
    assert len(gate.kept) == 1
    assert caplog.text.count("calls the webhook 'small': more than 100 bytes (`largest`) are not read") == 2


async def test_a_body_in_chunks_is_the_same_body(gate: Gate) -> None:
    body = body_of({"text": "déjà vu 🎉"})

    async def chunks() -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])

    url = f"http://127.0.0.1:{gate.server.port}/hooks/standard"
    headers = standard(gate, body)
    async with ClientSession() as client, client.post(url, data=chunks(), headers=headers) as answer:
        assert answer.status == 202
    (event,) = gate.kept.values()
    assert event.body == {"text": "déjà vu 🎉"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[" * 40 + b"]" * 40, "nested too deep"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"a": NaN}', "number"),
        (b'{"a": 1e999}', "number"),
        (b'{"a": "\\ud800"}', "half a character"),
        (b'{"\\udc00": 1}', "half a character"),
        (b"1" * 5000, "digits"),
    ],
)
async def test_what_is_no_json_is_told_only_to_who_is_proven(body: bytes, why: str, gate: Gate) -> None:
    status, told = await gate.call("standard", body, standard(gate, body))
    assert status == 400
    assert why in told
    assert (await gate.call("standard", body, {}))[0] == 401
    assert not gate.kept


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain"},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_only_json_is_taken_and_nothing_compressed(headers: Mapping[str, str], gate: Gate) -> None:
    body = gzip.compress(b"{}")
    assert (await gate.call("standard", body, {**standard(gate, body), **headers}))[0] == 415
    assert not gate.kept


async def test_what_cannot_be_kept_is_never_told_202(gate: Gate) -> None:
    gate.refuses = True
    assert await gate.send("standard") == 503
    gate.refuses = False
    assert await gate.send("standard") == 202


async def test_a_sender_that_runs_wild_is_told_when_to_come_again(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    token = {"Authorization": "Bearer few-secret-0123456789", "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{gate.server.port}/hooks/few"

    async def called(headers: Mapping[str, str] = token) -> tuple[int, str]:
        async with ClientSession() as client, client.post(url, data=b"{}", headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After", "")

    for _ in range(5):  # who proves nothing takes nobody's place
        assert (await called({}))[0] == 401
    assert await called() == (202, "")
    await gate.clock.advance(20)
    assert await called() == (202, "")
    assert await called() == (429, "40")
    assert await called() == (429, "40")
    assert await gate.send("bearer") == 202  # another webhook is no matter
    await gate.clock.advance(39.5)
    assert await called() == (429, "1")
    await gate.clock.advance(0.5)
    assert await called() == (202, "")
    assert await called() == (429, "20")
    warned = [each for each in caplog.records if "called more often" in each.getMessage()]
    assert len(warned) == 2


async def test_only_a_post_is_taken(gate: Gate) -> None:
    url = f"http://127.0.0.1:{gate.server.port}/hooks/standard"
    async with ClientSession() as client, client.get(url) as answer:
        assert answer.status == 405


async def test_a_body_that_breaks_off_is_nothing(gate: Gate) -> None:
    body = body_of(ALERT)
    headers = "".join(f"{name}: {text}\r\n" for name, text in standard(gate, body).items())
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.server.port)
    writer.write(
        f"POST /hooks/standard HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    )
    writer.write(body[:-5])
    writer.write_eof()
    assert b" 202 " not in await reader.read()
    writer.close()
    assert not gate.kept


async def test_a_body_that_does_not_come_is_not_waited_for(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks_module, "BODY_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", gate.server.port)
    writer.write(b"POST /hooks/standard HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
    assert b" 408 " in await reader.read()
    writer.close()


async def test_a_flood_of_strangers_does_not_fill_the_log(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "botkit.web.webhooks")
    for _ in range(40):
        await gate.call("bearer", b"{}", {})
    assert len(caplog.records) == 30
    await gate.clock.advance(60)
    await gate.call("bearer", b"{}", {})
    assert caplog.records[-1].getMessage().endswith("no header authorization (10 more before are not told)")


async def test_no_secret_and_no_signature_is_logged(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = body_of({"text": "the body"})
    headers = {**standard(gate, body), "Authorization": "Bearer letmein-letmein-letmein"}
    await gate.call("standard", body, headers)
    await gate.call("bearer", body, headers)
    await gate.call("nowhere%0AINFO%20all%20is%20well", body, headers)
    text = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("botkit"))
    assert "calls the webhook 'bearer': no secret that bot.yaml has for it fits" in text
    assert r"calls the webhook 'nowhere\nINFO all is well': there is none" in text
    assert "\nINFO all is well" not in text
    for hidden in ("letmein", headers["webhook-signature"], "the body", KEY):
        assert hidden not in text


def test_json_comes_as_it_is() -> None:
    assert parsed(b'{"a": [1, 2.5, null, true, "x"]}') == {"a": [1, 2.5, None, True, "x"]}


@pytest.mark.parametrize(
    ("preset", "secret", "fault"),
    [
        ("standard", "letmein", "whsec_"),
        ("standard", "whsec_AAAA", "24 to 64 bytes"),
        ("github", "letmein", "shorter than 16"),
        ("bearer", "0123456789\n0123456789", "line breaks"),
        ("gitlab", "whsec_x", "Base64"),
    ],
)
def test_a_weak_secret_is_told_without_itself(preset: str, secret: str, fault: str) -> None:
    told = PRESETS[preset].fault(secret)
    assert fault in told
    assert secret not in told
    for name, token in TOKENS.items():
        assert PRESETS[name].fault(token) == ""
