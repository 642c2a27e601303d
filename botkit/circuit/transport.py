"""HTTPS and WSS to a Circuit server: the only file here that knows aiohttp.

Its errors are ours, made by hand: aiohttp's own texts hold the URL, and with it the access token.
"""

from __future__ import annotations

import io
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import aiohttp

from botkit.model.errors import UsageError
from botkit.model.secret import Secret

from .errors import (
    CertificateRefused,
    CircuitError,
    Disconnected,
    LogonRefused,
    MalformedAnswer,
    NotFound,
    PermissionDenied,
    RequestRefused,
    ServerTrouble,
    TokenRefused,
    Unreachable,
)
from .oauth import Token, TokenRequest, read_token
from .wire import MAX_ANSWER_BYTES, Ping, Request, encode

COOKIE = "connect.sess"
MAX_BODY_BYTES = 64 * 1024
CONNECT_SECONDS = 20.0
TRANSFER_SECONDS = 300.0
"""For one file."""
_REFUSED = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """What a session asks over HTTP."""

    method: str
    path: str
    """Percent-encoded."""
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    most_bytes: int = MAX_BODY_BYTES
    """A longer answer is refused."""


class Socket:
    """One open websocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, frame: Request | Ping) -> None:
        """Raises `Disconnected` when the socket is closed."""
        try:
            await self._socket.send_str(encode(frame))
        except (ConnectionError, aiohttp.ClientError) as error:
            raise Disconnected(f"The connection is closed ({type(error).__name__}).") from None

    async def texts(self) -> AsyncIterator[str | bytes]:
        """What arrives, until the socket is closed from either end."""
        async for message in self._socket:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                yield message.data

    @property
    def closing(self) -> str:
        """How it ended, for people."""
        fault = self._socket.exception()
        if fault is not None:
            return f"{type(fault).__name__}"
        return f"close code {self._socket.close_code}"

    async def close(self) -> None:
        """Twice is no error."""
        await self._socket.close()

    async def abandon(self) -> None:
        """Close a line that is dead. What is still on its way must not arrive any more: a post that turns up
        minutes later would stand beside its repetition."""
        line = self._socket.get_extra_info("socket")
        if line is not None:
            with suppress(OSError):
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await self._socket.close()


class Transport:
    """One account's road to one server."""

    def __init__(self, domain: str, trust: Path | None) -> None:
        self._domain = domain
        self._trust = trust
        self._http: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Prepare; nothing is sent yet. Raises `UsageError` when `trust` cannot be read."""
        if self._http is None:
            connector = aiohttp.TCPConnector(ssl=_verifying(self._trust))
            timeout = aiohttp.ClientTimeout(total=CONNECT_SECONDS)
            # The one cookie is sent by hand: aiohttp's jar forgets those of IP addresses.
            self._http = aiohttp.ClientSession(
                connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
            )

    async def close(self) -> None:
        """Twice is no error."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def fetch_token(self, request: TokenRequest) -> Token:
        """`POST /oauth/token`."""
        headers = {"Authorization": request.authorization.reveal()}
        status, body, _ = await self._post("/oauth/token", headers, request.form)
        answer = _json_object(body)
        if status in _REFUSED:
            told = answer.get("error_description") or answer.get("error") or f"status {status}"
            raise LogonRefused(
                f"The server refused the credentials: {str(told)[:200]}.",
                where=self._domain,
                remedy="Check client id and secret, or user name and password.",
            )
        if status == 429:
            told = answer.get("error_description") or "status 429"
            raise ServerTrouble(f"The server takes no logons for now: {str(told)[:200]}.", where=self._domain)
        if status != 200:
            raise self._trouble("/oauth/token", status)
        return read_token(answer, self._domain)

    async def log_in(self, token: Secret) -> Secret:
        """`POST /sdklogin`: the cookie for a token."""
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        status, _, cookies = await self._post("/sdklogin", headers, {"accessToken": token.reveal()})
        if status in _REFUSED:
            raise self._token_refused()
        if status != 200:
            raise self._trouble("/sdklogin", status)
        cookie = cookies.get(COOKIE)
        if not cookie:
            raise MalformedAnswer(f"The answer to /sdklogin holds no cookie {COOKIE}.", where=self._domain)
        return Secret(cookie)

    async def fetch(self, request: HttpRequest, cookie: Secret) -> bytes:
        """The body of a good answer. Raises `TokenRefused` when the cookie has ended."""
        headers = {**request.headers, "Cookie": f"{COOKIE}={cookie.reveal()}"}
        # As a file, since aiohttp warns of large bytes.
        body = None if request.body is None else io.BytesIO(request.body)
        try:
            async with self._session().request(
                request.method,
                f"https://{self._domain}{request.path}",
                params=dict(request.query),
                headers=headers,
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=TRANSFER_SECONDS, sock_connect=CONNECT_SECONDS),
            ) as answer:
                if answer.status != 200:
                    raise self._fetch_refused(answer.status)
                return await self._body(answer, request.most_bytes, "a file")
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise self._unreachable(error) from None

    async def open_socket(self, token: Secret, cookie: Secret) -> Socket:
        """The websocket `/api`."""
        query = {
            "accessToken": token.reveal(),
            "deviceType": "SDK",
            "deviceSubtype": "BOTKIT",
            "clientVersion": version("botkit"),
        }
        try:
            opened = await self._session().ws_connect(
                f"wss://{self._domain}/api",
                params=query,
                headers={"Cookie": f"{COOKIE}={cookie.reveal()}"},
                max_msg_size=MAX_ANSWER_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=5.0),
            )
        except aiohttp.WSServerHandshakeError as refused:
            if refused.status in _REFUSED:
                raise self._token_refused() from None
            raise self._trouble("/api", refused.status) from None
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise self._unreachable(error) from None
        return Socket(opened)

    async def _post(
        self, path: str, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        try:
            async with self._session().post(
                f"https://{self._domain}{path}", headers=headers, data=form, allow_redirects=False
            ) as answer:
                body = await self._body(answer, MAX_BODY_BYTES, path)
                return answer.status, body, {name: each.value for name, each in answer.cookies.items()}
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise self._unreachable(error) from None

    async def _body(self, answer: aiohttp.ClientResponse, most: int, path: str) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > most:
                raise MalformedAnswer(f"The answer to {path} is too long.", where=self._domain)
        return bytes(body)

    def _fetch_refused(self, status: int) -> CircuitError:
        match status:
            case 401:
                return self._token_refused()
            case 403:
                return PermissionDenied("The server denies access to this file.", where=self._domain)
            case 404:
                return NotFound("There is no such file.", where=self._domain)
            case 413:
                return RequestRefused("The file is too large for the server.", where=self._domain)
            case _ if 400 <= status < 500 and status not in (408, 429):
                return RequestRefused(f"The server refused a file: status {status}.", where=self._domain)
        return self._trouble("/fileapi", status)

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise Unreachable("The session is closed.", where=self._domain)
        return self._http

    def _token_refused(self) -> CircuitError:
        return TokenRefused(
            "The server refused the access token; it may have expired.",
            where=self._domain,
            remedy="Log on again with a new one.",
        )

    def _trouble(self, path: str, status: int) -> CircuitError:
        return ServerTrouble(
            f"The server answered {path} with status {status}.",
            where=self._domain,
            remedy="Check that this is a Circuit server.",
        )

    def _unreachable(self, error: Exception) -> CircuitError:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            reason = getattr(error.certificate_error, "verify_message", "") or "verification failed"
            return CertificateRefused(
                f"The server's certificate is not trusted: {reason}.",
                where=self._domain,
                remedy="For a sandbox, name its certificate (state/sandbox.pem) as `trust:`, and connect by "
                "a host name that stands in it.",
            )
        if isinstance(error, TimeoutError):
            reason = f"no answer within {CONNECT_SECONDS:g} s"
        elif isinstance(error, aiohttp.ClientConnectorError):
            reason = error.strerror or type(error.os_error).__name__
        else:
            reason = type(error).__name__
        return Unreachable(
            f"The server cannot be reached: {reason}.",
            where=self._domain,
            remedy="Check `domain:` (host or host:port) and that the server runs.",
        )


def _verifying(trust: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=trust)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(
            f"The certificate to trust cannot be read: {error.strerror or 'it is no PEM file'}.",
            where=str(trust),
            remedy="Start the sandbox first (it makes its certificate), or mend `trust:`.",
        ) from None


def _json_object(body: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
