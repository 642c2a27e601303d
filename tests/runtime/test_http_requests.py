"""Requests that flows make: tried again, journalled, once in the session, and no secret anywhere."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64encode
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from botkit.model.effects import Http
from botkit.model.inputs import HttpFinished, HttpOutcome
from botkit.model.secret import Secret
from botkit.ports.http import AT_ONCE, HttpAnswer, HttpFailed, HttpRefused, HttpRequest
from botkit.ports.store import Commit, OutboxRow
from botkit.runtime.http_requests import HttpRequests
from botkit.testing import FakeHttp, ScriptedPerson, VirtualClock
from botkit.testing.http import answer, silence
from tests.runtime.house import House

URL = "https://example.com/x"
ROW = OutboxRow(id="s:1:0", key="session:s", session_id="s", payload=b"")


class Desk:
    """The performer alone."""

    def __init__(self, **secrets: str) -> None:
        self.http = FakeHttp()
        self.clock = VirtualClock()
        revealed = {name: Secret(text) for name, text in secrets.items()}
        self._requests = HttpRequests(self.http, revealed, self.clock, chance=lambda: 0.0)

    async def perform(self, url: str = URL, until: datetime | None = None) -> Commit:
        effect = Http(id="s:1:0", method="POST", url=url, timeout=5, until=until)
        return await self._requests.perform(ROW, effect)

    async def ask(
        self, *, tries: int = 1, wanted: bool = True, body: str = "", **secret_headers: str
    ) -> HttpFinished:
        effect = Http(
            id="s:1:0",
            method="POST",
            url=URL,
            headers={"X-A": "1"},
            secret_headers=secret_headers,
            body=body,
            timeout=5,
            tries=tries,
            wanted=wanted,
        )
        asked = asyncio.create_task(self._requests.perform(ROW, effect))
        await self.clock.settle()
        while not asked.done():
            await self.clock.advance(0.25)
        commit = asked.result()
        assert commit.confirmed == ("s:1:0",)
        (row,) = commit.inbox
        (self.line,) = (json.loads(line.data) for line in commit.journal)
        name, fields = json.loads(row.payload)
        assert name == "HttpFinished"
        return HttpFinished(**{**fields, "outcome": HttpOutcome(fields["outcome"])})


def finished(outcome: HttpOutcome, status: int = 0, value: object = None, detail: str = "") -> HttpFinished:
    return HttpFinished(effect_id="s:1:0", outcome=outcome, status=status, value=value, detail=detail)


async def test_what_is_sent() -> None:
    desk = Desk(helpdesk="hush {}", other="x")
    desk.http.on(f"POST {URL}", answer({"id": 7}, status=201))
    done = await desk.ask(body="ä", Authorization="Bearer {helpdesk} {{x}}")
    assert done == finished(HttpOutcome.DONE, 201, {"id": 7})
    assert desk.http.requests == [
        HttpRequest(
            method="POST",
            url=URL,
            headers={
                "Idempotency-Key": "s:1:0",
                "X-A": "1",
                "Authorization": Secret("Bearer hush {} {x}"),
            },
            body="ä".encode(),
            timeout=5,
        )
    ]
    assert desk.line == {
        "effect": "s:1:0",
        "method": "POST",
        "outcome": "done",
        "status": 201,
        "seconds": 0.0,
        "tries": 1,
        "detail": "",
    }


@pytest.mark.parametrize(
    ("status", "outcome", "again"),
    [
        (200, HttpOutcome.DONE, False),
        (204, HttpOutcome.DONE, False),
        (304, HttpOutcome.FAILED, False),
        (400, HttpOutcome.REFUSED, False),
        (401, HttpOutcome.REFUSED, False),
        (404, HttpOutcome.NOT_FOUND, False),
        (410, HttpOutcome.NOT_FOUND, False),
        (429, HttpOutcome.REFUSED, True),
        (500, HttpOutcome.FAILED, True),
        (503, HttpOutcome.FAILED, True),
    ],
)
async def test_what_a_status_means(status: int, outcome: HttpOutcome, again: bool) -> None:
    desk = Desk()
    desk.http.on(f"POST {URL}", answer(status=status))
    ended = await desk.ask(tries=2)
    assert (ended.outcome, ended.status) == (outcome, status)
    assert ended.detail == ("" if outcome is HttpOutcome.DONE else f"status {status}")
    assert len(desk.http.requests) == (2 if again else 1)
    assert desk.line["tries"] == len(desk.http.requests)


async def test_no_answer_at_all() -> None:
    desk = Desk()
    desk.http.on("*", silence())
    assert (await desk.ask(tries=3)).outcome is HttpOutcome.TIMEOUT
    assert len(desk.http.requests) == 3
    desk.http.on("*", HttpFailed("There is no answer."))
    assert await desk.ask() == finished(HttpOutcome.FAILED, detail="There is no answer.")
    desk.http.on("*", HttpRefused("The bot may not.", remedy="Add it."))
    assert await desk.ask(tries=3) == finished(HttpOutcome.REFUSED, detail="The bot may not. Add it.")
    assert desk.line["tries"] == 1


async def test_a_server_that_never_answers_takes_its_own_connections_alone() -> None:
    desk, gate = Desk(), asyncio.Event()
    desk.http.on(f"POST {URL}", answer({}), gate=gate)
    hanging = [asyncio.create_task(desk.perform()) for _ in range(AT_ONCE + 1)]
    await desk.clock.settle()
    assert len(desk.http.requests) == AT_ONCE
    desk.http.on("*", answer({}))
    assert (await desk.perform("https://other.example.com/x")).confirmed == (ROW.id,)
    gate.set()
    await asyncio.gather(*hanging)
    assert len(desk.http.requests) == AT_ONCE + 2


async def test_what_waited_until_its_flow_gave_up_is_not_sent() -> None:
    desk, gate = Desk(), asyncio.Event()
    desk.http.on(f"POST {URL}", answer({}), gate=gate)
    before = [asyncio.create_task(desk.perform()) for _ in range(AT_ONCE)]
    late = asyncio.create_task(desk.perform(until=desk.clock.now() + timedelta(seconds=35)))
    await desk.clock.advance(35)
    gate.set()
    await asyncio.gather(*before)
    (result,) = (await late).inbox
    assert json.loads(result.payload)[1]["outcome"] == "timeout"
    assert len(desk.http.requests) == AT_ONCE


async def test_the_pauses_grow_and_the_server_may_ask_for_longer_ones() -> None:
    desk = Desk()
    moments: list[float] = []

    def reply(request: HttpRequest) -> HttpAnswer:
        moments.append(desk.clock.monotonic())
        asked = {2: 9.0, 4: 3600.0}.get(len(moments))
        return answer({"tries": len(moments)}, status=503 if len(moments) < 6 else 200, retry_after=asked)

    desk.http.on("*", by=reply)
    assert await desk.ask(tries=10) == finished(HttpOutcome.DONE, 200, {"tries": 6})
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert pauses == [1, 9, 4, Http.longest_pause, 16]
    assert (desk.line["tries"], desk.line["seconds"]) == (6, 60.0)
    assert len({request.headers["Idempotency-Key"] for request in desk.http.requests}) == 1


def said(body: bytes, content_type: str = "application/json") -> HttpAnswer:
    return HttpAnswer(status=200, content_type=content_type, body=body)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        (said(b'{"a": [1, 2.5, null, true]}'), {"a": [1, 2.5, None, True]}),
        (said(b"[]", "application/problem+json"), []),
        (
            said(b'{"id": 1234567890123456789, "n": -1000000000000000}'),
            {"id": "1234567890123456789", "n": -(10**15)},
        ),
        (said(b'"\\ud800"'), "?"),
        (said(b""), None),
        (said("grüße".encode(), "text/plain"), "grüße"),
        (said(b'{"a": 1}', "text/html"), '{"a": 1}'),
        (said(b"\xef\xbb\xbf[1]"), [1]),
    ],
)
async def test_what_a_flow_gets(reply: HttpAnswer, value: object) -> None:
    desk = Desk()
    desk.http.on("*", reply)
    assert await desk.ask() == finished(HttpOutcome.DONE, 200, value)


@pytest.mark.parametrize(
    ("reply", "detail"),
    [
        (said(b"{"), "says that it is JSON, and is none"),
        (said(b"[" * 100_000), "says that it is JSON, and is none"),
        (said(b"[" * 30 + b"]" * 30), "nested too deep"),
        (said(b"NaN"), "cannot be kept"),
        (said(b"1e999"), "cannot be kept"),
        (said(b"\xff\xfe", "image/png"), "the answer is no UTF-8 (image/png)"),
        (said(b'"' + b"x" * 17_000 + b'"'), "17,002 bytes of JSON, and a flow takes 16,384"),
    ],
)
async def test_what_a_flow_cannot_read(reply: HttpAnswer, detail: str) -> None:
    desk = Desk()
    desk.http.on("*", reply)
    ended = await desk.ask(tries=3)
    assert (ended.outcome, ended.status, ended.value) == (HttpOutcome.FAILED, 200, None)
    assert detail in ended.detail
    assert len(desk.http.requests) == 1, "it was done all the same"
    assert await desk.ask(wanted=False) == finished(HttpOutcome.DONE, 200)


async def test_a_secret_that_is_not_there() -> None:
    desk = Desk()
    assert await desk.ask(Authorization="{door}") == finished(
        HttpOutcome.REFUSED, detail="bot.yaml has no secret door"
    )
    assert desk.http.requests == []


@pytest.mark.parametrize(
    ("body", "content_type", "value"),
    [
        (rb'["hu\u0073h\"\\\u00e9!"]', "application/json", ["***"]),
        ('["<hush\\"\\\\é!>"]'.encode(), "application/json", ["<***>"]),
        (
            rb'{"hush\"\\\u00e9!": [1, {"a": "hush\"\\\u00e9!"}]}',
            "application/json",
            {"***": [1, {"a": "***"}]},
        ),
        (b'{"number": 12345678}', "application/json", {"number": "***"}),
        (rb"a hush\"\\\u00e9!", "text/plain", "a ***"),
        (b"?key=hush%22%5C%C3%A9%21", "text/html", "?key=***"),
        (b64encode('hush"\\é!'.encode()), "text/plain", "***"),
        (b'"Basic %b"' % b64encode('bot:hush"\\é!'.encode()), "application/json", "Basic Ym90Om***=="),
    ],
)
async def test_a_secret_that_a_server_sends_back_in_other_signs(
    body: bytes, content_type: str, value: object
) -> None:
    desk = Desk(helpdesk='hush"\\é!', door="12345678")
    desk.http.on("*", said(body, content_type))
    assert await desk.ask() == finished(HttpOutcome.DONE, 200, value)


FLOW = """
flow: desk
start: [mention]
slots:
  room: {ask: Which room?}
steps:
  - http: POST https://example.com/tickets
    headers: {Authorization: "Bearer {{ secrets.helpdesk }}"}
    json: {person: "{{ user.name }}"}
    tries: 2
    into: ticket
    outcomes:
      otherwise: [{end: "{{ event.detail }}"}]
  - collect: [room]
    as: questions
  - end: Ticket {{ ticket.id }} for {{ room }}. {{ ticket.echo }}
"""
TICKETS = "POST https://example.com/tickets"


@pytest.fixture
def desk(house: House) -> House:
    house.secrets["helpdesk"] = Secret("hush-hush")
    house.flow(FLOW)
    return house


async def test_a_flow_and_its_server(desk: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gate = asyncio.Event()
    desk.http.on(TICKETS, answer({"id": 7, "echo": "Bearer hush-hush"}), gate=gate)
    await desk.start()
    ada = ScriptedPerson(desk.platform)
    asked = await ada.post("hello")
    await ada.post("12")
    await desk.clock.settle()
    assert desk.said(ada.direct) == [], "what is written meanwhile waits"
    gate.set()
    await desk.clock.settle()
    assert desk.said(ada.direct) == ["Which room?", "Ticket 7 for 12. Bearer ***"]
    assert json.loads(desk.http.requests[0].body) == {"person": ada.user.display_name}
    assert desk.http.requests[0].headers["Authorization"] == Secret("Bearer hush-hush")
    session = f"item:{asked.id}"
    (line,) = await desk.journal(session, "requested")
    assert (line["status"], line["tries"], line["outcome"]) == (200, 1, "done")
    rows = [row.data for row in await desk.store.journal(session)]
    assert rows
    assert not any(b"hush" in row for row in rows)
    assert "hush" not in caplog.text


async def test_a_request_survives_the_bot(desk: House) -> None:
    gate = asyncio.Event()
    desk.http.on(TICKETS, answer({"id": 7}), gate=gate)
    await desk.start()
    ada = ScriptedPerson(desk.platform)
    await ada.post("hello")
    await desk.clock.settle()
    await desk.kill()
    gate.set()
    await desk.start()
    assert desk.said(ada.direct) == ["Which room?"]
    first, second = desk.http.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


async def test_a_server_that_is_down(desk: House) -> None:
    desk.http.on(TICKETS, answer(status=503))
    await desk.start()
    ada = ScriptedPerson(desk.platform)
    await ada.post("hello")
    await desk.clock.advance(5)
    assert desk.said(ada.direct) == ["status 503"]
    assert len(desk.http.requests) == 2


async def test_a_handler_gets_a_secret_that_cannot_be_printed(house: House) -> None:
    from botkit.hooks import step_handler

    got: list[object] = []

    @step_handler
    def look_up(key: Secret, name: str) -> str:
        got.append((key.reveal(), str(key), name))
        return "found"

    house.secrets["door"] = Secret("hush-hush")
    house.plug(look_up)
    house.flow(
        "flow: a\nstart: [mention]\nsteps:\n"
        "- run: look_up\n  with: {key: '{{ secrets.door }}', name: x}\n  into: it\n- end: '{{ it }}'\n"
    )
    await house.start()
    ada = ScriptedPerson(house.platform)
    asked = await ada.post("hello")
    await house.clock.settle()
    assert house.said(ada.direct) == ["found"]
    assert got == [("hush-hush", "Secret('***')", "x")]
    assert not any(b"hush" in row.data for row in await house.store.journal(f"item:{asked.id}"))


async def test_on_a_call(desk: House) -> None:
    desk.flow(
        FLOW.replace("flow: desk", "flow: line")
        .replace("start: [mention]", "start: [call_incoming]")
        .replace("collect: [room]\n    as: questions", "set: {room: '12'}")
        .replace("steps:", "steps:\n  - say: One moment.")
    )
    gate = asyncio.Event()
    desk.http.on(TICKETS, answer({"id": 7, "echo": ""}), gate=gate)
    await desk.start()
    call = await ScriptedPerson(desk.platform).call()
    await desk.clock.advance(5)
    assert desk.voice is not None
    assert desk.voice.said == ["One moment."]
    gate.set()
    await desk.clock.advance(5)
    assert desk.voice.said[1].startswith("Ticket 7 for 12.")
    assert call.cause is not None
    (line,) = await desk.journal(f"call:{call.id}", "requested")
    assert line["outcome"] == "done"


async def test_a_caller_who_has_gone_is_not_spoken_to(desk: House) -> None:
    desk.flow(FLOW.replace("flow: desk", "flow: line").replace("start: [mention]", "start: [call_incoming]"))
    gate = asyncio.Event()
    desk.http.on(TICKETS, answer({"id": 7}), gate=gate)
    await desk.start()
    call = await ScriptedPerson(desk.platform).call()
    await desk.clock.settle()
    await call.hang_up()
    await desk.clock.settle()
    gate.set()
    await desk.clock.settle()
    assert desk.voice is not None
    assert desk.voice.said == []
    row = await desk.store.session(f"call:{call.id}")
    assert row is not None
    assert not row.open


async def test_an_authors_own_idempotency_key_is_the_only_one() -> None:
    desk = Desk(key="hush")
    desk.http.on("*", answer({}))
    await desk.ask(**{"idempotency-key": "{key}"})
    assert desk.http.requests[0].headers == {"X-A": "1", "idempotency-key": Secret("hush")}
