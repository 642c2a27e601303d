"""Raw clients: JSON frames over TLS as the vendor's SDK sends them, nothing of botkit's own client."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from botkit.model.secret import Secret
from botkit.sandbox import Sandbox, Tenant
from botkit.sandbox.tenant import TenantBot, TenantConversation, TenantName, TenantUser

Frame = dict[str, Any]
Texts = dict[str, str]
patience = 10.0
"""Seconds until a frame that does not come fails its test."""


def small_tenant() -> Tenant:
    """Ann and Ben with passwords, a bot, and a room of all three."""
    people = [
        TenantUser(email=f"{name}@x.test", password=Secret(f"{name}-pw"), first_name=name.capitalize())
        for name in ("ann", "ben")
    ]
    bot = TenantBot(
        client_id="desk", client_secret=Secret("desk-secret"), email="desk@x.test", first_name="Desk"
    )
    everybody = [person.email for person in people] + [bot.email]
    return Tenant(
        tenant=TenantName(name="Test"),
        users=people,
        bots=[bot],
        conversations=[TenantConversation(topic="Room", members=everybody)],
    )


def basic(credentials: str) -> dict[str, str]:
    """The header of basic authentication, for `id:secret` or an id alone."""
    return {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()}


class WireClient:
    """One websocket. Answers come back from `ask`; events wait until they are asked for."""

    def __init__(self, websocket: aiohttp.ClientWebSocketResponse) -> None:
        self.websocket = websocket
        self.client_id = ""
        self.user_id = ""
        self._events: list[Frame] = []
        self._number = 40

    async def ask(self, category: str, container: str, action: str, **data: Any) -> Frame:
        """Send a request; the whole `response` of its answer. Events that come meanwhile are kept."""
        self._number += 1
        content = {"type": action, **data}
        request = {"requestId": self._number, "type": category, container: content}
        await self.websocket.send_str(json.dumps({"msgType": "REQUEST", "request": request}))
        frame = await self._next(lambda frame: frame["msgType"] == "RESPONSE")
        response: Frame = frame["response"]
        assert response["requestId"] == self._number
        assert response["type"] == category
        return response

    async def ok(self, category: str, container: str, action: str, **data: Any) -> Frame:
        """Like `ask`; the content of an OK answer."""
        response = await self.ask(category, container, action, **data)
        assert response["code"] == "OK", response
        content: Frame = response[container]
        assert content["type"] == action
        return content

    async def conversation(self, action: str, **data: Any) -> Frame:
        return await self.ok("CONVERSATION", "conversation", action, **data)

    async def call(self, action: str, **data: Any) -> Frame:
        return await self.ok("RTC_CALL", "rtcCall", action, **data)

    async def event(self, action: str) -> Frame:
        """The content of the next event of this kind; others stay."""

        def wanted(frame: Frame) -> bool:
            return frame["msgType"] == "EVENT" and _content(frame).get("type") == action

        for number, frame in enumerate(self._events):
            if wanted(frame):
                return _content(self._events.pop(number))
        return _content(await self._next(wanted))

    async def seen(self) -> list[str]:
        """Kinds of all events that came so far; forgotten afterwards."""
        await self.ok("VERSION", "version", "GET_VERSION")
        kinds = [_content(frame)["type"] for frame in self._events]
        self._events.clear()
        return kinds

    async def raw(self, text: str | bytes) -> Frame:
        """Send anything; the next frame that is no event."""
        if isinstance(text, str):
            await self.websocket.send_str(text)
        else:
            await self.websocket.send_bytes(text)
        return await self._next(lambda frame: frame["msgType"] != "EVENT")

    async def closed(self) -> int | None:
        """The code of the close that must come."""
        async with asyncio.timeout(patience):
            while True:
                message = await self.websocket.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return int(message.data)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return self.websocket.close_code

    async def _next(self, wanted: Callable[[Frame], bool]) -> Frame:
        async with asyncio.timeout(patience):
            while True:
                message = await self.websocket.receive()
                assert message.type is aiohttp.WSMsgType.TEXT, message
                frame: Frame = json.loads(message.data)
                if wanted(frame):
                    return frame
                assert frame["msgType"] == "EVENT", frame
                self._events.append(frame)


def _content(frame: Frame) -> Frame:
    event = frame["event"]
    (content,) = (value for key, value in event.items() if key != "type")
    return content  # type: ignore[no-any-return]


class Platform:
    """A sandbox with an HTTP client that trusts its certificate."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = f"https://{sandbox.address}"
        self._tls = ssl.create_default_context(cafile=str(sandbox.certificate))
        self.http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls), cookie_jar=aiohttp.DummyCookieJar()
        )
        self._open: list[aiohttp.ClientWebSocketResponse] = []

    async def __aenter__(self) -> Platform:
        return self

    async def __aexit__(self, *error: object) -> None:
        for websocket in self._open:
            await websocket.close()
        await self.http.close()

    @property
    def room(self) -> str:
        """The id of the tenant's conversation."""
        return next(iter(self.sandbox.hub.state.conversations))

    def user(self, name: str) -> str:
        return self.sandbox.tenant.user_id(f"{name}@x.test")

    async def token(self, name: str) -> str:
        """By password for a person, by client credentials for the bot."""
        if name == "desk":
            headers, form = basic("desk:desk-secret"), {"grant_type": "client_credentials"}
        else:
            headers = basic("desk")
            person = {"username": f"{name}@x.test", "password": f"{name}-pw"}
            form = {"grant_type": "password", **person}
        async with self.http.post(f"{self.url}/oauth/token", data=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            token: str = (await answer.json())["access_token"]
            return token

    async def connect(self, *, headers: Texts | None = None, query: Texts | None = None) -> WireClient:
        """A websocket let in by these; closed with the platform."""
        websocket = await self.http.ws_connect(f"{self.url}/api", headers=headers, params=query)
        self._open.append(websocket)
        return WireClient(websocket)

    async def open(self, name: str) -> WireClient:
        """A websocket, not logged on further."""
        token = await self.token(name)
        query = {"accessToken": token, "deviceType": "SDK", "deviceSubtype": "NODE_SDK"}
        return await self.connect(query=query)

    async def refused(self, *, headers: Texts | None = None, query: Texts | None = None) -> int:
        """The HTTP status of a websocket that must be refused."""
        try:
            await self.connect(headers=headers, query=query)
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status
        raise AssertionError("the websocket was let in")

    async def logon(self, name: str) -> WireClient:
        """The SDK's whole sequence."""
        client = await self.open(name)
        await client.ok("USER_DATA", "userData", "GET_USER_DATA")
        await client.ok("VERSION", "version", "GET_VERSION")
        response = await client.ask("USER", "user", "GET_STUFF", getStuff={"types": ["USER", "TENANT"]})
        client.user_id = response["user"]["getStuff"]["user"]["userId"]
        devices = (await client.ok("USER", "user", "GET_DEVICES"))["getDevices"]["devices"]
        client.client_id = devices[-1]["clientId"]
        await client.ok("RTC_SESSION", "rtcSession", "GET_ACTIVE_SESSIONS")
        return client
