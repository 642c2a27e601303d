"""The bot's own HTTP server: webhooks in, and what watches over the bot.

It is small on purpose: it speaks plain HTTP, so whatever is to be reached from elsewhere stands behind a
proxy that speaks TLS. What it does itself is to be hard to wear out: the number of connections, the time they
take to ask, and the size of what they send have limits.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
from collections.abc import Awaitable, Callable

from aiohttp import hdrs, web
from aiohttp.web_request import BaseRequest

from botkit.model.errors import UsageError, WorldError

from .addresses import Listen

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_CONNECTIONS = 256
"""At a time; one more is told 503."""
IDLE_SECONDS = 15.0
"""How long a connection may take to send the next request's line and headers."""
LARGEST_HEADER = 8190
"""Bytes of one, and of the request's line."""
MOST_HEADERS = 64
LARGEST_BODY = 65_536
"""Bytes, for routes that set no limit of their own."""
FINISH_SECONDS = 5.0
"""How long a stop waits for requests under way."""
RETRY_SECONDS = 5
"""When to come again, for those who are refused for now."""

_headers = {
    hdrs.SERVER: "botkit",  # aiohttp would tell its version, and Python's
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_full = (
    f"HTTP/1.1 503 Service Unavailable\r\nServer: botkit\r\nRetry-After: {RETRY_SECONDS}\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n"
).encode()


class WebServer:
    """Serves what was added to it, from `start` on."""

    def __init__(
        self, listen: Listen, *, where: str = "web: listen", idle_seconds: float = IDLE_SECONDS
    ) -> None:
        """`where` is the place of `listen`, for errors."""
        self._listen = listen
        self._where = where
        self._idle_seconds = idle_seconds
        self._application = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._refuse_or_serve])
        self._application.on_response_prepare.append(_harden)
        self._always: set[web.AbstractRoute] = set()
        self._runner: web.AppRunner | None = None
        self._listener: asyncio.Server | None = None
        self._refusing = False

    def add(self, method: str, path: str, handler: Handler, *, always: bool = False) -> None:
        """Serve a path, `/hooks/{name}` for example; before `start`. `always`: also while the bot stops, when
        everything else is told 503."""
        route = self._application.router.add_route(method, path, handler)
        if always:
            self._always.add(route)

    @property
    def port(self) -> int:
        """Where it is really served, once it has started; `web: {listen: HOST:0}` takes a free port."""
        assert self._listener is not None, "it has not started"
        port: int = self._listener.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises `UsageError` when the host is none of this machine's, `WorldError` when the port is
        taken."""
        loop = asyncio.get_running_loop()
        self._refusing = False
        self._runner = web.AppRunner(self._application, access_log=None, shutdown_timeout=FINISH_SECONDS)
        await self._runner.setup()
        host, port = self._listen.host, self._listen.port
        try:
            self._listener = await loop.create_server(self._connection, host, port)
        except OSError as error:
            await self.stop()
            if error.errno == errno.EADDRINUSE:
                raise WorldError(
                    f"The port {port} of {host} is in use.",
                    where=self._where,
                    remedy="End what listens there, or choose another port.",
                ) from error
            raise UsageError(
                f"The bot cannot listen on {host}:{port}: {error.strerror or 'there is no such host'}.",
                where=self._where,
                remedy="Write an address of this machine: 127.0.0.1:8090, or 0.0.0.0:8090 for all it has.",
            ) from error
        log.info("the web server listens on %s:%d", host, self.port)
        if not _is_loopback(host):
            log.warning(
                "other machines reach the web server on %s:%d, without TLS: put a proxy that has it in front",
                host,
                self.port,
            )

    def refuse(self) -> None:
        """Tell everybody 503 from now on, but for routes that are served always."""
        self._refusing = True

    async def stop(self) -> None:
        """Finish the requests under way, and listen no more."""
        listener, self._listener = self._listener, None
        runner, self._runner = self._runner, None
        if listener is not None:
            listener.close()
        if runner is not None:
            await runner.cleanup()

    def _connection(self) -> asyncio.Protocol:
        assert self._runner is not None
        server = self._runner.server
        if server is None or len(server.connections) >= MOST_CONNECTIONS:
            return _Refused()
        return _Connection(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # type: ignore[arg-type]  # as aiohttp's own runner allows
            keepalive_timeout=self._idle_seconds,
            max_line_size=LARGEST_HEADER,
            max_field_size=LARGEST_HEADER,
            max_headers=MOST_HEADERS,
            lingering_time=1.0,
            auto_decompress=False,  # a small body could become a huge one, and signatures are over what came
        )

    @web.middleware
    async def _refuse_or_serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._refusing and request.match_info.route not in self._always:
            return unavailable("the bot is stopping")
        return await handler(request)


def unavailable(why: str) -> web.Response:
    """503: come again."""
    answer = web.Response(status=503, text=f"{why}\n", headers={hdrs.RETRY_AFTER: str(RETRY_SECONDS)})
    answer.force_close()
    return answer


class _Connection(web.RequestHandler):
    """Tells those who speak no HTTP so, without a line of the log for each."""

    def handle_error(
        self,
        request: BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= 500:
            log.error("a request to %s failed", request.path, exc_info=exc)
        else:
            log.debug("a request that is no HTTP, from %s: %s", request.remote, message)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer is on its way already")
        text = "something went wrong here\n" if status >= 500 else "that is no HTTP\n"
        answer = web.Response(status=status, text=text, headers=_headers)
        answer.force_close()
        return answer


class _Refused(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.write(_full)
            transport.close()


async def _harden(request: web.Request, answer: web.StreamResponse) -> None:
    for name, text in _headers.items():
        if name == hdrs.SERVER or name not in answer.headers:
            answer.headers[name] = text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
