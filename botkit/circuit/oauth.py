"""Access tokens: what each grant sends, and one source that renews early."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.clock import Clock

from .errors import LogonRefused, MalformedAnswer

DEFAULT_SCOPE = (
    "CALL_RECORDING,CALLS,MENTION_EVENT,READ_CONVERSATIONS,READ_USER,READ_USER_PROFILE,"
    "WRITE_CONVERSATIONS,WRITE_USER_PROFILE"
)
"""What the official client asks for when its user says nothing."""

RENEW_BEFORE = 60.0
"""Seconds before its expiry from which on a token is no longer handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """One `POST /oauth/token`."""

    authorization: Secret
    """The `Authorization` header."""
    form: Mapping[str, str]
    """The body, as form fields. Holds a password with the password grant, so it is never logged."""

    def __repr__(self) -> str:
        return f"TokenRequest(grant_type={self.form.get('grant_type')!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token."""

    text: Secret
    expires_in: float | None = None
    """Seconds from when it was given; None = for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who logs on: a bot by id and secret, a person by name and password, or whoever holds a token."""

    client_id: str
    client_secret: Secret | None = None
    username: str = ""
    password: Secret | None = None
    access_token: Secret | None = None
    scope: str = DEFAULT_SCOPE
    """Comma separated."""

    def __post_init__(self) -> None:
        ways = [self.client_secret, self.password, self.access_token]
        if sum(way is not None for way in ways) != 1 or bool(self.username) != (self.password is not None):
            raise UsageError(
                "The Circuit credentials do not say how to log on.",
                remedy="Give exactly one of: a client_secret, a username with its password, an access_token.",
            )
        if not self.client_id:
            raise UsageError("The Circuit credentials lack a client_id.", remedy="Give one.")

    @property
    def renewable(self) -> bool:
        """A new token can be had without asking anybody."""
        return self.access_token is None

    def request(self) -> TokenRequest:
        """What to send for a token. Not for a token that somebody brought."""
        if self.password is not None:
            return TokenRequest(
                authorization=_basic(self.client_id),
                form={
                    "grant_type": "password",
                    "username": self.username,
                    "password": self.password.reveal(),
                    "scope": self.scope,
                },
            )
        if self.client_secret is not None:
            return TokenRequest(
                authorization=_basic(f"{self.client_id}:{self.client_secret.reveal()}"),
                form={"grant_type": "client_credentials", "scope": self.scope},
            )
        raise LogonRefused(
            "The access token has expired, and no secret is there to get another.",
            remedy="Log on again with a new token.",
        )


def read_token(answer: Mapping[str, object]) -> Token:
    """The body of a 200 answer. Raises `LogonRefused` for an error told in it."""
    if error := answer.get("error"):
        told = answer.get("error_description") or error
        raise LogonRefused(f"The server gave no access token: {str(told)[:200]}.")
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not text or answer.get("token_type") != "Bearer":
        raise MalformedAnswer("The server's answer to the token request holds no Bearer token.")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        seconds = None
    return Token(text=Secret(text), expires_in=seconds)


class TokenSource:
    """Hands out a token that is good for a while; however many ask, one request is on its way."""

    def __init__(
        self, credentials: Credentials, fetch: Callable[[TokenRequest], Awaitable[Token]], clock: Clock
    ) -> None:
        self._credentials = credentials
        self._fetch = fetch
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = credentials.access_token
        self._good_until: float | None = None

    async def token(self) -> Secret:
        """A good token, fetched if need be. Raises `CircuitError`."""
        async with self._lock:
            if self._token is None or self._stale():
                token = await self._fetch(self._credentials.request())
                self._token = token.text
                self._good_until = None
                if token.expires_in is not None:
                    # A token that lives shorter than twice the margin would else be stale at birth.
                    margin = min(RENEW_BEFORE, token.expires_in / 2)
                    self._good_until = self._clock.monotonic() + token.expires_in - margin
            return self._token

    def discard(self) -> bool:
        """The server refused the token. True when another can be had."""
        if self._credentials.renewable:
            self._token = None
        return self._credentials.renewable

    def _stale(self) -> bool:
        return self._good_until is not None and self._clock.monotonic() >= self._good_until


def _basic(text: str) -> Secret:
    # With the password grant the server wants the bare id here, without a colon.
    return Secret("Basic " + base64.b64encode(text.encode()).decode())
