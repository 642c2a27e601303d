"""Token and cookie where the server ends them."""

from __future__ import annotations

import asyncio

import pytest

from botkit.circuit.admission import Admission
from botkit.circuit.errors import LogonRefused
from botkit.circuit.oauth import Credentials, Token, TokenRequest, TokenSource
from botkit.circuit.transport import HttpRequest, Transport
from botkit.model.secret import Secret
from tests.circuit.scripted import ManualClock

FILE = HttpRequest(method="GET", path="/fileapi/x", query={})


class OneRoad(Transport):
    """A server that takes the newest cookie of the newest token alone."""

    def __init__(self) -> None:
        super().__init__("circuit.example", None)
        self.tokens = self.logons = 0
        self.ended = False
        self.refused = {"token-1"}
        """Tokens that are good no more, once it `ended`."""

    async def fetch_token(self, request: TokenRequest) -> Token:
        self.tokens += 1
        await asyncio.sleep(0)
        return Token(text=Secret(f"token-{self.tokens}"))

    async def log_in(self, token: Secret) -> Secret:
        await asyncio.sleep(0)
        if self.ended and token.reveal() in self.refused:
            raise LogonRefused("the token has expired")
        self.logons += 1
        return Secret(f"cookie-{self.logons}")

    async def fetch(self, request: HttpRequest, cookie: Secret) -> bytes:
        await asyncio.sleep(0)
        if self.ended and cookie.reveal() == "cookie-1":
            raise LogonRefused("the cookie has expired")
        return cookie.reveal().encode()

    async def open_socket(self, token: Secret, cookie: Secret) -> None:  # type: ignore[override]
        """Nobody looks at it."""
        if self.ended and token.reveal() in self.refused:
            raise LogonRefused("the token has expired")


async def test_many_requests_on_an_ended_cookie_bring_one_logon_and_one_token() -> None:
    road = OneRoad()
    credentials = Credentials(client_id="bot", client_secret=Secret("s"))
    tokens = TokenSource(credentials, road.fetch_token, ManualClock(), dice=lambda: 0.0)
    admission = Admission(road, tokens, "circuit.example")
    await admission.open_socket()
    assert await admission.fetch(FILE) == b"cookie-1"
    road.ended = True
    answers = await asyncio.gather(*(admission.fetch(FILE) for _ in range(10)))
    assert set(answers) == {b"cookie-2"}
    assert (road.tokens, road.logons) == (2, 2)


async def test_a_token_that_ends_while_it_is_new_is_not_tried_for_ever() -> None:
    road = OneRoad()
    credentials = Credentials(client_id="bot", client_secret=Secret("s"))
    tokens = TokenSource(credentials, road.fetch_token, ManualClock(), dice=lambda: 0.0)
    admission = Admission(road, tokens, "circuit.example")
    await admission.open_socket()
    road.ended, road.refused = True, {"token-1", "token-2"}
    with pytest.raises(LogonRefused):
        await admission.open_socket()
    await admission.open_socket()
    assert (road.tokens, road.logons) == (3, 2)
