"""Access tokens: what each grant sends, and one source that renews early."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from botkit.model.errors import UsageError
from botkit.model.secret import Secret
from botkit.ports.clock import Clock

from .errors import CircuitError, LogonRefused, MalformedAnswer

log = logging.getLogger(__name__)

DEFAULT_SCOPE = (
    "CALL_RECORDING,CALLS,MENTION_EVENT,READ_CONVERSATIONS,READ_USER,READ_USER_PROFILE,"
    "WRITE_CONVERSATIONS,WRITE_USER_PROFILE"
)
"""What the official client asks for when its user says nothing."""

RENEW_BEFORE = 60.0
"""Seconds before its expiry at which a token is renewed; up to half as many more by chance, so that the
clients of one server do not come all at once."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds after a refused renewal before the next is tried; doubled each time."""
NO_HURRY = 3600.0
"""Seconds after which to look again at a token that does not expire."""


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


def read_token(answer: Mapping[str, object], where: str = "") -> Token:
    """The body of a 200 answer of the server `where`. Raises `LogonRefused` for an error told in it,
    `MalformedAnswer`."""
    if error := answer.get("error"):
        told = answer.get("error_description") or error
        raise LogonRefused(
            f"The server gave no access token: {str(told)[:200]}.",
            where=where,
            remedy="Check client id and secret, or user name and password.",
        )
    text, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(text, str) or not text or answer.get("token_type") != "Bearer":
        raise MalformedAnswer(
            "The server's answer to the token request holds no Bearer token.",
            where=where,
            remedy="Check `domain:`, and that this is a Circuit server.",
        )
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        seconds = None
    return Token(text=Secret(text), expires_in=seconds)


class TokenSource:
    """Hands out a good token; however many ask, one request is on its way.

    A token is renewed before it expires. When the server gives no other, the old one is handed out as long as
    it lives, and the server is asked again after a pause.
    """

    def __init__(
        self,
        credentials: Credentials,
        fetch: Callable[[TokenRequest], Awaitable[Token]],
        clock: Clock,
        *,
        dice: Callable[[], float],
    ) -> None:
        """`dice` gives numbers in [0, 1)."""
        self._credentials = credentials
        self._fetch = fetch
        self._clock = clock
        self._dice = dice
        self._lock = asyncio.Lock()
        self._token = credentials.access_token
        self._renew_at: float | None = None
        """By the monotonic clock; None = need not be."""
        self._expires_at: float | None = None
        self._pause = FIRST_PAUSE

    @property
    def held(self) -> Secret | None:
        """The token as it is now, good or not."""
        return self._token

    @property
    def renewable(self) -> bool:
        """As for `Credentials`."""
        return self._credentials.renewable

    async def token(self) -> Secret:
        """A good token, fetched if need be. Raises `CircuitError`."""
        token, trouble = await self._renewed()
        if token is None:
            raise trouble or LogonRefused("There is no access token.")
        if trouble is not None:
            log.warning("%s", trouble)
        return token

    async def renew(self) -> str:
        """Renew the token if it is time; why that did not work, for people, or nothing. Raises nothing."""
        token, trouble = await self._renewed()
        if trouble is None:
            return ""
        if token is None:
            return f"There is no access token any more, and the server gives no other: {trouble}"
        left = 0.0 if self._expires_at is None else self._expires_at - self._clock.monotonic()
        return f"The access token could not be renewed; it is good for {left:.0f} s more: {trouble}"

    def renewal_due(self) -> float:
        """Seconds until `renew` has something to do."""
        if self._renew_at is None:
            return NO_HURRY
        return max(0.0, self._renew_at - self._clock.monotonic())

    def discard(self, token: Secret | None) -> bool:
        """The server refused this token. True when another can be had."""
        if self._credentials.renewable and token is self._token:
            self._token = self._expires_at = None
            self._renew_at = self._clock.monotonic() + self._pause
        return self._credentials.renewable

    async def _renewed(self) -> tuple[Secret | None, CircuitError | None]:
        """The token, unless there is none; what went wrong just now, if anything was tried."""
        async with self._lock:
            now = self._clock.monotonic()
            if self._expires_at is not None and now >= self._expires_at:
                self._token = self._expires_at = None
            if self._token is not None and (self._renew_at is None or now < self._renew_at):
                return self._token, None
            try:
                token = await self._fetch(self._credentials.request())
            except CircuitError as error:
                self._renew_at = self._clock.monotonic() + self._pause
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
                return self._token, error
            self._keep(token)
            return self._token, None

    def _keep(self, token: Token) -> None:
        self._token, self._pause = token.text, FIRST_PAUSE
        self._renew_at = self._expires_at = None
        if token.expires_in is not None:
            # A token that lives shorter than twice the margin would else be stale at birth.
            margin = min(RENEW_BEFORE, token.expires_in / 2) * (1 + self._dice() / 2)
            self._expires_at = self._clock.monotonic() + token.expires_in
            self._renew_at = self._expires_at - margin


def _basic(text: str) -> Secret:
    # With the password grant the server wants the bare id here, without a colon.
    return Secret("Basic " + base64.b64encode(text.encode()).decode())
