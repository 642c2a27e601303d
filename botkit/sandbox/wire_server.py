"""The Circuit server over TLS: tokens, logon, and the websocket."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import NoReturn
from urllib.parse import parse_qsl, urlsplit

from aiohttp import hdrs, web

from botkit.ports.clock import Clock

from .circuit.guesses import TooManyGuesses
from .circuit.oauth import Credential, Grants, cookie_life
from .circuit.shapes import webhook_path
from .file_api import FileApi, file_routes
from .hub.machine import Refused
from .sockets import Sockets
from .webhook_api import WebhookApi

cookie_name = "connect.sess"
body_limit = 65_536
"""Bytes of an HTTP request's body."""
field_limit = 50
"""Fields of a form."""
name_limit = 200
"""Characters of a client id or scope."""
_allowed_headers = "authorization, content-type, content-disposition, x-conversation, x-rtcsession"

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WireServer:
    """The routes a Circuit client knows."""

    def __init__(
        self,
        grants: Grants,
        sockets: Sockets,
        files: FileApi,
        webhooks: WebhookApi,
        clock: Clock,
        host: str,
    ) -> None:
        self._grants = grants
        self._sockets = sockets
        self._files = files
        self._webhooks = webhooks
        self._clock = clock
        self._host = host

    def application(self) -> web.Application:
        """As an aiohttp application."""
        application = web.Application(client_max_size=body_limit, middlewares=[self._cross_origin])
        application.add_routes(
            [
                web.post("/oauth/token", self._token),
                web.get("/oauth/token/{token}", self._token_info),
                web.post("/sdklogin", self._login),
                web.get("/validateSession", self._validate),
                web.get("/api", self._socket),
                web.post(webhook_path + "{webhook_id}", self._webhooks.serve),
                *file_routes(self._file),
            ]
        )
        return application

    async def _token(self, request: web.Request) -> web.Response:
        fields = await _form(request)
        scope = fields.get("scope", "")[:name_limit]
        now = self._clock.now()
        match fields.get("grant_type"):
            case "client_credentials":
                client_id, _, client_secret = _basic(request).partition(":")
                user_id = self._client(client_id, client_secret, request.remote or "", now)
                why = "unknown client id, or wrong secret"
            case "password":
                client_id = _basic(request).partition(":")[0]
                user_id = self._person(fields, request.remote or "", now)
                why = "unknown user name, or wrong password"
            case "implicit":
                held = self._grants.token(_bearer(request), now)
                client_id, user_id = (held.client_id, held.user_id) if held else ("", None)
                why = "the token to be renewed is unknown or expired"
            case _:
                what = "grant_type must be client_credentials, password or implicit"
                _refuse(web.HTTPBadRequest, "unsupported_grant_type", what)
        if user_id is None or not 0 < len(client_id) <= name_limit:
            _refuse(web.HTTPUnauthorized, "invalid_client", why if user_id is None else "no client id")
        token = self._grants.issue_token(user_id, client_id, scope, now)
        life = int(self._grants.token_life.total_seconds())
        # The official client compares `Bearer` case-sensitively.
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": scope}
        return web.json_response(answer, headers={hdrs.CACHE_CONTROL: "no-store"})

    def _client(self, client_id: str, client_secret: str, address: str, now: datetime) -> str | None:
        with _bounded():
            return self._grants.check_client(client_id, client_secret, address, now)

    def _person(self, fields: Mapping[str, str], address: str, now: datetime) -> str | None:
        with _bounded():
            return self._grants.check_person(
                fields.get("username", ""), fields.get("password", ""), address, now
            )

    async def _token_info(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        now = self._clock.now()
        found = self._grants.token(token, now)
        if found is None:
            _refuse(web.HTTPNotFound, "invalid_token", "the token is unknown or expired")
        answer = {
            "access_token": token,
            "client_id": found.client_id,
            "scope": found.scope,
            "userId": found.user_id,
            "expires_in": int((found.expires_at - now).total_seconds()),
        }
        return web.json_response(answer, headers={hdrs.CACHE_CONTROL: "no-store"})

    async def _login(self, request: web.Request) -> web.Response:
        fields = await _form(request)
        token = fields.get("accessToken") or fields.get("token") or _bearer(request)
        now = self._clock.now()
        found = self._grants.token(token, now)
        if found is None:
            _refuse(web.HTTPUnauthorized, "invalid_token", "the token is unknown or expired")
        cookie = self._grants.issue_cookie(found.user_id, found.client_id, found.scope, now)
        answer = web.json_response({"userId": found.user_id})
        # The official client stops its whole process when this cookie is missing or has no attributes.
        answer.set_cookie(
            cookie_name,
            cookie,
            max_age=int(cookie_life.total_seconds()),
            httponly=True,
            secure=True,
            samesite="None",
        )
        return answer

    async def _validate(self, request: web.Request) -> web.Response:
        now = self._clock.now()
        by_cookie = self._grants.cookie(request.cookies.get(cookie_name, ""), now)
        found = by_cookie or self._grants.token(_bearer(request), now)
        if found is None:
            _refuse(web.HTTPUnauthorized, "invalid_token", "neither session nor token is valid")
        return web.json_response({"userId": found.user_id})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not web.WebSocketResponse().can_prepare(request):
            _refuse(web.HTTPBadRequest, "invalid_request", "/api is a websocket")
        credential = self._admitted(request)
        if credential is None:
            # Refused here, and not after the upgrade: only a 401 makes clients fetch a new token.
            _refuse(web.HTTPUnauthorized, "invalid_token", "neither session nor token is valid")
        software = request.query.get("deviceSubtype", "")[:name_limit]
        try:
            return await self._sockets.serve(request, credential, software)
        except Refused as refused:
            _refuse(web.HTTPServiceUnavailable, "too_many_connections", refused.why)

    def _admitted(self, request: web.Request) -> Credential | None:
        """Who a socket is for: by token, which its page must know, or by cookie from a page we trust."""
        now = self._clock.now()
        by_token = self._grants.token(request.query.get("accessToken", ""), now)
        by_cookie = self._by_cookie(request, now)
        if by_token and by_cookie and by_token.user_id == by_cookie.user_id:
            return by_cookie
        return by_token or by_cookie

    async def _file(self, request: web.Request) -> web.StreamResponse:
        now = self._clock.now()
        # The official client uploads with its cookie alone.
        credential = self._grants.token(_bearer(request), now) or self._by_cookie(request, now)
        if credential is None:
            _refuse(web.HTTPUnauthorized, "invalid_token", "neither session nor token is valid")
        return await self._files.serve(request, credential.user_id)

    def _by_cookie(self, request: web.Request, now: datetime) -> Credential | None:
        """A browser sends the cookie whatever page asks; one of elsewhere is not to act with it."""
        trusted = self._trusted(request.headers.get(hdrs.ORIGIN))
        return self._grants.cookie(request.cookies.get(cookie_name, ""), now) if trusted else None

    def _trusted(self, origin: str | None) -> bool:
        """A page of this machine or of our own host; programs that are no browser send no origin."""
        if origin is None:
            return True
        try:
            host = urlsplit(origin).hostname or ""
        except ValueError:
            return False
        return host == self._host or is_loopback(host)

    @web.middleware
    async def _cross_origin(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN)
        preflight = request.method == hdrs.METH_OPTIONS
        if origin is None or not self._trusted(origin):
            return await handler(request)
        headers = {
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: origin,
            hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS: "true",
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _allowed_headers,
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, DELETE",
            hdrs.VARY: "Origin",
        }
        if preflight:
            return web.json_response({}, headers=headers)
        try:
            response = await handler(request)
        except web.HTTPException as refused:
            refused.headers.update(headers)
            raise
        if not response.prepared:
            response.headers.update(headers)
        return response


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _bounded() -> Iterator[None]:
    """Tell who guesses too much to wait."""
    try:
        yield
    except TooManyGuesses as refused:
        headers: dict[str, str] = {hdrs.RETRY_AFTER: str(refused.seconds)}
        _refuse(web.HTTPTooManyRequests, "too_many_requests", str(refused), headers)


async def _form(request: web.Request) -> Mapping[str, str]:
    """The urlencoded form in a request's body; empty when it is none. Of a repeated field the last."""
    body = await request.read()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=field_limit))
    except ValueError:
        return {}


def _basic(request: web.Request) -> str:
    """What stands in `Authorization: Basic`; a client without a secret leaves out the colon."""
    scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _bearer(request: web.Request) -> str:
    scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return value if scheme.lower() == "bearer" else ""


def _refuse(
    status: type[web.HTTPException], error: str, why: str, headers: Mapping[str, str] | None = None
) -> NoReturn:
    body = web.json_response({"error": error, "error_description": why}).text
    raise status(text=body, content_type="application/json", headers=headers)
