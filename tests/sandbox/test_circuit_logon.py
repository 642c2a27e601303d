from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from botkit.testing.clock import VirtualClock
from tests.sandbox.conftest import Start
from tests.sandbox.wire_client import Platform, basic

BOT = basic("desk:desk-secret")
PAGE_ORIGIN = {"Origin": "http://localhost:3000"}
FOREIGN_ORIGIN = {"Origin": "https://evil.test"}


async def test_client_credentials_give_a_token_for_its_life(platform: Platform) -> None:
    form = {"grant_type": "client_credentials", "scope": "READ_USER_PROFILE,CALLS"}
    async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=BOT) as answer:
        token = await answer.json()
    assert token["token_type"] == "Bearer"
    assert (token["expires_in"], token["scope"]) == (86_400, "READ_USER_PROFILE,CALLS")
    async with platform.http.get(f"{platform.url}/oauth/token/{token['access_token']}") as answer:
        info = await answer.json()
    assert info == {**info, "client_id": "desk", "userId": platform.user("desk"), "expires_in": 86_400}


async def test_the_password_grant_sends_the_client_id_without_a_colon(platform: Platform) -> None:
    form = {"grant_type": "password", "username": "ANN@x.test", "password": "ann-pw", "scope": "ALL"}
    headers = basic("desk")
    async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=headers) as answer:
        assert answer.status == 200
        assert (await answer.json())["scope"] == "ALL"


@pytest.mark.parametrize(
    ("status", "form", "headers"),
    [
        (401, {"grant_type": "client_credentials"}, basic("desk:wrong")),
        (401, {"grant_type": "client_credentials"}, basic("nobody:desk-secret")),
        (401, {"grant_type": "client_credentials"}, None),
        # A person's name and password are no client credentials.
        (401, {"grant_type": "client_credentials"}, basic("ann@x.test:ann-pw")),
        (401, {"grant_type": "password", "username": "ann@x.test", "password": "no"}, BOT),
        (401, {"grant_type": "password", "username": "desk", "password": "desk-secret"}, BOT),
        (401, {"grant_type": "password", "username": "ann@x.test", "password": "ann-pw"}, None),
        (401, {"grant_type": "implicit"}, None),
        (400, {"grant_type": "authorization_code"}, BOT),
        (400, {}, BOT),
    ],
)
async def test_bad_credentials_are_refused_in_oauths_words(
    platform: Platform, status: int, form: dict[str, str], headers: dict[str, str] | None
) -> None:
    async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=headers) as answer:
        assert answer.status == status
        body = await answer.json()
    assert set(body) == {"error", "error_description"}


async def test_a_header_that_is_no_basic_is_refused(platform: Platform) -> None:
    for value in ("Basic", "Basic !!!", "Basic /w==", "Bearer x", "x" * 4000):
        form = {"grant_type": "client_credentials"}
        headers = {"Authorization": value}
        async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=headers) as answer:
            assert answer.status == 401


async def test_a_token_renews_itself_and_can_be_revoked(platform: Platform) -> None:
    held = await platform.token("ann")
    headers = {"Authorization": f"Bearer {held}"}
    form = {"grant_type": "implicit", "scope": "ALL"}
    async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=headers) as answer:
        renewed = (await answer.json())["access_token"]
    client = await platform.logon("ann")
    revoked = {"tokenId": renewed}
    await client.ok("USER", "user", "OAUTH_REVOKE_ACCESS_TOKEN", oAuthRevokeGrantedAccessToken=revoked)
    async with platform.http.get(f"{platform.url}/oauth/token/{renewed}") as answer:
        assert answer.status == 404
    of_ben = await platform.token("ben")
    revoked = {"tokenId": of_ben}
    await client.ok("USER", "user", "OAUTH_REVOKE_ACCESS_TOKEN", oAuthRevokeGrantedAccessToken=revoked)
    async with platform.http.get(f"{platform.url}/oauth/token/{of_ben}") as answer:
        assert answer.status == 200


async def test_sdklogin_sets_the_cookie_as_the_official_client_demands(platform: Platform) -> None:
    token = await platform.token("ann")
    async with platform.http.post(f"{platform.url}/sdklogin", data={"accessToken": token}) as answer:
        cookie = answer.headers["Set-Cookie"]
        body = await answer.read()
    # Without the semicolon the client ends its process; an empty body leaves it waiting for ever.
    found = re.match(r"connect\.sess=([^;]+);", cookie)
    assert found
    assert {"HttpOnly", "Secure", "SameSite=None"} <= {part.strip() for part in cookie.split(";")}
    assert body
    headers = {"Cookie": f"connect.sess={found[1]}"}
    async with platform.http.get(f"{platform.url}/validateSession", headers=headers) as answer:
        assert (answer.status, await answer.json()) == (200, {"userId": platform.user("ann")})
    client = await platform.connect(headers=headers)
    assert (await client.raw("PING|7"))["response"]["requestId"] == 7


async def test_without_a_valid_token_nobody_gets_in(platform: Platform) -> None:
    async with platform.http.post(f"{platform.url}/sdklogin", data={"accessToken": "x"}) as answer:
        assert answer.status == 401
    async with platform.http.get(f"{platform.url}/validateSession") as answer:
        assert answer.status == 401
    queries: list[dict[str, str]] = [{}, {"accessToken": "x"}]
    for query in queries:
        assert await platform.refused(query=query) == 401


async def test_a_token_expires(start: Start, clock: VirtualClock) -> None:
    async with Platform(await start(token_life=timedelta(minutes=1))) as platform:
        token = await platform.token("desk")
        await clock.advance(60)
        assert await platform.refused(query={"accessToken": token}) == 401


async def test_the_logon_sequence(platform: Platform) -> None:
    client = await platform.open("desk")
    user_data = await client.ok("USER_DATA", "userData", "GET_USER_DATA")
    assert user_data["getUserData"] == {"clientSettings": {}}
    version = await client.ok("VERSION", "version", "GET_VERSION")
    assert version["getVersion"] == {"version": "2.9.235"}
    request = {
        "requestId": 3,
        "type": "USER",
        "user": {"type": "GET_STUFF", "getStuff": {"types": ["USER", "ACCOUNTS", "TENANT"]}},
    }
    frame = await client.raw(json.dumps({"msgType": "REQUEST", "request": request}))
    assert frame["apiVersion"].startswith("2.9.235")
    assert frame["clientId"]
    # The inner type must be there: without it the client does not learn its own clientId.
    assert frame["response"]["user"]["type"] == "GET_STUFF"
    stuff = frame["response"]["user"]["getStuff"]
    assert stuff["user"]["userId"] == platform.user("desk")
    assert stuff["user"]["userType"] == "BOT"
    assert isinstance(stuff["user"]["emailAddresses"], list)
    assert stuff["accounts"][0]["tenantId"] == stuff["tenant"]["secId"]
    active = await client.ok("RTC_SESSION", "rtcSession", "GET_ACTIVE_SESSIONS")
    assert active["activeSessions"] == {"session": []}


async def test_each_socket_has_its_own_client_id(platform: Platform) -> None:
    first, second = await platform.logon("ann"), await platform.logon("ann")
    assert first.client_id != second.client_id
    devices = (await first.ok("USER", "user", "GET_DEVICES"))["getDevices"]["devices"]
    assert {device["clientId"] for device in devices} == {first.client_id, second.client_id}


async def test_logging_out_ends_the_session_and_closes(platform: Platform) -> None:
    token = await platform.token("ann")
    async with platform.http.post(f"{platform.url}/sdklogin", data={"accessToken": token}) as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    headers, query = {"Cookie": cookie}, {"accessToken": token}
    client = await platform.connect(headers=headers, query=query)
    await client.ok("USER", "user", "LOGOUT", logoff={"invalidate": True})
    assert await client.closed() == 1000
    async with platform.http.get(f"{platform.url}/validateSession", headers=headers) as answer:
        assert answer.status == 401
    # The token is for the next logon: only the session ends.
    async with platform.http.get(f"{platform.url}/oauth/token/{token}") as answer:
        assert answer.status == 200


async def test_tests_can_cut_lines_and_revoke(platform: Platform) -> None:
    token = await platform.token("ann")
    query = {"accessToken": token}
    client = await platform.connect(query=query)
    other = await platform.logon("ben")
    await client.raw("PING|1")
    assert platform.sandbox.drop_connections(platform.user("ann")) == 1
    assert await client.closed() == 1006
    await other.raw("PING|2")
    platform.sandbox.revoke(platform.user("ann"))
    assert await platform.refused(query=query) == 401


async def test_a_browser_of_this_machine_may_come_from_another_origin(platform: Platform) -> None:
    async with platform.http.options(f"{platform.url}/sdklogin", headers=PAGE_ORIGIN) as answer:
        assert answer.status == 200
        allowed = answer.headers
    assert allowed["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert allowed["Access-Control-Allow-Credentials"] == "true"
    assert "authorization" in allowed["Access-Control-Allow-Headers"]
    async with platform.http.post(f"{platform.url}/oauth/token", headers=PAGE_ORIGIN) as answer:
        assert answer.status == 400
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


async def test_a_foreign_page_cannot_use_the_cookie(platform: Platform) -> None:
    token = await platform.token("ann")
    async with platform.http.post(f"{platform.url}/sdklogin", data={"accessToken": token}) as answer:
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
    headers = {"Cookie": cookie, **FOREIGN_ORIGIN}
    async with platform.http.get(f"{platform.url}/validateSession", headers=headers) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert await platform.refused(headers=headers) == 401


async def test_one_person_cannot_take_all_connections(platform: Platform) -> None:
    token = await platform.token("ann")
    query = {"accessToken": token}
    await asyncio.gather(*(platform.connect(query=query) for _ in range(50)))
    assert await platform.refused(query=query) == 503


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken"),
        ("application/x-www-form-urlencoded; charset=bogus", b"grant_type"),
        ("application/json", b"{"),
        ("", b"\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=b"] * 1000)),
    ],
)
async def test_a_body_that_is_no_form_is_refused(
    platform: Platform, caplog: pytest.LogCaptureFixture, content_type: str, body: bytes
) -> None:
    headers = {"Content-Type": content_type, **BOT}
    for path, status in (("/oauth/token", 400), ("/sdklogin", 401)):
        async with platform.http.post(f"{platform.url}{path}", data=body, headers=headers) as answer:
            assert answer.status == status
            assert "error" in await answer.json()
    assert "Traceback" not in caplog.text


async def test_the_websockets_address_asked_as_a_page_says_what_it_is(platform: Platform) -> None:
    async with platform.http.get(f"{platform.url}/api") as answer:
        assert answer.status == 400
        assert "websocket" in (await answer.json())["error_description"]


async def test_a_body_in_chunks_is_read(platform: Platform) -> None:
    async def body() -> AsyncIterator[bytes]:
        for part in (b"grant_type=client", b"_credentials&scope=ALL"):
            yield part

    headers = {"Content-Type": "application/x-www-form-urlencoded", **BOT}
    url = f"{platform.url}/oauth/token"
    async with platform.http.post(url, data=body(), headers=headers) as answer:
        assert answer.status == 200


async def test_too_large_a_body_is_refused(platform: Platform) -> None:
    async with platform.http.post(f"{platform.url}/oauth/token", data={"x": "y" * 70_000}) as answer:
        assert answer.status == 413
