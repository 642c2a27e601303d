"""`ports.http` on aiohttp, with all that keeps a bot from being led astray: whom it talks to, how far it is
redirected, how much it takes, how long it waits.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.http import AT_ONCE, HttpAnswer, HttpFailed, HttpRefused, HttpRequest

from .addresses import Allowance
from .resolver import GuardedResolver

MOST_REDIRECTS = 5
LARGEST_ANSWER = 1_000_000
"""Bytes."""
MOST_CONNECTIONS = 500
"""At a time, to all servers together; the platform's are others."""
_moved = frozenset({301, 302, 303, 307, 308})
_chunk = 65_536


class AiohttpClient:
    """`ports.http.HttpClient`."""

    def __init__(
        self,
        allow: Sequence[str] | None = None,
        *,
        largest: int = LARGEST_ANSWER,
        trust: Path | None = None,
        where: str = "http: allow",
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`allow`: the hosts (`HOST` or `HOST:PORT`) it may talk to, None = all that are public. `largest`:
        bytes of an answer. `trust`: a PEM file of certificates to trust beside the system's. `resolver` finds
        addresses instead of the system's. Raises `UsageError`."""
        self._allowance = Allowance(allow, where)
        self._largest = largest
        self._tls = True if trust is None else _verifying(trust)
        self._resolver = resolver
        self._names: GuardedResolver | None = None
        self._session: ClientSession | None = None

    async def send(self, request: HttpRequest) -> HttpAnswer:
        try:
            async with asyncio.timeout(request.timeout):
                return await self._follow(request)
        except TimeoutError:
            raise _timed_out(f"It did not answer within {request.timeout:g} s.") from None
        except (ClientError, OSError, ValueError) as error:
            raise HttpFailed(_told(error)) from None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        names, self._names = self._names, None
        if names is not None:
            await names.close()

    async def _follow(self, request: HttpRequest) -> HttpAnswer:
        url, method, body = URL(request.url, encoded=True), request.method, request.body
        headers = _revealed(request.headers)
        for redirects in range(MOST_REDIRECTS + 1):
            try:
                answered = await self._send(method, url, headers, body)
            except HttpRefused as refused:
                if not redirects:
                    raise
                # No remedy: what a server wants the bot to ask is no reason to allow it.
                raise HttpRefused(f"The server redirects where the bot may not go: {refused.what}") from None
            async with answered as response:
                target = response.headers.get("Location")
                if response.status not in _moved or target is None or not request.follows:
                    return await self._answer(response)
            there = _target(url, target)
            if url.scheme == "https" and there.scheme != "https":
                raise HttpRefused(f"The server at {url.host} redirects to a place without TLS.")
            if there.origin() != url.origin():
                headers = {name: text for name, text in headers.items() if not _is_private(request, name)}
            if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                method, body = ("HEAD" if method == "HEAD" else "GET"), b""
                headers = {name: text for name, text in headers.items() if name.lower() != "content-type"}
            url = there
        raise HttpFailed(f"The server redirects more than {MOST_REDIRECTS} times.")

    async def _send(self, method: str, url: URL, headers: Mapping[str, str], body: bytes) -> ClientResponse:
        if url.scheme not in ("http", "https") or not url.host or not url.port or url.user or url.password:
            raise HttpRefused(f"{url.scheme}://{url.host or ''} is no server that a bot talks to.")
        self._allowance.check(url.host, url.port)
        if self._session is None:
            self._names = GuardedResolver(self._allowance, self._resolver)
            self._session = ClientSession(
                connector=TCPConnector(
                    resolver=self._names, ssl=self._tls, limit=MOST_CONNECTIONS, limit_per_host=AT_ONCE
                ),
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None),
                auto_decompress=False,  # a small answer could become a huge one
            )
        return await self._session.request(
            method,
            url,
            headers={"User-Agent": "botkit", "Accept-Encoding": "identity", **headers},
            data=body or None,
            allow_redirects=False,
        )

    async def _answer(self, response: ClientResponse) -> HttpAnswer:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise HttpFailed("The answer is compressed, though that was not asked for.")
        parts: list[bytes] = []
        size = 0
        async for part in response.content.iter_chunked(_chunk):
            size += len(part)
            if size > self._largest:
                raise HttpFailed(f"The answer is larger than {self._largest:,} bytes.")
            parts.append(part)
        return HttpAnswer(
            status=response.status,
            content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
            body=b"".join(parts),
            retry_after=_retry_after(response.headers),
        )


def _target(url: URL, location: str) -> URL:
    """Where a redirect leads. Raises `HttpFailed`."""
    try:
        there = url.join(URL(location, encoded=True))
        there.origin()
    except ValueError:
        raise HttpFailed("The server redirects to what is no address.") from None
    return there


def _verifying(trust: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(trust)
    except OSError as error:
        raise UsageError(
            f"The certificates to trust cannot be read: {error.strerror or 'it is no PEM file'}.",
            where=str(trust),
            remedy="Mend the path in `http: {trust: ...}`, or leave it out.",
        ) from error
    return context


def _revealed(headers: Mapping[str, str | Secret]) -> dict[str, str]:
    revealed: dict[str, str] = {}
    for name, value in headers.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if any(sign < " " or sign == "\x7f" for sign in text):
            raise HttpFailed(f"The header {name} would have a line break or a control sign.")
        revealed[name] = text
    return revealed


def _is_private(request: HttpRequest, name: str) -> bool:
    """Whether a header is meant for the first server alone."""
    return isinstance(request.headers[name], Secret) or name.lower() in ("authorization", "cookie")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds: as such, or as a moment, by the server's own clock. Source: RFC 9110, 10.2.3."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(until.total_seconds(), 0.0)


def _timed_out(what: str) -> HttpFailed:
    failed = HttpFailed(what)
    failed.timed_out = True
    return failed


def _told(error: Exception) -> str:
    """In words of ours: aiohttp's quote the URL, headers, and what the server sent, and with them perhaps a
    secret."""
    match error:
        case ClientResponseError():
            return "What the server sends is no HTTP."
        case ClientPayloadError():
            return "The answer breaks off before its end."
        case ServerDisconnectedError():
            return "The server hung up without an answer."
        case OSError():
            return f"There is no answer: {error}."
        case ClientConnectionError():
            return f"There is no answer: {type(error).__name__}."
    return "The request cannot be sent as it is."
