from __future__ import annotations

import asyncio
import base64

import pytest

from botkit.circuit.errors import LogonRefused, MalformedAnswer
from botkit.circuit.oauth import Credentials, Token, TokenRequest, TokenSource, read_token
from botkit.model.secret import Secret
from tests.circuit.scripted import ManualClock

BOT = Credentials(client_id="bot", client_secret=Secret("s:cret"), scope="CALLS")


def never() -> float:
    """The dice that add nothing to a margin."""
    return 0.0


class Endpoint:
    """Gives out `token-1`, `token-2` ... when it is let."""

    def __init__(self, *, expires_in: float | None = 3600.0) -> None:
        self.asked: list[TokenRequest] = []
        self.expires_in = expires_in
        self.open = asyncio.Event()
        self.open.set()
        self.refuses = False

    async def __call__(self, request: TokenRequest) -> Token:
        self.asked.append(request)
        number = len(self.asked)
        await self.open.wait()
        if self.refuses:
            raise LogonRefused("not now")
        return Token(text=Secret(f"token-{number}"), expires_in=self.expires_in)


def test_what_a_bot_sends() -> None:
    request = BOT.request()
    assert request.authorization == Secret("Basic " + base64.b64encode(b"bot:s:cret").decode())
    assert request.form == {"grant_type": "client_credentials", "scope": "CALLS"}
    assert "cret" not in repr(request)


def test_what_a_person_sends() -> None:
    person = Credentials(client_id="page", username="ann", password=Secret("pw"), scope="CALLS")
    request = person.request()
    # The bare id: no colon, no secret.
    assert request.authorization == Secret("Basic " + base64.b64encode(b"page").decode())
    assert request.form == {
        "grant_type": "password",
        "username": "ann",
        "password": "pw",
        "scope": "CALLS",
    }
    assert "pw" not in repr(request)
    assert "pw" not in repr(person)


async def test_one_token_is_fetched_however_many_ask() -> None:
    endpoint = Endpoint()
    endpoint.open.clear()
    source = TokenSource(BOT, endpoint, ManualClock(), dice=never)
    asking = [asyncio.create_task(source.token()) for _ in range(5)]
    endpoint.open.set()
    async with asyncio.timeout(30):
        assert {token.reveal() for token in await asyncio.gather(*asking)} == {"token-1"}
    assert len(endpoint.asked) == 1


async def test_a_token_is_renewed_a_minute_before_it_expires() -> None:
    clock, endpoint = ManualClock(), Endpoint(expires_in=3600)
    source = TokenSource(BOT, endpoint, clock, dice=never)
    await source.token()
    clock.move(3539)
    assert (await source.token()).reveal() == "token-1"
    clock.move(1)
    assert (await source.token()).reveal() == "token-2"


async def test_chance_moves_a_renewal_forward_by_half_a_minute_at_most() -> None:
    clock, endpoint = ManualClock(), Endpoint(expires_in=3600)
    source = TokenSource(BOT, endpoint, clock, dice=lambda: 0.5)
    await source.token()
    assert source.renewal_due() == 3600 - 75
    assert TokenSource(BOT, endpoint, clock, dice=never).renewal_due() > 0


async def test_a_refused_renewal_leaves_the_token_in_force_while_it_lives() -> None:
    clock, endpoint = ManualClock(), Endpoint(expires_in=3600)
    source = TokenSource(BOT, endpoint, clock, dice=never)
    await source.token()
    endpoint.refuses = True
    clock.move(3540)
    assert "good for 60 s more: not now" in await source.renew()
    assert (await source.token()).reveal() == "token-1"
    assert source.renewal_due() == 5
    assert len(endpoint.asked) == 2
    clock.move(5)
    assert await source.renew()
    assert source.renewal_due() == 10
    endpoint.refuses = False
    clock.move(10)
    assert await source.renew() == ""
    assert (await source.token()).reveal() == "token-4"
    assert source.renewal_due() == 3540


async def test_a_token_that_has_expired_is_handed_out_no_more() -> None:
    clock, endpoint = ManualClock(), Endpoint(expires_in=3600)
    source = TokenSource(BOT, endpoint, clock, dice=never)
    await source.token()
    endpoint.refuses = True
    clock.move(3600)
    with pytest.raises(LogonRefused, match="not now"):
        await source.token()
    assert "no access token any more" in await source.renew()
    endpoint.refuses = False
    assert (await source.token()).reveal() == "token-4"


async def test_a_token_refused_late_does_not_cost_its_successor() -> None:
    source = TokenSource(BOT, Endpoint(), ManualClock(), dice=never)
    old = await source.token()
    assert source.discard(old)
    new = await source.token()
    assert source.discard(old)
    assert await source.token() is new


async def test_a_short_token_is_used_for_half_its_life() -> None:
    clock, endpoint = ManualClock(), Endpoint(expires_in=30)
    source = TokenSource(BOT, endpoint, clock, dice=never)
    await source.token()
    clock.move(14)
    assert (await source.token()).reveal() == "token-1"
    clock.move(1)
    assert (await source.token()).reveal() == "token-2"


async def test_a_token_without_expiry_is_kept_until_it_is_refused() -> None:
    clock = ManualClock()
    source = TokenSource(BOT, Endpoint(expires_in=None), clock, dice=never)
    await source.token()
    clock.move(1e9)
    assert (await source.token()).reveal() == "token-1"
    assert source.discard(source.held)
    assert (await source.token()).reveal() == "token-2"


async def test_a_token_that_somebody_brought_cannot_be_renewed() -> None:
    endpoint = Endpoint()
    source = TokenSource(
        Credentials(client_id="page", access_token=Secret("theirs")), endpoint, ManualClock(), dice=never
    )
    assert (await source.token()).reveal() == "theirs"
    assert not source.discard(source.held)
    assert (await source.token()).reveal() == "theirs"
    assert endpoint.asked == []


async def test_a_fetch_that_fails_is_tried_by_the_next_who_asks() -> None:
    fetched = 0

    async def fetch(request: TokenRequest) -> Token:
        nonlocal fetched
        fetched += 1
        if fetched == 1:
            raise LogonRefused("no")
        return Token(text=Secret("yes"))

    source = TokenSource(BOT, fetch, ManualClock(), dice=never)
    with pytest.raises(LogonRefused):
        await source.token()
    assert (await source.token()).reveal() == "yes"


def test_reading_an_answer() -> None:
    token = read_token({"access_token": "t", "token_type": "Bearer", "expires_in": 60})
    assert (token.text.reveal(), token.expires_in) == ("t", 60)
    assert read_token({"access_token": "t", "token_type": "Bearer", "expires_in": "x"}).expires_in is None
    with pytest.raises(LogonRefused, match="expired secret"):
        read_token({"error": "invalid_client", "error_description": "expired secret"})
    for answer in ({}, {"access_token": "t"}, {"access_token": "", "token_type": "Bearer"}):
        with pytest.raises(MalformedAnswer):
            read_token(answer)
