"""The HTTP client, against real servers on this machine."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.http import HttpAnswer, HttpFailed, HttpRefused, HttpRequest
from botkit.ports.system_clock import SystemClock
from botkit.sandbox.certificate import keep_certificate
from botkit.web.addresses import Allowance
from botkit.web.client import AiohttpClient
from botkit.web.resolver import LOOKED_UP_AT_ONCE, GuardedResolver

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """A server, and what it was asked."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.port = 0
        self.answers: dict[str, Handler] = {}
        self.over = asyncio.Event()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.BaseRequest)
        self.requests.append(request)  # type: ignore[arg-type]
        self.bodies.append(await request.read())
        handler = self.answers.get(request.path)
        return web.Response(text="here") if handler is None else await handler(request)  # type: ignore[arg-type]

    def says(self, path: str, response: Callable[[], web.StreamResponse]) -> None:
        async def handler(request: web.Request) -> web.StreamResponse:
            return response()

        self.answers[path] = handler

    def redirects(self, path: str, to: str, status: int = 302) -> None:
        self.says(path, lambda: web.Response(status=status, headers={"Location": to}))

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    runner = web.ServerRunner(web.Server(server))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    server.port = runner.addresses[0][1]
    yield server
    server.over.set()
    await runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as started:
        yield started


@pytest.fixture
async def client() -> AsyncIterator[AiohttpClient]:
    made = AiohttpClient(["127.0.0.1", "localhost"], largest=5000)
    yield made
    await made.close()


def get(
    url: str, method: str = "GET", body: bytes = b"", timeout: float = 5.0, **headers: str | Secret
) -> HttpRequest:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpRequest(method=method, url=url, headers=named, body=body, timeout=timeout)


async def test_a_request_goes_out_and_its_answer_comes_back(server: Server, client: AiohttpClient) -> None:
    server.says("/a%2Fb", lambda: web.json_response({"id": 7}, status=201))
    answer = await client.send(
        get(server.url("/a%2Fb/%2E%2E?q=%20+"), "POST", b'{"x":1}', X_A="1", Authorization=Secret("Bearer k"))
    )
    assert (answer.status, answer.content_type) == (200, "text/plain")
    (request,) = server.requests
    assert request.raw_path == "/a%2Fb/%2E%2E?q=%20+"
    assert request.method == "POST"
    assert server.bodies == [b'{"x":1}']
    assert request.headers["Authorization"] == "Bearer k"
    assert request.headers["X-A"] == "1"
    assert "Cookie" not in request.headers


async def test_every_status_is_an_answer(server: Server, client: AiohttpClient) -> None:
    server.says("/x", lambda: web.json_response({"no": 1}, status=422))
    answer = await client.send(get(server.url("/x")))
    assert answer == HttpAnswer(status=422, content_type="application/json", body=b'{"no": 1}')


async def test_cookies_are_not_kept(server: Server, client: AiohttpClient) -> None:
    server.says("/x", lambda: web.Response(headers={"Set-Cookie": "a=b"}))
    for _ in range(2):
        await client.send(get(server.url("/x")))
    assert "Cookie" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Mon, 02 Mar 2026 09:01:00 GMT", "Date": "Mon, 02 Mar 2026 09:00:00 GMT"}, 60.0),
        ({"Retry-After": "Mon, 02 Mar 2026 09:00:00 GMT", "Date": "Mon, 02 Mar 2026 09:01:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-1"}, None),
        ({}, None),
    ],
)
async def test_when_to_come_back(
    server: Server, client: AiohttpClient, headers: dict[str, str], seconds: float | None
) -> None:
    server.says("/x", lambda: web.Response(status=503, headers=headers))
    assert (await client.send(get(server.url("/x")))).retry_after == seconds


async def test_an_answer_has_a_size(server: Server, client: AiohttpClient) -> None:
    server.says("/fits", lambda: web.Response(body=b"x" * 5000))
    server.says("/large", lambda: web.Response(body=b"x" * 5001))
    packed = gzip.compress(b"x" * 1_000_000)
    server.says("/bomb", lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"}))
    assert len((await client.send(get(server.url("/fits")))).body) == 5000
    with pytest.raises(HttpFailed, match="larger than 5,000 bytes"):
        await client.send(get(server.url("/large")))
    with pytest.raises(HttpFailed, match="compressed"):
        await client.send(get(server.url("/bomb")))


async def test_a_server_has_its_time(server: Server, client: AiohttpClient) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await server.over.wait()
        return response

    server.answers["/x"] = hang
    with pytest.raises(HttpFailed, match=r"within 0\.05 s") as failed:
        await client.send(get(server.url("/x"), timeout=0.05))
    assert failed.value.timed_out


async def test_no_connection_is_told(client: AiohttpClient) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(HttpFailed, match="no answer") as failed:
        await client.send(get(url))
    assert not failed.value.timed_out


async def test_an_answer_that_breaks_off_is_told(server: Server, client: AiohttpClient) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        assert request.transport is not None
        request.transport.abort()
        return response

    server.answers["/x"] = break_off
    with pytest.raises(HttpFailed, match="The answer breaks off before its end"):
        await client.send(get(server.url("/x")))


@pytest.mark.parametrize(("status", "method"), [(302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_redirects(server: Server, client: AiohttpClient, status: int, method: str) -> None:
    server.redirects("/old", "/new?a=%2F", status)
    request = get(server.url("/old"), "POST", b"x", Authorization=Secret("k"), Content_Type="text/plain")
    assert (await client.send(request)).body == b"here"
    second = server.requests[1]
    assert (second.method, second.raw_path) == (method, "/new?a=%2F")
    assert server.bodies[1] == (b"x" if method == "POST" else b"")
    assert second.headers["Authorization"] == "k"


async def test_a_request_that_stays_where_it_was_sent(server: Server, client: AiohttpClient) -> None:
    server.redirects("/old", "/new?a=%2F", 308)
    request = replace(get(server.url("/old"), "POST", b"x"), follows=False)
    assert (await client.send(request)).status == 308
    assert len(server.requests) == 1


async def test_tls_is_verified_and_never_left(server: Server, tmp_path: Path) -> None:
    ours = keep_certificate(tmp_path, "127.0.0.1", SystemClock().now())
    trusting = AiohttpClient(["127.0.0.1"], trust=ours.certificate)
    strict = AiohttpClient(["127.0.0.1"])
    try:
        async with serving(ours.server_context()) as secure:
            url = secure.url().replace("http:", "https:")
            with pytest.raises(HttpFailed, match="certificate verify failed"):
                await strict.send(get(url))
            assert (await trusting.send(get(url))).body == b"here"
            secure.redirects("/x", server.url("/y"))
            with pytest.raises(HttpRefused, match="a place without TLS"):
                await trusting.send(get(f"{url}x"))
            assert server.requests == []
            server.redirects("/up", url)
            assert (await trusting.send(get(server.url("/up")))).body == b"here"
    finally:
        await trusting.close()
        await strict.close()


@pytest.mark.parametrize("text", [None, "no PEM"])
def test_certificates_that_cannot_be_read_are_told(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "ours.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(UsageError, match=r"ours\.pem: The certificates to trust cannot be read"):
        AiohttpClient(trust=file)


async def test_no_more_than_five_redirects(server: Server, client: AiohttpClient) -> None:
    for number in range(6):
        server.redirects(f"/{number}", f"/{number + 1}")
    assert (await client.send(get(server.url("/1")))).body == b"here"
    with pytest.raises(HttpFailed, match="more than 5 times"):
        await client.send(get(server.url("/0")))


async def test_secrets_stay_with_their_server(server: Server, client: AiohttpClient) -> None:
    async with serving() as other:
        server.redirects("/x", other.url("/y"), 307)
        await client.send(get(server.url("/x"), X_Key=Secret("k"), Authorization="b", Cookie="c", X_A="a"))
        (request,) = other.requests
        assert request.headers["X-A"] == "a"
        assert not {"X-Key", "Authorization", "Cookie"} & request.headers.keys()


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "http://[::1",
        "ftp://127.0.0.1/",
        "http://me:pw@127.0.0.1/",
        "http://example.com@127.0.0.1/",
    ],
)
async def test_a_redirect_to_no_server_is_refused(server: Server, client: AiohttpClient, to: str) -> None:
    server.redirects("/x", to)
    with pytest.raises((HttpRefused, HttpFailed), match="The server redirects"):
        await client.send(get(server.url("/x")))
    assert len(server.requests) == 1


async def test_a_redirect_to_a_host_that_is_not_allowed_is_refused(server: Server) -> None:
    client = AiohttpClient([f"127.0.0.1:{server.port}"])
    server.redirects("/x", server.url("/y", "localhost"))
    try:
        with pytest.raises(HttpRefused, match=r"redirects where .* may not talk to localhost:\d+\.$"):
            await client.send(get(server.url("/x")))
        with pytest.raises(HttpRefused, match=r"may not talk to example\.com:443\. Add it to"):
            await client.send(get("https://example.com/"))
    finally:
        await client.close()
    assert len(server.requests) == 1


class Names(AbstractResolver):
    """Names and their addresses."""

    def __init__(self, **names: list[str]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError(f"nobody is called {host}")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self.names[host]
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254"]
)
async def test_private_addresses_are_refused(server: Server, host: str) -> None:
    client = AiohttpClient()
    try:
        with pytest.raises(HttpRefused, match="not public"):
            await client.send(get(server.url("/", host)))
    finally:
        await client.close()
    assert server.requests == []


async def test_names_of_private_addresses_are_refused(server: Server) -> None:
    client = AiohttpClient(resolver=Names(inside=["10.0.0.1", "127.0.0.1"]))
    try:
        with pytest.raises(HttpRefused, match=r"inside has the address 127\.0\.0\.1, which is not public"):
            await client.send(get(server.url("/", "inside")))
        with pytest.raises(HttpFailed, match="no answer"):
            await client.send(get(server.url("/", "nowhere")))
    finally:
        await client.close()
    assert server.requests == []


@pytest.mark.parametrize(
    "host", ["127.1", "0", "0177.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "localhost"]
)
async def test_other_spellings_of_this_machine_are_refused(server: Server, host: str) -> None:
    client = AiohttpClient()
    try:
        with pytest.raises((HttpRefused, HttpFailed)):
            await client.send(get(server.url("/", host)))
    finally:
        await client.close()
    assert server.requests == []


async def test_a_name_that_is_allowed_may_be_inside(server: Server) -> None:
    client = AiohttpClient([f"desk:{server.port}"], resolver=Names(desk=["127.0.0.1"]))
    try:
        assert (await client.send(get(server.url("/", "desk")))).body == b"here"
    finally:
        await client.close()


async def test_of_several_addresses_only_the_public_ones_are_connected_to() -> None:
    guarded = GuardedResolver(Allowance(None), Names(mixed=["10.0.0.1", "8.8.8.8", "::1"]))
    assert [each["host"] for each in await guarded.resolve("mixed", 443)] == ["8.8.8.8"]


async def test_a_name_that_turns_private_is_refused_then(server: Server) -> None:
    names = Names(desk=["127.0.0.1"])
    client = AiohttpClient(resolver=names)
    try:
        for _ in range(2):
            with pytest.raises(HttpRefused, match="not public"):
                await client.send(get(server.url("/", "desk")))
    finally:
        await client.close()
    assert names.asked == ["desk", "desk"], "what is refused is not remembered as an address"


async def test_what_was_public_a_moment_ago_is_looked_at_again() -> None:
    names = Names(desk=["8.8.8.8"])
    resolver = GuardedResolver(Allowance(None), names)
    assert [each["host"] for each in await resolver.resolve("desk", 443)] == ["8.8.8.8"]
    names.names["desk"] = ["10.0.0.7"]
    with pytest.raises(HttpRefused, match=r"10\.0\.0\.7, which is not public"):
        await resolver.resolve("desk", 443)


async def test_a_secret_is_in_no_error(
    server: Server, client: AiohttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(HttpFailed, match="The header X-Key would have a line break") as failed:
        await client.send(get(server.url(), X_Key=Secret("hush\r\nX-B: c")))
    assert "hush" not in repr(failed.value)
    with pytest.raises(HttpFailed) as failed:
        await client.send(get("http://[x/", X_Key=Secret("hush")))
    assert failed.value.__suppress_context__
    assert "hush" not in caplog.text
    assert server.requests == []


async def test_a_client_that_was_closed_begins_anew(server: Server, client: AiohttpClient) -> None:
    await client.send(get(server.url()))
    await client.close()
    await client.close()
    assert (await client.send(get(server.url()))).status == 200


async def test_names_that_nobody_answers_for_leave_the_threads_of_the_loop_to_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those read files, and look up the platform."""
    answered, asked, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()

    def hang(host: str, *options: object, **more: object) -> list[object]:
        loop.call_soon_threadsafe(asked.set)
        answered.wait()
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    client = AiohttpClient()
    names = [f"https://slow{number}.example.com/" for number in range(2 * LOOKED_UP_AT_ONCE)]
    requests = [HttpRequest(method="GET", url=name, headers={}, body=b"", timeout=60.0) for name in names]
    hanging = [asyncio.create_task(client.send(request)) for request in requests]
    try:
        async with asyncio.timeout(20):
            await asked.wait()
            assert await asyncio.gather(*(asyncio.to_thread(lambda: 1) for _ in range(40))) == [1] * 40
    finally:
        answered.set()
    failed = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(each, HttpFailed) for each in failed)
    await client.close()
