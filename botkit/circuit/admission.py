"""What a session is let in with: the access token, and the cookie that a logon makes of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from botkit.model.secret import Secret

from .errors import CircuitError, Disconnected, LogonRefused, TokenRefused
from .oauth import TokenSource
from .transport import HttpRequest, Socket, Transport


class Admission:
    """One account's. Either may end at any time, alone; then another is had, once, however many ask."""

    def __init__(self, transport: Transport, tokens: TokenSource, domain: str) -> None:
        self._transport = transport
        self._tokens = tokens
        self._domain = domain
        self._cookie: Secret | None = None
        self._shut_out: CircuitError | None = None
        """Why there is none, if the server wanted it so."""
        self._logging_in = asyncio.Lock()

    async def open_socket(self) -> Socket:
        """Raises `CircuitError`; `LogonRefused` when the server does not even take fresh credentials."""
        if self._cookie is not None and self._tokens.renewable:
            # A token or cookie of earlier may have expired; a fresh refusal is final.
            with suppress(LogonRefused):
                return await self._open_socket()
        try:
            return await self._open_socket()
        except LogonRefused as refused:
            self._shut_out = told = self._told(refused)
            raise told from None

    async def fetch(self, request: HttpRequest) -> bytes:
        """The body of the answer. Raises `CircuitError`, `Disconnected` before the first logon."""
        cookie = self._cookie
        if cookie is None:
            raise self._not_logged_on()
        try:
            return await self._transport.fetch(request, cookie)
        except TokenRefused:
            # Cookies end, also while the socket that they opened lives on.
            return await self._transport.fetch(request, await self._cookie_after(cookie))

    def doubt(self, why: CircuitError) -> None:
        """The server let us in, and does not know us: begin anew the next time."""
        self._cookie, self._shut_out = None, why
        self._tokens.discard(self._tokens.held)

    async def _open_socket(self) -> Socket:
        token = await self._tokens.token()
        try:
            async with self._logging_in:
                cookie = self._cookie or await self._transport.log_in(token)
                self._cookie = cookie
            return await self._transport.open_socket(token, cookie)
        except LogonRefused as refused:
            # Neither is kept, or the next try would be refused as well, and so on for ever.
            self._cookie, self._shut_out = None, refused
            self._tokens.discard(token)
            raise

    async def _cookie_after(self, old: Secret) -> Secret:
        async with self._logging_in:
            if self._cookie is None or self._cookie is old:
                self._cookie = await self._log_in()
            return self._cookie

    async def _log_in(self) -> Secret:
        token = await self._tokens.token()
        try:
            return await self._transport.log_in(token)
        except LogonRefused:
            if not self._tokens.discard(token):
                raise
        try:
            return await self._transport.log_in(await self._tokens.token())
        except LogonRefused as refused:
            raise self._told(refused) from None

    def _told(self, refused: LogonRefused) -> LogonRefused:
        """A fresh token that is refused has not expired, and another would not help."""
        if not isinstance(refused, TokenRefused) or not self._tokens.renewable:
            return refused
        return LogonRefused(
            "The server gave this client an access token, and refused it at once.",
            where=self._domain,
            remedy="Check on the platform that the client is enabled, that its account is active, and which "
            "scopes it may use.",
        )

    def _not_logged_on(self) -> Disconnected:
        if self._shut_out is None:
            return Disconnected("Nobody is logged on yet.", where=self._domain)
        return Disconnected(
            f"Nobody is logged on: {self._shut_out.what}", where=self._domain, remedy=self._shut_out.remedy
        )
