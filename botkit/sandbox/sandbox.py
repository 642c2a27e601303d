"""The sandbox: a Circuit server for one tenant, and the page to it, in this process."""

from __future__ import annotations

import asyncio
import errno
import logging
import ssl
import uuid
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from botkit.model.errors import WorldError
from botkit.ports.clock import Clock

from .certificate import keep_certificate
from .circuit.dialect import Dialect
from .circuit.oauth import Grants, Login
from .file_api import FileApi
from .file_store import FileStore
from .hub.hub import Hub
from .page_server import PageServer
from .sockets import Sockets
from .tenant import Tenant
from .webhook_api import WebhookApi
from .wire_server import WireServer, is_loopback

log = logging.getLogger(__name__)

stop_patience = 2.0
"""Seconds that open requests get when the sandbox stops."""


class Sandbox:
    """A platform of one's own.

    After `start`: `port` and `page_port` are the real ones (0 = a free one was taken), `certificate` is
    the file that clients are to trust, `address` and `page_address` where it is.
    """

    def __init__(
        self,
        tenant: Tenant,
        *,
        host: str = "127.0.0.1",
        port: int = 8443,
        page_port: int = 8080,
        state: Path,
        clock: Clock,
        ring_timeout: timedelta = timedelta(seconds=30),
        token_life: timedelta = timedelta(days=1),
    ) -> None:
        self.tenant = tenant
        self.host = host
        self.port = port
        self.page_port = page_port
        self.certificate = state / "sandbox.pem"
        self._state_directory = state
        self._clock = clock
        self.hub = Hub(new_id=lambda: str(uuid.uuid4()), ring_timeout=ring_timeout)
        """Read its `state` at will."""
        self._grants = Grants(_people(tenant), _clients(tenant), token_life=token_life)
        dialect = Dialect(
            self.hub,
            self._grants,
            tenant_id=tenant.id,
            tenant_name=tenant.tenant.name,
            domain=lambda: self.address,
        )
        self._sockets = Sockets(self.hub, dialect, clock)
        self._store = FileStore(state / "sandbox-files")
        self._files = FileApi(self.hub.state, self._sockets, self._store)
        webhooks = WebhookApi(self._sockets, clock)
        self._wire = WireServer(self._grants, self._sockets, self._files, webhooks, clock, host)
        self._page = PageServer(
            self.hub.state,
            self._grants,
            self._sockets,
            self._files,
            clock,
            host=host,
            secure=not is_loopback(host),
        )
        self._runners: list[web.AppRunner] = []
        self._deadlines: asyncio.Task[None] | None = None
        tenant.populate(self.hub, clock.now())

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def page_address(self) -> str:
        """The page's URL."""
        scheme = "http" if is_loopback(self.host) else "https"
        return f"{scheme}://{_bracketed(self.host)}:{self.page_port}/"

    async def start(self) -> None:
        """Serve from now on. Raises `WorldError` or `UsageError`, and leaves nothing half-started."""
        kept = keep_certificate(self._state_directory, self.host, self._clock.now())
        tls = kept.server_context()
        local = is_loopback(self.host)
        if not local:
            log.warning(
                "the sandbox listens on %s: whoever reaches it can talk to it; the page asks for passwords",
                self.host,
            )
        self._store.open()
        try:
            self.port = await self._serve(self._wire.application(), self.port, tls, "--port")
            page_tls = None if local else tls
            self.page_port = await self._serve(
                self._page.application(), self.page_port, page_tls, "--page-port"
            )
            self._page.port = self.page_port
        except BaseException:
            await self.close()
            raise
        self._deadlines = asyncio.create_task(self._sockets.watch_deadlines())
        self._deadlines.add_done_callback(_log_fault)

    async def close(self) -> None:
        """Stop serving. Twice is no error."""
        if self._deadlines is not None:
            self._deadlines.cancel()
            await asyncio.gather(self._deadlines, return_exceptions=True)
            self._deadlines = None
        await self._sockets.close()
        while self._runners:
            await self._runners.pop().cleanup()
        self._store.clear()

    def drop_connections(self, user_id: str) -> int:
        """For tests: cut all of somebody's sockets as a broken network would. How many there were."""
        return self._sockets.drop(user_id)

    def revoke(self, user_id: str) -> None:
        """For tests: make somebody's tokens and cookies worthless; open sockets stay open."""
        self._grants.revoke_all(user_id)

    async def _serve(
        self, application: web.Application, port: int, tls: ssl.SSLContext | None, option: str
    ) -> int:
        # No access log: the websocket's address holds the access token.
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=stop_patience)
        await runner.setup()
        self._runners.append(runner)
        # `localhost` may be two addresses, which would get two different free ports.
        bind = "127.0.0.1" if self.host == "localhost" else self.host
        site = web.TCPSite(runner, bind, port, ssl_context=tls)
        try:
            await site.start()
        except (OSError, OverflowError) as error:
            where = f"{_bracketed(self.host)}:{port}"
            raise _not_bound(error, where, option) from None
        bound: int = runner.addresses[0][1]
        await self._serve_v6_too(runner, bound, tls)
        return bound

    async def _serve_v6_too(self, runner: web.AppRunner, port: int, tls: ssl.SSLContext | None) -> None:
        """Clients that look up `localhost` may get ::1 first; where there is no IPv6, none does."""
        if self.host not in ("127.0.0.1", "localhost"):
            return
        try:
            await web.TCPSite(runner, "::1", port, ssl_context=tls).start()
        except OSError as error:
            log.debug("not on [::1]:%d as well: %s", port, error)


def _log_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("the sandbox's deadlines stand still from now on", exc_info=error)


def _people(tenant: Tenant) -> list[Login]:
    return [
        Login(user_id=tenant.user_id(user.email), name=user.email, secret=user.password)
        for user in tenant.users
        if user.password is not None
    ]


def _clients(tenant: Tenant) -> list[Login]:
    return [
        Login(user_id=tenant.user_id(bot.email), name=bot.client_id, secret=bot.client_secret)
        for bot in tenant.bots
    ]


def _not_bound(error: OSError | OverflowError, where: str, option: str) -> WorldError:
    if isinstance(error, OverflowError):
        remedy = f"Choose one from 0 to 65535 with `{option}`."
        return WorldError("There is no such port.", where=where, remedy=remedy)
    if error.errno == errno.EADDRINUSE:
        remedy = f"Stop what uses it, or choose another port with `{option}` (0 = a free one)."
        return WorldError("This port is in use.", where=where, remedy=remedy)
    remedy = f"Choose another address with `--host`, or another port with `{option}`."
    return WorldError(f"It cannot listen here: {error.strerror or error}.", where=where, remedy=remedy)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
