"""Guessing passwords: how often one may be wrong, at both doors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from botkit.sandbox.circuit import guesses
from botkit.sandbox.circuit.guesses import Guesses, TooManyGuesses
from botkit.sandbox.circuit.oauth import account_limit, address_limit
from botkit.testing import VirtualClock
from tests.sandbox.conftest import Start
from tests.sandbox.wire_client import Platform, basic

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def allowed(guesses: Guesses, name: str, now: datetime) -> bool:
    try:
        guesses.check(name, now)
    except TooManyGuesses:
        return False
    return True


def test_so_many_in_a_window_and_then_anew() -> None:
    wrong = Guesses(2)
    wrong.wrong("ann", NOON)
    assert allowed(wrong, "ann", NOON)
    wrong.wrong("ann", NOON + timedelta(seconds=20))
    with pytest.raises(TooManyGuesses, match="in 35 s") as caught:
        wrong.check("ann", NOON + timedelta(seconds=25.5))
    assert caught.value.seconds == 35
    assert allowed(wrong, "ben", NOON + timedelta(seconds=25))
    later = NOON + guesses.window
    assert allowed(wrong, "ann", later)
    wrong.wrong("ann", later)
    assert allowed(wrong, "ann", later)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "names_limit", 3)
    wrong = Guesses(1)
    for name in ("a", "b", "c", "d"):
        wrong.wrong(name, NOON)
    assert [name for name in "abcd" if not allowed(wrong, name, NOON)] == ["b", "c", "d"]


async def guess(platform: Platform, name: str, password: str) -> tuple[int, str]:
    form = {"grant_type": "password", "username": name, "password": password}
    headers = basic("desk")
    async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=headers) as answer:
        if answer.status == 429:
            body = await answer.json()
            assert body["error"] == "too_many_requests"
            assert "try again in" in body["error_description"]
        return answer.status, answer.headers.get("Retry-After", "")


async def test_an_account_is_closed_for_a_while_known_or_not(platform: Platform, clock: VirtualClock) -> None:
    for name in ("ann@x.test", "nobody@x.test"):
        tries = [await guess(platform, name, "wrong") for _ in range(account_limit + 1)]
        assert tries == [(401, "")] * account_limit + [(429, "60")]
    assert await guess(platform, "ANN@x.test", "ann-pw") == (429, "60")
    assert await guess(platform, "ben@x.test", "ben-pw") == (200, "")
    await clock.advance(60)
    assert await guess(platform, "ann@x.test", "ann-pw") == (200, "")


async def test_a_clients_secret_is_not_to_be_guessed_either(platform: Platform, clock: VirtualClock) -> None:
    async def logon(secret: str, client_id: str = "desk") -> tuple[int, str]:
        headers, form = basic(f"{client_id}:{secret}"), {"grant_type": "client_credentials"}
        async with platform.http.post(f"{platform.url}/oauth/token", data=form, headers=headers) as answer:
            return answer.status, answer.headers.get("Retry-After", "")

    for client_id in ("desk", "no-such-client"):
        tries = [await logon("wrong", client_id) for _ in range(account_limit + 1)]
        assert tries == [(401, "")] * account_limit + [(429, "60")]
    assert await logon("desk-secret") == (429, "60")
    # An open session goes on, and a person with the same name is somebody else.
    assert await guess(platform, "desk", "wrong") == (401, "")
    await clock.advance(60)
    assert await logon("desk-secret") == (200, "")


async def test_an_address_is_closed_for_a_while(platform: Platform) -> None:
    tries = [(await guess(platform, f"{n}@x.test", "wrong"))[0] for n in range(address_limit + 1)]
    assert tries == [401] * address_limit + [429]
    assert (await guess(platform, "ann@x.test", "ann-pw"))[0] == 429


async def test_the_pages_door_counts_too(start: Start) -> None:
    sandbox = await start(host="0.0.0.0")
    async with Platform(sandbox) as platform:
        page = f"https://127.0.0.1:{sandbox.page_port}"

        async def enter(email: str, password: str) -> int:
            login = {"email": email, "password": password}
            url, headers = f"{page}/page/login", {"Origin": page}
            async with platform.http.post(url, json=login, headers=headers) as answer:
                if answer.status == 429:
                    assert answer.headers["Retry-After"] == "60"
                    assert "too many wrong guesses" in (await answer.json())["error"]
                return answer.status

        for email in ("ann@x.test", "nobody@x.test"):
            assert [await enter(email, "wrong") for _ in range(account_limit)] == [403] * account_limit
            assert await enter(email, "ann-pw") == 429
        assert (await guess(platform, "ann@x.test", "ann-pw"))[0] == 429
        assert await enter("ben@x.test", "ben-pw") == 200
