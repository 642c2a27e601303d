"""Token and cookie where the server ends them."""

from __future__ import annotations

import asyncio

import pytest

from botkit.circuit.admission import Admission
from botkit.circuit.errors import Disconnected, LogonRefused, TokenRefused
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
            raise TokenRefused("the token has expired")
        self.logons += 1
        return Secret(f"cookie-{self.logons}")

    async def fetch(self, request: HttpRequest, cookie: Secret) -> bytes:
        await asyncio.sleep(0)
        if self.ended and cookie.reveal() == "cookie-1":
            raise TokenRefused("the cookie has expired")
        return cookie.reveal().encode()

    async def open_socket(self, token: Secret, cookie: Secret) -> None:  # type: ignore[override]
        """Nobody looks at it."""
        if self.ended and token.reveal() in self.refused:
            raise TokenRefused("the token has expired")


def admission_of(road: OneRoad, credentials: Credentials) -> Admission:
    tokens = TokenSource(credentials, road.fetch_token, ManualClock(), dice=lambda: 0.0)
    return Admission(road, tokens, "circuit.example")


async def test_many_requests_on_an_ended_cookie_bring_one_logon_and_one_token() -> None:
    road = OneRoad()
    admission = admission_of(road, Credentials(client_id="bot", client_secret=Secret("s")))
    await admission.open_socket()
    assert await admission.fetch(FILE) == b"cookie-1"
    road.ended = True
    answers = await asyncio.gather(*(admission.fetch(FILE) for _ in range(10)))
    assert set(answers) == {b"cookie-2"}
    assert (road.tokens, road.logons) == (2, 2)


async def test_a_token_that_ends_while_it_is_new_is_not_tried_for_ever() -> None:
    road = OneRoad()
    admission = admission_of(road, Credentials(client_id="bot", client_secret=Secret("s")))
    await admission.open_socket()
    road.ended, road.refused = True, {"token-1", "token-2"}
    with pytest.raises(LogonRefused):
        await admission.open_socket()
    await admission.open_socket()
    assert (road.tokens, road.logons) == (3, 2)


async def test_of_a_fresh_token_that_is_refused_it_tells_what_to_check() -> None:
    road = OneRoad()
    road.ended, road.refused = True, {"token-1", "token-2"}
    admission = admission_of(road, Credentials(client_id="bot", client_secret=Secret("s")))
    with pytest.raises(
        LogonRefused, match="gave this client an access token, and refused it at once"
    ) as told:
        await admission.open_socket()
    assert "that the client is enabled" in told.value.remedy
    with pytest.raises(Disconnected, match="Nobody is logged on: The server gave this client") as again:
        await admission.fetch(FILE)
    assert again.value.remedy == told.value.remedy


async def test_so_it_does_when_a_cookie_ends_and_no_other_is_to_be_had() -> None:
    road = OneRoad()
    admission = admission_of(road, Credentials(client_id="bot", client_secret=Secret("s")))
    await admission.open_socket()
    road.ended, road.refused = True, {"token-1", "token-2"}
    with pytest.raises(LogonRefused, match="refused it at once"):
        await admission.fetch(FILE)


async def test_a_token_that_somebody_brought_may_have_expired() -> None:
    road = OneRoad()
    road.ended = True
    admission = admission_of(road, Credentials(client_id="bot", access_token=Secret("token-1")))
    with pytest.raises(TokenRefused, match="the token has expired"):
        await admission.open_socket()


async def test_before_the_first_logon_nobody_is_logged_on_yet() -> None:
    admission = admission_of(OneRoad(), Credentials(client_id="bot", client_secret=Secret("s")))
    with pytest.raises(Disconnected, match="Nobody is logged on yet"):
        await admission.fetch(FILE)
