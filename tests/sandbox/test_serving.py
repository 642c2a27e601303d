"""Ports, the page's server, and whom it lets in."""

from __future__ import annotations

import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from botkit.model.errors import BotkitError, WorldError
from botkit.sandbox import Sandbox
from tests.sandbox.conftest import Start
from tests.sandbox.wire_client import Platform, WireClient


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


def origin(sandbox: Sandbox) -> dict[str, str]:
    return {"Origin": sandbox.page_address.rstrip("/")}


async def test_free_ports_are_taken_and_told(start: Start) -> None:
    first, second = await start(), await start()
    ports = {first.port, first.page_port, second.port, second.page_port}
    assert len(ports) == 4
    assert 0 not in ports
    assert first.address == f"127.0.0.1:{first.port}"
    assert first.page_address == f"http://127.0.0.1:{first.page_port}/"
    assert first.certificate.is_file()


@pytest.mark.parametrize("option", ["port", "page_port"])
async def test_a_port_in_use_is_told_and_nothing_is_left_running(start: Start, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(WorldError) as caught:
            await start(**{option: number})
    assert f"127.0.0.1:{number}" in caught.value.paragraph()
    assert f"--{option.replace('_', '-')}" in caught.value.paragraph()


@pytest.mark.parametrize(
    "options",
    [
        {"host": "no-such-host.invalid"},
        {"host": "b\u00fccher"},
        {"host": "203.0.113.7"},
        {"port": 70_000},
    ],
    ids=str,
)
async def test_where_one_cannot_listen_is_told(start: Start, options: dict[str, object]) -> None:
    with pytest.raises(BotkitError) as caught:
        await start(**options)
    assert str(next(iter(options.values()))) in caught.value.paragraph()
    assert caught.value.remedy


async def test_localhost_as_a_host_has_one_port(start: Start) -> None:
    async with Platform(await start(host="localhost")) as platform:
        assert platform.url == f"https://localhost:{platform.sandbox.port}"
        await platform.logon("ann")


async def test_localhost_may_mean_ipv6(platform: Platform) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with socket.create_connection(("::1", platform.sandbox.port), timeout=5):
            pass
    except OSError as error:
        pytest.skip(f"no IPv6 loopback here: {error}")


async def test_one_click_login_and_the_same_wire(start: Start, http: aiohttp.ClientSession) -> None:
    sandbox = await start()
    async with http.get(f"{sandbox.page_address}page/users") as answer:
        users = await answer.json()
    assert {user["email"] for user in users} == {"ann@x.test", "ben@x.test"}
    ann = next(user for user in users if user["email"] == "ann@x.test")
    login = {"email": "ann@x.test"}
    url = f"{sandbox.page_address}page/login"
    async with http.post(url, json=login, headers=origin(sandbox)) as answer:
        assert await answer.json() == {"userId": ann["userId"], "name": "Ann"}
        cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("connect.sess=")
    assert {"HttpOnly", "SameSite=Strict"} <= {part.strip() for part in cookie.split(";")}
    url = f"{sandbox.page_address}api"
    async with http.ws_connect(url, headers=origin(sandbox)) as websocket:
        client = WireClient(websocket)
        stuff = await client.ok("USER", "user", "GET_STUFF", getStuff={"types": ["USER"]})
        assert stuff["getStuff"]["user"]["userId"] == ann["userId"]


async def test_the_websocket_needs_the_cookie_and_the_pages_own_origin(
    start: Start, http: aiohttp.ClientSession
) -> None:
    sandbox = await start()
    url = f"{sandbox.page_address}api"
    tries: list[tuple[dict[str, str], int]] = [
        (origin(sandbox), 401),
        ({}, 403),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
    ]
    for headers, status in tries:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect(url, headers=headers)
        assert refused.value.status == status


async def test_another_page_cannot_log_in(start: Start, http: aiohttp.ClientSession) -> None:
    sandbox = await start()
    url = f"{sandbox.page_address}page/login"
    tries: list[dict[str, str]] = [
        {},
        {"Origin": "http://evil.test"},
        {"Origin": f"http://evil.test:{sandbox.page_port}", "Host": f"evil.test:{sandbox.page_port}"},
        {**origin(sandbox), "Host": "127.0.0.1:1"},
        {**origin(sandbox), "Host": "["},
    ]
    for headers in tries:
        async with http.post(url, json={"email": "ann@x.test"}, headers=headers) as answer:
            assert answer.status in (403, 421), headers
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, b'{"email":"desk@x.test"}'),
        (403, b'{"email":"eve@x.test"}'),
        (400, b'{"email":7}'),
        (400, b"[]"),
        (400, b"{"),
        (400, b"\xff"),
        (400, b"[" * 4000),
        (413, b"x" * 5000),
    ],
    ids=range(8),
)
async def test_bad_logins(start: Start, http: aiohttp.ClientSession, status: int, body: bytes) -> None:
    sandbox = await start()
    url = f"{sandbox.page_address}page/login"
    async with http.post(url, data=body, headers=origin(sandbox)) as answer:
        assert answer.status == status


async def test_a_login_in_an_unknown_charset_is_refused(start: Start, http: aiohttp.ClientSession) -> None:
    sandbox = await start()
    url = f"{sandbox.page_address}page/login"
    headers = {**origin(sandbox), "Content-Type": "application/json; charset=bogus"}
    async with http.post(url, data=b"\xff", headers=headers) as answer:
        assert answer.status == 400


async def test_the_page_runs_nothing_but_its_own(start: Start, http: aiohttp.ClientSession) -> None:
    sandbox = await start()
    async with http.get(sandbox.page_address) as answer:
        assert answer.status == 200
        policy = answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        for policy_of in ("Opener", "Resource"):
            assert answer.headers[f"Cross-Origin-{policy_of}-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'self'" in policy
    assert f"connect-src 'self' ws://127.0.0.1:{sandbox.page_port}" in policy
    assert "unsafe" not in policy
    for path in ("nothing", "../sandbox.py", "%2e%2e/sandbox.py", "..%2fsandbox.py"):
        async with http.get(f"{sandbox.page_address}{path}") as answer:
            assert answer.status == 404, path
            assert "Content-Security-Policy" in answer.headers


async def test_another_host_means_tls_passwords_and_a_warning(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        sandbox = await start(host="0.0.0.0")
    assert "0.0.0.0" in caplog.text
    assert sandbox.page_address.startswith("https://")
    async with Platform(sandbox) as platform:
        page = f"https://127.0.0.1:{sandbox.page_port}"
        async with platform.http.get(f"{page}/page/users") as answer:
            assert await answer.json() == []
        rows: list[tuple[dict[str, Any], int]] = [
            ({"email": "ann@x.test"}, 403),
            ({"email": "ann@x.test", "password": "wrong"}, 403),
            ({"email": "ann@x.test", "password": "ann-pw"}, 200),
        ]
        for login, status in rows:
            url, headers = f"{page}/page/login", {"Origin": page}
            async with platform.http.post(url, json=login, headers=headers) as answer:
                assert answer.status == status


async def test_closing_twice_and_with_clients_inside(start: Start) -> None:
    sandbox = await start()
    async with Platform(sandbox) as platform:
        client = await platform.logon("ann")
        await sandbox.close()
        assert await client.closed() == 1001
        await sandbox.close()
