"""The browser page's server: its files, one-click login, and the same websocket."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from botkit.ports.clock import Clock

from .circuit.guesses import TooManyGuesses
from .circuit.oauth import Credential, Grants, cookie_life
from .file_api import FileApi, file_routes
from .hub.machine import Refused
from .hub.state import State
from .sockets import Sockets
from .wire_server import cookie_name, is_loopback

page_directory = Path(__file__).parent / "page"
body_limit = 4096
"""Bytes of a login."""
_policy = (
    "default-src 'self'; connect-src 'self' {socket}; img-src 'self' data:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer:
    """The routes of the page."""

    def __init__(
        self,
        state: State,
        grants: Grants,
        sockets: Sockets,
        files: FileApi,
        clock: Clock,
        *,
        host: str,
        secure: bool,
    ) -> None:
        self._state = state
        self._grants = grants
        self._sockets = sockets
        self._files = files
        self._clock = clock
        self._host = host
        self._secure = secure
        self._one_click = is_loopback(host)
        self.port = 0
        """Where it is really served; known once the socket is bound."""

    def application(self) -> web.Application:
        """As an aiohttp application."""
        application = web.Application(client_max_size=body_limit, middlewares=[self._guard])
        application.add_routes(
            [
                web.get("/", self._index),
                web.get("/page/users", self._users),
                web.post("/page/login", self._login),
                web.get("/api", self._socket),
                *file_routes(self._file),
            ]
        )
        application.router.add_static("/", page_directory)
        return application

    async def _index(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(page_directory / "index.html")

    async def _users(self, request: web.Request) -> web.Response:
        people = [person for person in self._state.people.values() if not person.is_bot]
        shown = people if self._one_click else []
        return web.json_response([{"email": p.email, "name": p.name, "userId": p.id} for p in shown])

    async def _login(self, request: web.Request) -> web.Response:
        try:
            asked = json.loads(await request.read())
        except (ValueError, RecursionError):
            asked = None
        email = asked.get("email") if isinstance(asked, dict) else None
        password = asked.get("password", "") if isinstance(asked, dict) else ""
        if not isinstance(email, str) or not isinstance(password, str):
            return _refused(400, 'send {"email": "..."}')
        person = self._state.person_by_email(email)
        known = person is not None and not person.is_bot
        now = self._clock.now()
        if not self._one_click:
            # Whoever reaches another address than this machine's own has to prove who they are.
            try:
                known = self._grants.check_person(email, password, request.remote or "", now) is not None
            except TooManyGuesses as refused:
                answer = _refused(429, str(refused))
                answer.headers[hdrs.RETRY_AFTER] = str(refused.seconds)
                return answer
        if person is None or not known:
            return _refused(403, "there is no such user, or the password is wrong")
        cookie = self._grants.issue_cookie(person.id, "page", "ALL", now)
        answer = web.json_response({"userId": person.id, "name": person.name})
        answer.set_cookie(
            cookie_name,
            cookie,
            max_age=int(cookie_life.total_seconds()),
            httponly=True,
            secure=self._secure,
            samesite="Strict",
        )
        return answer

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not web.WebSocketResponse().can_prepare(request):
            return _refused(400, "/api is a websocket")
        credential = self._credential(request)
        if credential is None:
            return _refused(401, "log in first")
        try:
            return await self._sockets.serve(request, credential, "WEB")
        except Refused as refused:
            return _refused(503, refused.why)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        credential = self._credential(request)
        if credential is None:
            return _refused(401, "log in first")
        return await self._files.serve(request, credential.user_id)

    def _credential(self, request: web.Request) -> Credential | None:
        return self._grants.cookie(request.cookies.get(cookie_name, ""), self._clock.now())

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse other pages: a name that was made to point here, or a request from elsewhere."""
        scheme = "https" if self._secure else "http"
        if not self._served_as(request.host):
            response: web.StreamResponse = _refused(421, f"this is {scheme}://{self._host}:{self.port}")
        elif self._acts(request) and request.headers.get(hdrs.ORIGIN) != f"{scheme}://{request.host}":
            response = _refused(403, "this request must come from the sandbox's own page")
        else:
            try:
                response = await handler(request)
            except web.HTTPException as refused:
                refused.headers.update(self._headers(request))
                raise
        if not response.prepared:
            for name, value in self._headers(request).items():
                # What somebody uploaded may do less than the page.
                response.headers.setdefault(name, value)
        return response

    def _acts(self, request: web.Request) -> bool:
        return request.method not in (hdrs.METH_GET, hdrs.METH_HEAD) or request.path == "/api"

    def _served_as(self, given: str) -> bool:
        try:
            address = urlsplit(f"//{given}")
            host, port = address.hostname or "", address.port
        except ValueError:
            return False
        if port != self.port:
            return False
        # A name that an attacker makes point here is never a bare address, nor ours.
        return host == self._host or is_loopback(host) or (not self._one_click and _is_address(host))

    def _headers(self, request: web.Request) -> dict[str, str]:
        socket = f"{'wss' if self._secure else 'ws'}://{request.host}"
        safe_host = self._served_as(request.host)
        return {
            "Content-Security-Policy": _policy.format(socket=socket if safe_host else ""),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "no-cache",
        }


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
