"""A Circuit server that says what a test wants it to say, and a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import WSMsgType, web

from botkit.circuit import wire
from botkit.circuit.link import Keepalive
from botkit.circuit.session import CircuitSession
from botkit.circuit.wire import Code, Json, Request, Response
from botkit.model.secret import Secret
from botkit.ports.clock import Clock
from botkit.ports.system_clock import SystemClock
from botkit.sandbox.certificate import keep_certificate
from tests.circuit.world import AT_ONCE

START = datetime(2026, 1, 1, tzinfo=UTC)
LOGON: dict[str, Json] = {
    "GET_USER_DATA": {"getUserData": {}},
    "GET_VERSION": {"getVersion": {"version": "2.9.235"}},
    "GET_STUFF": {"getStuff": {"user": {"userId": "B", "displayName": "Bot"}, "tenant": {"secId": "T"}}},
    "GET_ACTIVE_SESSIONS": {"activeSessions": {"session": []}},
}
Answer = Callable[[Request], Response | str | None]


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        self._asleep = asyncio.Condition()

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    async def sleep_until(self, moment: datetime) -> None:
        await self.sleep((moment - self.now()).total_seconds())

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        sleeper = self._passed + seconds, asyncio.Event()
        self._sleepers.append(sleeper)
        async with self._asleep:
            self._asleep.notify_all()
        try:
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)

    async def somebody_sleeps(self) -> None:
        await self.asleep(1)

    async def asleep(self, number: int) -> None:
        """Return once so many sleep at least: a session that is ready has two, for pings and tokens."""
        async with asyncio.timeout(30), self._asleep:
            await self._asleep.wait_for(lambda: len(self._sleepers) >= number)

    def move(self, seconds: float) -> None:
        self._passed += seconds
        for until, woken in self._sleepers:
            if until <= self._passed:
                woken.set()


class ScriptedServer:
    """`answers` by action name: a response, a text as it is, or None for silence."""

    def __init__(self, state: Path, host: str = "127.0.0.1") -> None:
        self._host = host
        self._certificate = keep_certificate(state, "127.0.0.1", datetime(2026, 11, 1, tzinfo=UTC))
        self.trust = self._certificate.certificate
        self.answers: dict[str, Answer] = {}
        self.token: Callable[[], web.Response] = lambda: web.json_response(
            {"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600}
        )
        self.cookie = True
        self.upgrade_status = 101
        self.answers_pings = True
        self.received: asyncio.Queue[wire.Request | wire.Ping] = asyncio.Queue()
        self.logons = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> None:
        application = web.Application()
        application.add_routes(
            [
                web.post("/oauth/token", self._token),
                web.post("/sdklogin", self._login),
                web.get("/api", self._api),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, 0, ssl_context=self._certificate.server_context())
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        for socket in self._sockets:
            await socket.close()
        assert self._runner
        await self._runner.cleanup()

    def session(
        self,
        *,
        clock: Clock | None = None,
        request_seconds: float = 10,
        keepalive: Keepalive | None = None,
        domain: str = "",
    ) -> CircuitSession:
        return CircuitSession(
            domain or f"{self._host}:{self.port}",
            client_id="bot",
            client_secret=Secret("the-secret"),
            trust=self.trust,
            clock=clock or SystemClock(),
            backoff=AT_ONCE,
            request_seconds=request_seconds,
            keepalive=keepalive,
        )

    async def say(self, frame: wire.Event | str) -> None:
        await self._sockets[-1].send_str(frame if isinstance(frame, str) else wire.encode(frame))

    async def hang_up(self) -> None:
        await self._sockets[-1].close(code=1011)

    async def until(self, action: str) -> wire.Request:
        async with asyncio.timeout(30):
            while True:
                frame = await self.received.get()
                if isinstance(frame, wire.Request) and frame.action == action:
                    return frame

    async def until_ping(self) -> wire.Ping:
        async with asyncio.timeout(30):
            while not isinstance(frame := await self.received.get(), wire.Ping):
                pass
        return frame

    async def _token(self, request: web.Request) -> web.Response:
        return self.token()

    async def _login(self, request: web.Request) -> web.Response:
        response = web.Response(text="{}")
        if self.cookie:
            response.set_cookie("connect.sess", "the-cookie", httponly=True)
        return response

    async def _api(self, request: web.Request) -> web.StreamResponse:
        if self.upgrade_status != 101:
            return web.Response(status=self.upgrade_status, text="no")
        self.logons += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._reply(socket, wire.decode_request(message.data))
        return socket

    async def _reply(self, socket: web.WebSocketResponse, frame: wire.Request | wire.Ping) -> None:
        self.received.put_nowait(frame)
        if isinstance(frame, wire.Ping):
            if self.answers_pings and frame.request_id is not None:
                await socket.send_str(
                    wire.encode(Response(request_id=frame.request_id, category="KEEPALIVE"))
                )
            return
        answer = self.answers.get(frame.action, _usual)(frame)
        if isinstance(answer, Response):
            answer = wire.encode(answer)
        if answer is not None:
            await socket.send_str(answer)


def ok(payload: Json) -> Answer:
    """OK, with this in the container."""
    return lambda request: Response(
        request_id=request.request_id,
        category=request.category,
        action=request.action,
        payload=payload,
        client_id=f"C{request.request_id}",
    )


def refused(code: str, error: wire.ErrorInfo | None = None) -> Answer:
    """A code that is no success."""
    return lambda request: Response(
        request_id=request.request_id,
        category=request.category,
        action=request.action,
        code=code,
        error=error,
    )


def silence(request: Request) -> None:
    """No answer at all."""


def _usual(request: Request) -> Response | str | None:
    if request.action in LOGON:
        return ok(LOGON[request.action])(request)
    return refused(Code.NO_MESSAGE_HANDLER)(request)
