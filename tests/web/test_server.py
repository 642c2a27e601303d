"""The bot's own HTTP server, over real sockets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import ClientSession, web

from botkit.model.errors import UsageError, WorldError
from botkit.web import server as server_module
from botkit.web.addresses import Listen
from botkit.web.server import LARGEST_BODY, WebServer

Started = Callable[[WebServer], Awaitable[str]]
HERE = Listen("127.0.0.1", 0)


@pytest.fixture
async def started() -> AsyncIterator[Started]:
    running: list[WebServer] = []

    async def start(server: WebServer) -> str:
        await server.start()
        running.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in running:
        await server.stop()


async def hello(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f"hello {await request.text()}")


async def fault(request: web.Request) -> web.StreamResponse:
    raise RuntimeError("the secret is swordfish")


async def raw(server: WebServer, sent: bytes) -> bytes:
    """What the server says until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    return answer


async def test_it_serves_what_was_added_and_tells_no_version(started: Started) -> None:
    server = WebServer(HERE)
    server.add("POST", "/hello", hello)
    url = await started(server)
    async with ClientSession() as client, client.post(f"{url}/hello", data="world") as answer:
        assert (answer.status, await answer.text()) == (200, "hello world")
        assert answer.headers["Server"] == "botkit"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"404"),
        (b"PUT /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"405"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET /hello HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 70 + b"\r\n", b"400"),
        (
            b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"400",
        ),
    ],
)
async def test_what_is_asked_wrongly_is_told_so_without_a_version(
    sent: bytes, status: bytes, started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    server = WebServer(HERE)
    server.add("POST", "/hello", hello)
    await started(server)
    answer = await raw(server, sent)
    assert answer.split(b" ")[1] == status
    assert b"Server: botkit\r\n" in answer
    assert b"aiohttp" not in answer
    assert b"Python" not in answer
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_fault_of_a_handler_is_logged_and_not_told(
    started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    server = WebServer(HERE)
    server.add("GET", "/fault", fault)
    await started(server)
    answer = await raw(server, b"GET /fault HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"swordfish" not in answer
    assert "a request to /fault failed" in caplog.text


async def test_a_body_has_a_limit(started: Started) -> None:
    server = WebServer(HERE)
    server.add("POST", "/hello", hello)
    url = await started(server)
    async with ClientSession() as client, client.post(f"{url}/hello", data=b"a" * LARGEST_BODY * 2) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("sent", [b"", b"POST /hello HTTP/1.1\r\nHost: x\r\nX-Slow"])
async def test_who_does_not_finish_asking_is_hung_up_on(sent: bytes, started: Started) -> None:
    server = WebServer(HERE, idle_seconds=0.05)
    server.add("POST", "/hello", hello)
    await started(server)
    assert await raw(server, sent) == b""


async def test_a_connection_too_many_is_told_so(started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 1)
    server = WebServer(HERE)
    server.add("POST", "/hello", hello)
    await started(server)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    assert (await raw(server, b"")).startswith(b"HTTP/1.1 503")
    writer.close()
    await writer.wait_closed()


async def test_while_it_stops_only_what_is_always_served_is(started: Started) -> None:
    server = WebServer(HERE)
    server.add("POST", "/hello", hello)
    server.add("GET", "/health", hello, always=True)
    url = await started(server)
    server.refuse()
    async with ClientSession() as client:
        async with client.post(f"{url}/hello") as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
        async with client.get(f"{url}/health") as answer:
            assert answer.status == 200


async def test_a_stop_finishes_what_is_under_way(started: Started) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        entered.set()
        await leave.wait()
        return web.Response(text="done")

    server = WebServer(HERE)
    server.add("GET", "/slow", slow)
    await started(server)
    asked = asyncio.create_task(raw(server, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"))
    await entered.wait()
    stopping = asyncio.create_task(server.stop())
    await asyncio.sleep(0)
    leave.set()
    await stopping
    assert (await asked).endswith(b"done")


async def test_a_port_in_use_and_a_host_of_nobody_are_told_with_their_place(started: Started) -> None:
    server = WebServer(HERE)
    await started(server)
    with pytest.raises(WorldError, match=r"web: listen: The port \d+ of 127.0.0.1 is in use\."):
        await WebServer(Listen("127.0.0.1", server.port)).start()
    with pytest.raises(UsageError, match=r"cannot listen on 192\.0\.2\.1:0: .* Write an address of this"):
        await WebServer(Listen("192.0.2.1", 0)).start()


async def test_it_says_when_other_machines_reach_it(
    started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    await started(WebServer(HERE))
    assert "other machines" not in caplog.text
    await started(WebServer(Listen("0.0.0.0", 0)))
    assert "other machines reach the web server on 0.0.0.0:" in caplog.text


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("8090", "127.0.0.1", 8090), ("0.0.0.0:80", "0.0.0.0", 80), ("[::1]:8090", "::1", 8090)],
)
def test_where_it_listens_may_be_a_port_alone(text: str, host: str, port: int) -> None:
    assert Listen.of(text) == Listen(host, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "127.0.0.1:99999",
        "http://x:1",
        "99999999",
        "10.0.0.999:80",
        "a..b:80",
        "-a:80",
        "...:80",
        "[1:2:3:4]:80",
    ],
)
def test_where_it_cannot_listen(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (host|port)"):
        Listen.of(text)
